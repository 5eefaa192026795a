"""With one import changed, an experiment ends, decides soundly and is recorded.

Each row of the table is an experiment as people run it: a few trials, a dozen iterations,
this project's scheduler in place of Ray's.
"""

import json
import math
import random
import tempfile
import warnings
from collections import UserDict
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from pbt_examples import Run, same_history
from pbt_examples.tuning import (
    PopulationBasedTraining,
    Recorder,
    WarmVariantGenerator,
    Watchdog,
)
from ray import tune

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")

TRIALS, ITERATIONS = 4, 12
SYNCH, ASYNCH = {"synch": True}, {"synch": False}


def simple(config, step, value):
    return {"Q": value}


def as_function(metrics=simple, last=math.inf):
    """Return a function trainable that adds ``lr`` to a value that it saves each step."""

    def trainable(config):
        step, value = 0, 0.0
        if checkpoint := tune.get_checkpoint():
            with checkpoint.as_directory() as folder:
                step, value = json.loads(Path(folder, "state").read_text())
        while step < last:
            step, value = step + 1, value + config["lr"]
            report = metrics(config, step, value)
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "state").write_text(json.dumps([step, value]))
                tune.report(report, checkpoint=tune.Checkpoint.from_directory(folder))

    return trainable


def as_class(metrics=simple, last=math.inf, resets=True):
    """Return a class trainable that does the same."""

    class Adds(tune.Trainable):
        def setup(self, config):
            self.at, self.value = 0, 0.0

        def step(self):
            self.at, self.value = self.at + 1, self.value + self.config["lr"]
            report = metrics(self.config, self.at, self.value)
            return report | ({"done": True} if self.at >= last else {})

        def save_checkpoint(self, folder):
            Path(folder, "state").write_text(json.dumps([self.at, self.value]))

        def load_checkpoint(self, folder):
            self.at, self.value = json.loads(Path(folder, "state").read_text())

        def reset_config(self, new_config):
            self.at, self.value = 0, 0.0
            return resets

    return Adds


@dataclass
class Experiment:
    """What differs from the plain experiment; `refused` is the error to expect, if any."""

    trainable: Any = field(default_factory=as_function)
    settings: dict = field(default_factory=dict)
    start: dict = field(default_factory=dict)
    metric: str = "Q"
    mode: str = "max"
    tune_config: dict = field(default_factory=dict)
    run_config: dict = field(default_factory=dict)
    hyperparameters: list | None = None
    refused: str = ""
    lengths: list | None = field(default_factory=lambda: [ITERATIONS] * TRIALS)
    exploits: bool | None = True  # whether there are any; None if either is fine

    def run(self, folder, scheduler=PopulationBasedTraining):
        """Run it; return the run and its warnings."""
        its = {
            "time_attr": "training_iteration",
            "perturbation_interval": 3,
            "quantile_fraction": 0.5,
            "hyperparam_mutations": {"lr": tune.uniform(0.1, 1.0)},
        } | self.settings
        scheduler = scheduler(**its)
        recorder = Recorder(scheduler, hyperparameters=self.hyperparameters)
        run_config = {"stop": {"training_iteration": ITERATIONS}} | self.run_config
        tuner = tune.Tuner(
            self.trainable,
            param_space={"lr": tune.grid_search([0.1, 0.2, 0.3, 0.4])} | self.start,
            tune_config=tune.TuneConfig(
                **{
                    "metric": self.metric,
                    "mode": self.mode,
                    "scheduler": scheduler,
                    "search_alg": WarmVariantGenerator(random_state=1),
                    "reuse_actors": True,
                }
                | self.tune_config
            ),
            run_config=tune.RunConfig(
                storage_path=str(folder / "ray"),
                callbacks=[recorder, Watchdog(patience=90)],
                verbose=0,
                **run_config,
            ),
        )
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            tuner.fit()
            run = recorder.run(metric=self.metric, mode=self.mode)
        return run, [str(each.message) for each in said]


def by_both(
    name, settings=None, metrics=simple, last=math.inf, exploits=True, wrap=None, **options
):
    """Yield the experiment in both modes, with a function and with a class."""
    wrap = wrap or (lambda trainable: trainable)
    for mode, how in {"synch": SYNCH, "asynch": ASYNCH}.items():
        some = None if exploits and mode == "asynch" else exploits
        for kind, make in {"function": as_function, "class": as_class}.items():
            yield (
                f"{name}, {mode}, {kind}",
                Experiment(
                    wrap(make(metrics, last)),
                    (settings or {}) | how,
                    exploits=some,
                    **options,
                ),
            )


