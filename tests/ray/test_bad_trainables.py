"""Trainables that report what no scheduler can use, and populations of one."""

import math
import tempfile
from pathlib import Path

import pytest
from pbt_examples.toy import oracle_error, toy_param_space, train_toy
from pbt_examples.tuning import Population, run_experiment, run_populations
from ray import tune
from ray.tune import TuneError
from toy_experiment import basic_run, pbt

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")

SPACE = {"lr": tune.grid_search([0.1, 0.2]), "h0": 0.5, "h1": 0.5}
ONE = toy_param_space() | {"h0": 0.3, "h1": 0.6}
METRICS = {
    "names": lambda config, step: {"Q": 1.0, "trial": 2.0, "time": 3.0},
    "nan": lambda config, step: {"Q": math.nan if step % 3 else config["lr"]},
    "inf": lambda config, step: {"Q": math.inf if step % 3 else config["lr"]},
    "missing": lambda config, step: {"score": 1.0},
}
"""What a trainable reports for a configuration and a step."""


def reporting(metrics):
    """Return a trainable that looks up in its configuration what it reports."""

    def train(config):
        if config["reports"] == "toy":
            train_toy(config)
        checkpoint, step = tune.get_checkpoint(), 0
        if checkpoint:
            with checkpoint.as_directory() as folder:
                step = int(Path(folder, "step").read_text())
        while True:
            step += 1
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "step").write_text(str(step))
                checkpoint = tune.Checkpoint.from_directory(folder)
                tune.report(metrics[config["reports"]](config, step), checkpoint=checkpoint)

    return train


def runs_of(*names):
    populations = {
        name: Population((ONE if name == "toy" else SPACE) | {"reports": name}, pbt())
        for name in names
    }
    return run_populations(reporting(METRICS), populations, iterations=12)


@pytest.fixture(scope="module")
def runs(ray_with_1_slot):
    with pytest.warns(UserWarning, match=r"recorded as 'reported_(trial|time)'"):
        return runs_of("names", "nan", "inf", "toy")


def test_metrics_with_the_names_of_other_columns_of_the_record_get_other_names(runs):
    record = runs["names"]
    assert set(record.history["reported_trial"]) == {2.0}
    assert set(record.history["reported_time"]) == {3.0}
    assert set(record.history["trial"]) == {0, 1}


def test_a_hyperparameter_that_no_configuration_has_is_named():
    with pytest.raises(
        ValueError, match=r"hyperparameters must be .*'lr'.*, got \['nope'\]"
    ):
        basic_run(hyperparameters=["nope"], iterations=8)


@pytest.mark.parametrize("name", ["nan", "inf"])
def test_a_metric_that_is_sometimes_not_a_number_ends_no_run(runs, name):
    record = runs[name]
    assert record.history.groupby("trial")["iteration"].max().tolist() == [12, 12]
    again = record.history["Q"]
    assert (again.isna() if name == "nan" else again == math.inf).sum() == 16


def test_a_metric_that_is_missing_is_named():
    with pytest.raises(TuneError, match="Q"):
        runs_of("missing")


def test_a_population_of_one_exploits_nobody(runs):
    record = runs["toy"]
    assert len(record.exploits) == 0
    assert record.history["iteration"].tolist() == list(range(1, 13))
    assert oracle_error(record) == 0


def test_a_run_of_one_iteration_has_one_row_per_trial():
    record = basic_run(iterations=1)
    assert record.history["iteration"].tolist() == [1, 1]


@pytest.mark.parametrize(("resets", "first"), [(True, 1), (False, 5)])
def test_a_new_trial_inherits_what_reset_config_leaves_of_another(resets, first):
    class Counts(tune.Trainable):
        def setup(self, config):
            self.count = 0

        def step(self):
            self.count += 1
            return {"Q": self.config["lr"], "count": self.count}

        def save_checkpoint(self, folder):
            Path(folder, "count").write_text(str(self.count))

        def load_checkpoint(self, folder):
            self.count = int(Path(folder, "count").read_text())

        def reset_config(self, new_config):
            if resets:
                self.count = 0
            return True

    run = run_experiment(
        Counts, {"lr": SPACE["lr"]}, scheduler=pbt(), hyperparameters=["lr"], iterations=8
    )
    # Trial 1 begins in the process that trial 0 has left at its fourth iteration.
    assert run.of_trial(1)["count"].iloc[0] == first
