"""PBT of the noisy quadratic on Ray: its arithmetic, its rules, and its bits."""

import os

import numpy as np
import pytest
from pbt_examples import same_history
from pbt_examples.quadratic import (
    STEPS,
    loss_curve,
    quadratic_param_space,
    quadratic_scheduler,
    train_quadratic,
)
from pbt_examples.quadratic.schedules import cosine
from pbt_examples.tuning import Population, run_experiment, run_populations
from ray import tune
from toy_experiment import needing

pytestmark = pytest.mark.usefixtures("ray_with_2_slots")

INTERVAL, TRIALS = 25, 6
ONE_SLOT = needing(train_quadratic, cpus=2)


GOAL = {"iterations": STEPS // INTERVAL, "metric": "loss", "mode": "min"}


def param_space(**changes):
    return quadratic_param_space(interval=INTERVAL, trials=TRIALS, **changes)


def search(trainable):
    scheduler = quadratic_scheduler()
    return run_experiment(trainable, param_space(), scheduler=scheduler, **GOAL)


@pytest.fixture(scope="module")
def runs(ray_with_2_slots):
    populations = {
        "plain": Population(param_space(), quadratic_scheduler()),
        "decay": Population(param_space(decay=True), quadratic_scheduler()),
        "seed 1": Population(param_space(seed=1), quadratic_scheduler(seed=1)),
    }
    return run_populations(ONE_SLOT, populations, **GOAL)


@pytest.fixture(scope="module")
def run(runs):
    return runs["plain"]


@pytest.mark.parametrize("name", ["plain", "decay"])
def test_the_schedule_of_each_trial_gives_its_loss_to_the_last_bit(runs, name):
    run, factors = runs[name], cosine() if name == "decay" else np.ones(STEPS)
    for trial in run.trials:
        ancestry = run.ancestry(trial)
        schedule = np.repeat(ancestry["lr"].to_numpy(), INTERVAL) * factors
        expected = loss_curve(schedule)[INTERVAL - 1 :: INTERVAL]
        np.testing.assert_array_equal(ancestry["loss"], expected)
        assert list(ancestry["step"]) == list(range(INTERVAL, STEPS + 1, INTERVAL))


def test_there_is_a_decision_after_each_report_but_the_last(run):
    assert len(run.history) == TRIALS * STEPS // INTERVAL
    counts = run.exploits["iteration"].value_counts()
    assert set(counts.index) == set(range(1, STEPS // INTERVAL))
    assert (counts == 2).all()  # a quarter of six, rounded up


def test_the_bits_do_not_depend_on_the_number_of_slots(run):
    two_slots = search(train_quadratic)
    assert same_history(run, two_slots)


def test_another_seed_gives_another_run(run, runs):
    assert not same_history(run, runs["seed 1"])


def test_a_killed_worker_changes_no_bit(run, tmp_path):
    def fragile(config):
        name = f"{tune.get_context().get_trial_id()}-{config['lr']}"
        if tune.get_checkpoint() and len(os.listdir(tmp_path)) < 3:
            mark = tmp_path / name
            if not mark.exists():
                mark.touch()
                os._exit(1)
        train_quadratic(config)

    disturbed = search(needing(fragile, cpus=2))
    assert (disturbed.events["event"] == "fail").sum() == 3
    assert same_history(run, disturbed)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": "high"}, "lr must be a number, got 'high'"),
        ({"lr": float("inf")}, "lr must be finite, got inf"),
        ({"steps_per_report": 0}, "steps_per_report must be at least 1, got 0"),
        ({"decay": "cosine"}, "decay must be True or False, got 'cosine'"),
    ],
)
def test_a_wrong_configuration_is_refused(changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        train_quadratic({"lr": 0.1, "steps_per_report": 10} | changes)


@pytest.mark.parametrize("interval", [0, STEPS + 1])
def test_an_interval_is_within_the_training(interval):
    with pytest.raises(ValueError, match=f"interval must be between 1 and {STEPS}"):
        quadratic_param_space(interval=interval)
