"""PBT, PB2 and subpopulations on the noisy quadratic: arithmetic, rules, exact repeats."""

import functools
import os
import signal

import numpy as np
import pytest
from pbt_examples import Run, same_history
from pbt_examples.quadratic import (
    STEPS,
    loss_curve,
    quadratic_param_space,
    quadratic_pb2,
    quadratic_scheduler,
    train_quadratic,
)
from pbt_examples.quadratic.moments import COSINE, LR_RANGE
from pbt_examples.record import schedule_table
from pbt_examples.tuning import (
    PB2,
    MultipleFrequencies,
    Population,
    PopulationsFailedError,
    pb2_belief,
    run_populations,
)
from ray import tune
from ray.tune.schedulers.pb2 import PB2 as RayPB2  # noqa: N811
from toy_experiment import needing

pytestmark = pytest.mark.usefixtures("ray_with_2_slots")

INTERVAL, ITERATIONS = 20, STEPS // 20
TRIALS = {"PBT": 6, "PB2": 4, "frequencies": 16}
FAST, SLOW = 1, 4  # of the subpopulations, in iterations
KILLS = 2  # of each population's workers
STOP_AT = 4  # starts from a checkpoint in a population


def frequencies(**changes):
    settings = {
        "intervals": [FAST, SLOW],
        "hyperparam_mutations": {"lr": tune.loguniform(*LR_RANGE)},
        "log_config": False,
    }
    return MultipleFrequencies(**settings | changes)


SCHEDULERS = {"PBT": quadratic_scheduler, "PB2": quadratic_pb2, "frequencies": frequencies}


def population(name, *, decay=False, **settings):
    space = quadratic_param_space(interval=INTERVAL, trials=TRIALS[name], decay=decay)
    return Population(space, scheduler=SCHEDULERS[name](**settings))


def run_all(trainable, populations, *, iterations=ITERATIONS, **options):
    settings = {"iterations": iterations, "metric": "loss", "mode": "min"}
    return run_populations(trainable, populations, **settings | options)


def search(trainable, others=None, **options):
    """Run the three populations, and others, in one experiment."""
    populations = {name: population(name) for name in SCHEDULERS}
    return run_all(trainable, populations | (others or {}), **options)


@pytest.fixture(scope="module")
def pb2_scheduler():
    return quadratic_pb2()


@pytest.fixture(scope="module")
def runs(ray_with_2_slots, pb2_scheduler):
    """Return all runs on one slot: one experiment, which starts one process."""
    space = population("PB2").param_space
    others = {
        "PB2": Population(space, scheduler=pb2_scheduler),
        "decay": population("PBT", decay=True),
    }
    return search(needing(train_quadratic, cpus=2), others)


@pytest.fixture(scope="module")
def disturbed(ray_with_2_slots, tmp_path_factory):
    """Return the runs on two slots, where workers of each population are killed."""
    folder = tmp_path_factory.mktemp("kills")

    def fragile(config):
        kills = folder / str(config["population"])
        kills.mkdir(exist_ok=True)
        mark = kills / f"{tune.get_context().get_trial_id()}-{config['lr']}"
        if tune.get_checkpoint() and len(os.listdir(kills)) < KILLS and not mark.exists():
            mark.touch()
            os._exit(1)
        train_quadratic(config)

    return search(fragile)


@pytest.mark.parametrize("name", list(SCHEDULERS))
def test_neither_slots_nor_killed_workers_change_a_bit(runs, disturbed, name):
    assert (disturbed[name].events["event"] == "fail").sum() >= KILLS
    assert same_history(runs[name], disturbed[name])


@pytest.mark.soak
def test_a_search_that_was_stopped_and_restored_twice_has_the_same_histories(
    runs, tmp_path, monkeypatch
):
    monkeypatch.setenv("PBT_EXAMPLES_STORAGE", str(tmp_path / "storage"))
    kept, marks = tmp_path / "kept", tmp_path / "marks"
    # At this signal Ray saves the state of the experiment, and ends it.
    stop = functools.partial(os.kill, os.getpid(), signal.SIGUSR1)
    names = [*SCHEDULERS]  # not SCHEDULERS: a worker could not import this file for it

    def stopping(config):
        starts = marks / names[config["population"]]
        if tune.get_checkpoint() and starts.name != "PBT":
            starts.mkdir(parents=True, exist_ok=True)
            (starts / str(len(os.listdir(starts)))).touch()
            if len(os.listdir(starts)) == STOP_AT:
                stop()
        train_quadratic(config)

    trainable = needing(stopping, cpus=2)
    try:
        before = search(trainable, folder=kept)
    except PopulationsFailedError as error:
        before = error.runs
    assert len(before) < len(SCHEDULERS)
    [experiment] = (tmp_path / "storage").iterdir()
    for done in ("PB2", "frequencies"):
        tune.Tuner.restore(str(experiment), trainable).fit()
        loaded = {name: Run.load(kept / name) for name in SCHEDULERS}
        assert same_history(loaded[done], runs[done])
    for name in SCHEDULERS:
        assert same_history(loaded[name], runs[name])


def test_another_seed_of_pb2_gives_another_run(runs):
    trainable = needing(train_quadratic, cpus=2)
    another = run_all(trainable, {1: population("PB2", seed=1)}, iterations=4)[1]
    before, after = (
        run.history.query("iteration == 4")["lr"] for run in (runs["PB2"], another)
    )
    assert sorted(before) != sorted(after)