def diverging(value):
    """Report this value instead, if ``lr`` is still the first one of the third trial."""
    return lambda config, step, q: {"Q": value if config["lr"] == 0.3 else q}


def raising(at):
    """Raise an error at a step, if ``lr`` is still the first one of the second trial."""

    def metrics(config, step, value):
        if step == at and config["lr"] == 0.2:
            raise ArithmeticError("on purpose")
        return {"Q": value}

    return metrics


def halves(config):
    return config | {"lr": config["lr"] / 2}


def last_one_early(trial_id, result):
    return result["training_iteration"] >= (3 if trial_id.endswith("3") else ITERATIONS)


def different_needs(trainable):
    return tune.with_resources(
        trainable, lambda config: {"cpu": 1 if config["lr"] < 0.25 else 0.5}
    )


NESTED = {
    "settings": {
        "hyperparam_mutations": {"o": {"lr": tune.uniform(0.1, 1), "k": [1, 2, 3]}}
    },
    "start": {"lr": 0.1, "o": {"lr": tune.grid_search([0.1, 0.2, 0.3, 0.4]), "k": 2}},
    "metrics": lambda config, step, value: {"Q": step * config["o"]["lr"]},
}


def mutations(**domains):
    return {"hyperparam_mutations": {"lr": tune.uniform(0.1, 1.0)} | domains}


QUICK = dict(
    [
        *by_both("plain"),
        (
            "a nested metric, asynch",
            Experiment(
                as_function(lambda config, step, value: {"eval": {"Q": value}}),
                ASYNCH,
                metric="eval/Q",
            ),
        ),
        (
            "trials with different resources, synch",
            Experiment(
                different_needs(as_function()),
                SYNCH,
                run_config={"stop": {"training_iteration": 5}},
                lengths=[5] * TRIALS,
            ),
        ),
        (
            "fewer trials at the same time than there are, synch",
            Experiment(
                settings=SYNCH,
                tune_config={"max_concurrent_trials": 2, "search_alg": None},
                refused=r"max_concurrent_trials=2 of 4 trials",
            ),
        ),
        (
            "seconds as time, synch",
            Experiment(
                settings=SYNCH
                | {"time_attr": "time_total_s", "perturbation_interval": 1e-3},
            ),
        ),
        (
            "a clock with steps longer than the interval, synch",
            Experiment(
                as_function(
                    lambda c, step, value: {"Q": value, "timesteps_total": 10 * step}
                ),
                SYNCH | {"time_attr": "timesteps_total", "perturbation_interval": 4},
            ),
        ),
        (
            "what no table holds as it is, synch",
            Experiment(
                as_function(
                    lambda config, step, value: {
                        "Q": np.array([value]),
                        "time": value,
                        "matrix": np.eye(2),
                        "path": Path("somewhere"),
                        "many": 2**70,
                        "odd": "one\rtwo \ud800",
                        "nothing": None,
                    }
                ),
                SYNCH
                | mutations(bn=[True, False], free=tune.randn(), own=lambda: 1.0)
                | {
                    "perturbation_interval": np.int64(3),
                    "quantile_fraction": np.float32(0.5),
                    "resample_probability": True,
                },
            ),
        ),
        (
            "a hyperparameter that only some trials have, synch",
            Experiment(
                settings=SYNCH,
                start={
                    "lr": 0.1,
                    "net": tune.grid_search([{"a": 1}, {"a": 2, "b": 3}, {"b": 4}, {}]),
                },
                hyperparameters=["lr", "net/b"],
            ),
        ),
        (
            "a class whose reset_config returns False, synch",
            Experiment(as_class(resets=False), SYNCH, refused="needs a `reset_config`"),
        ),
        (
            "burn-in that is no multiple of the interval, synch",
            Experiment(settings=SYNCH | {"burn_in_period": 4}),
        ),
        (
            "a trial that raises at the barrier, synch",
            Experiment(as_function(raising(at=3)), SYNCH, lengths=[12, 2, 12, 12]),
        ),
    ]
)