@pytest.mark.parametrize("name", ["PBT", "decay", "frequencies"])
def test_the_schedule_of_each_trial_gives_its_loss_to_the_last_bit(runs, name):
    factors = COSINE if name == "decay" else np.ones(STEPS)
    for trial in runs[name].trials:
        ancestry = runs[name].ancestry(trial)
        schedule = np.repeat(ancestry["lr"].to_numpy(), INTERVAL) * factors
        expected = loss_curve(schedule)[INTERVAL - 1 :: INTERVAL]
        np.testing.assert_array_equal(ancestry["loss"], expected)
        assert list(ancestry["step"]) == list(range(INTERVAL, STEPS + 1, INTERVAL))


def test_there_is_a_decision_after_each_report_but_the_last(runs):
    run = runs["PBT"]
    assert len(run.history) == TRIALS["PBT"] * ITERATIONS
    counts = run.exploits["iteration"].value_counts()
    assert set(counts.index) == set(range(1, ITERATIONS))
    assert (counts == 2).all()  # a quarter of six, rounded up


# PB2


def test_a_change_by_the_model_has_its_operation(runs):
    run = runs["PB2"]
    asked = run.exploits["lr_operation"] == "model"
    assert len(run.exploits) == ITERATIONS - 1
    # After one report no trial has improved yet, and the model has nothing to learn from.
    assert not asked.iloc[0]
    assert asked.sum() >= 4
    kept = run.exploits[~asked]
    assert (kept["lr_operation"] == "").all()
    assert (kept["lr_new"] == kept["lr_donor"]).all()
    assert (run.exploits["lr_new"] != run.exploits["lr_donor"])[asked].all()
    assert run.exploits["lr_new"][asked].between(LR_RANGE[0], LR_RANGE[1] + 1e-6).all()
    assert "resample" not in schedule_table(run).to_string()


def test_the_data_of_the_model_are_kept(runs, pb2_scheduler):
    run = runs["PB2"]
    asked = run.exploits.index[run.exploits["lr_operation"] == "model"]
    assert list(pb2_scheduler.asked) == list(asked)
    for place, data in pb2_scheduler.asked.items():
        iteration = run.exploits["iteration"][place]
        reports = run.history[run.history["iteration"] <= iteration]
        assert set(-data["Reward"]) == set(reports["loss"])
        assert data["Time"].is_monotonic_increasing
        assert not data.duplicated().any()


def test_the_belief_of_the_model_is_highest_where_it_chose(runs, pb2_scheduler):
    firsts = {
        pb2_scheduler.exploits[place].iteration: place
        for place in [*pb2_scheduler.asked][::-1]
    }
    assert len(firsts) > 3
    for place in firsts.values():  # later ones of a decision use earlier ones
        chosen = pb2_scheduler.exploits[place].new_config["lr"]
        belief = pb2_belief(pb2_scheduler, place, [*np.linspace(*LR_RANGE, 50), chosen])
        assert belief.chosen == chosen
        *elsewhere, reached = belief.score
        assert reached > max(elsewhere) - 0.05 * np.ptp(elsewhere)


def test_pb2_is_rays_scheduler_and_its_settings_are_recorded(runs):
    assert issubclass(PB2, RayPB2)
    assert runs["PB2"].info.domains == {"lr": LR_RANGE}
    assert runs["PB2"].info.seed == 0


# Subpopulations with their own intervals: even trials are fast, odd ones are slow


def migrants(run):
    return run.exploits[run.exploits["lr_operation"] == ""]


def test_each_subpopulation_decides_when_it_is_due(runs):
    exploits = runs["frequencies"].exploits
    slow = exploits["target"] % 2 == 1
    assert set(exploits["iteration"][~slow]) == set(range(1, ITERATIONS))
    assert set(exploits["iteration"][slow]) == {4, 8}


def test_a_quarter_exploits_within_its_subpopulation(runs):
    exploits = runs["frequencies"].exploits
    explored = exploits[exploits["lr_operation"] != ""]
    assert (explored["donor"] % 2 == explored["target"] % 2).all()
    sizes = explored.groupby([explored["target"] % 2, "iteration"]).size()
    assert (sizes == 2).all()  # of eight


def test_migrants_are_better_and_never_explore(runs):
    arrived = migrants(runs["frequencies"])
    assert len(arrived) > 5
    assert (arrived["donor"] % 2 != arrived["target"] % 2).all()
    assert (arrived["donor_score"] < arrived["target_score"]).all()
    assert arrived.groupby(["iteration", "donor"]).size().max() <= 1


def test_only_migrants_from_the_slower_keep_their_learning_rate(runs):
    run = runs["frequencies"]
    to_slow = migrants(run)["target"] % 2 == 1
    to_fast = migrants(run)[~to_slow]
    assert (to_fast["lr_new"] == to_fast["lr_donor"]).all()
    for row in migrants(run)[to_slow].to_dict("records"):
        at = run.history[run.history["iteration"] == row["iteration"]]
        inside = at[at["trial"] % 2 == 1]
        assert row["lr_new"] == inside.loc[inside["loss"].idxmin(), "lr"]