SLOW = dict(
    [
        *by_both("the smallest is best", mode="min"),
        *by_both("infinity", metrics=diverging(math.inf)),
        *by_both("infinity is worst", metrics=diverging(math.inf), mode="min"),
        *by_both("NaN", metrics=diverging(math.nan)),
        *by_both(
            "a nested metric",
            metrics=lambda config, step, value: {"eval": {"Q": value}},
            metric="eval/Q",
        ),
        *by_both("nested mutations", **NESTED),
        *by_both(
            "categories",
            settings=mutations(name=["a", "b"], size=(8, 16), pick=tune.choice([1, 2])),
        ),
        *by_both("a function that explores", settings={"custom_explore_fn": halves}),
        *by_both("burn-in", settings={"burn_in_period": 5}),
        *by_both("never", settings={"perturbation_interval": math.inf}, exploits=False),
        *by_both("an early end", last=8, lengths=[8] * 4),
        *by_both(
            "a trial that raises between two barriers",
            settings={"perturbation_interval": 6},
            metrics=raising(at=5),
            lengths=[12, 4, 12, 12],
        ),
        (
            "a trial that ends while all others wait, synch",
            Experiment(
                settings=SYNCH, run_config={"stop": last_one_early}, lengths=[12, 12, 12, 3]
            ),
        ),
        (
            "one trial alone",
            Experiment(settings=SYNCH, start={"lr": 0.1}, exploits=False, lengths=[12]),
        ),
        (
            "three that fail",
            Experiment(
                as_function(
                    lambda config, step, value: (
                        {"Q": value} if step < 5 or config["lr"] == 0.4 else 1 / 0
                    )
                ),
                SYNCH | {"quantile_fraction": 0.25, "perturbation_interval": 6},
                lengths=[4, 4, 4, 12],
                exploits=False,
            ),
        ),
        (
            "a failure that ends all",
            Experiment(
                as_function(raising(at=2)),
                SYNCH,
                exploits=False,
                run_config={"failure_config": tune.FailureConfig(fail_fast=True)},
                lengths=None,
            ),
        ),
        (
            "one at a time, asynch",
            Experiment(
                settings=ASYNCH,
                tune_config={"max_concurrent_trials": 1, "search_alg": None},
                exploits=False,
            ),
        ),
        (
            "one at a time, synch",
            Experiment(
                settings=SYNCH,
                tune_config={"max_concurrent_trials": 1, "search_alg": None},
                refused=r"max_concurrent_trials=1 of 4 trials",
            ),
        ),
        (
            "no process is reused, synch",
            Experiment(settings=SYNCH, tune_config={"reuse_actors": False}),
        ),
        *by_both("trials with different resources", wrap=different_needs),
        (
            "a clock that is faster in some trials, synch",
            Experiment(
                as_function(
                    lambda config, step, value: {
                        "Q": value, "timesteps_total": step * (5 + int(10 * config["lr"]))
                    }
                ),
                SYNCH | {"time_attr": "timesteps_total", "perturbation_interval": 25},
            ),
        ),
        (
            "a metric that is None at times, synch",
            Experiment(
                as_function(
                    lambda config, step, value: {"Q": value if step % 3 else None}
                ),
                SYNCH | {"perturbation_interval": 2},
            ),
        ),
        (
            "a metric that is a word",
            Experiment(
                as_function(lambda config, step, value: {"Q": "good"}),
                SYNCH,
                refused="a metric must be a number, got 'good'",
            ),
        ),
        ("a clock of seconds, asynch", Experiment(
            settings=ASYNCH | {"time_attr": "time_total_s", "perturbation_interval": 1e-3},
            exploits=None,
        )),
        (
            "a constant metric, asynch",
            Experiment(
                as_function(lambda config, step, value: {"Q": 1.0}), ASYNCH, exploits=False
            ),
        ),
        (
            "other mappings, a set of factors, numbers as truth values",
            Experiment(
                settings={
                    "synch": 1,
                    "perturbation_factors": {1.1, 0.9},
                    "hyperparam_mutations": UserDict(
                        lr=tune.uniform(0.1, 1), o=MappingProxyType({"k": [1, 2]})
                    ),
                },
                start={"o": {"k": 1}},
            ),
        ),
        (
            "a metric that comes late",
            Experiment(
                as_function(lambda c, step, value: {"Q": value} if step > 2 else {"P": 1}),
                SYNCH | {"require_attrs": False},
            ),
        ),
        (
            "Ray's own log and a single checkpoint",
            Experiment(
                settings=SYNCH | {"log_config": True},
                run_config={"checkpoint_config": tune.CheckpointConfig(num_to_keep=1)},
            ),
        ),
    ]
)  # fmt: skip


def assert_sound(run, experiment):
    """Assert what holds for every run of PBT: lengths, who takes over from whom."""
    lasts = run.history.groupby("trial")["iteration"].max()
    assert experiment.lengths in (None, list(lasts))
    sign = 1 if run.mode == "max" else -1
    for exploit in run.exploits.to_dict("records"):
        assert exploit["target"] != exploit["donor"]
        assert not sign * exploit["target_score"] > sign * exploit["donor_score"]
    for trial, exploits in run.exploits.groupby("target"):
        assert list(exploits["segment"]) == list(range(1, len(exploits) + 1))
        assert run.of_trial(trial)["segment"].max() <= len(exploits)
    if experiment.exploits is not None:
        assert (len(run.exploits) > 0) == experiment.exploits


def check(experiment, folder):
    if experiment.refused:
        with pytest.raises(Exception, match=experiment.refused):
            experiment.run(folder)
        return None
    run, said = experiment.run(folder)
    assert_sound(run, experiment)
    assert same_history(Run.load(run.save(folder / "saved")), run)
    return run, said


@pytest.mark.parametrize("experiment", QUICK.values(), ids=QUICK)
def test_an_experiment_ends_and_its_record_can_be_saved(tmp_path, experiment):
    check(experiment, tmp_path)


def test_a_trial_that_reports_nan_takes_over_from_another(tmp_path):
    run, _ = check(Experiment(as_function(diverging(math.nan)), SYNCH), tmp_path)
    first = run.exploits[run.exploits["iteration"] == 3]
    assert 2 in set(first["target"])
    assert 2 not in set(first["donor"])
    assert run.of_trial(2)["Q"].tail(9).notna().all()


def test_notes_name_what_is_recorded_as_a_string_or_under_another_name(tmp_path):
    run, said = check(QUICK["what no table holds as it is, synch"], tmp_path)
    notes = " ".join(run.info.notes)
    assert set(run.info.notes) <= set(said)
    for name in ("reported_time", "path", "many", "odd"):
        assert repr(name) in notes
    for name in ("matrix", "Q", "nothing"):
        assert repr(name) not in notes
    assert run.info.domains == {"lr": (0.1, 1.0), "bn": None, "free": None, "own": None}
    assert run.history["matrix"][0] == [[1.0, 0.0], [0.0, 1.0]]
    assert run.history["many"][0] == str(2**70)


def repeats(experiment):
    """Say whether the same seed gives the same history."""
    synch = experiment.settings.get("synch") and not experiment.refused
    by_step = experiment.settings.get("time_attr") != "time_total_s"
    return synch and by_step and experiment.lengths is not None


def check_again(run, experiment, folder):
    random.random()  # other code draws as well
    other, _ = experiment.run(folder)
    assert same_history(run, other)


@pytest.fixture(autouse=True)
def a_metric_may_be_missing(monkeypatch):
    # Otherwise Ray refuses, whatever the scheduler's `require_attrs` says.
    monkeypatch.setenv("TUNE_DISABLE_STRICT_METRIC_CHECKING", "1")


@pytest.mark.soak
@pytest.mark.parametrize("experiment", SLOW.values(), ids=SLOW)
def test_more_experiments_end_and_their_records_can_be_saved(tmp_path, experiment):
    done = check(experiment, tmp_path / "one")
    if repeats(experiment):
        check_again(done[0], experiment, tmp_path / "other")


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name in QUICK if repeats(QUICK[name])])
def test_a_synchronous_experiment_has_the_same_history_again(tmp_path, name):
    run, _ = QUICK[name].run(tmp_path / "one")
    check_again(run, QUICK[name], tmp_path / "other")


@pytest.mark.soak
def test_a_scheduler_may_serve_one_experiment_after_another(tmp_path):
    scheduler = PopulationBasedTraining(
        "training_iteration", "Q", "max", 3, synch=True, **mutations()
    )
    experiment = Experiment(tune_config={"metric": None, "mode": None})
    one, _ = experiment.run(tmp_path / "one", lambda **its: scheduler)
    other, _ = experiment.run(tmp_path / "other", lambda **its: scheduler)
    assert len(one.exploits) > 0
    assert same_history(one, other)
