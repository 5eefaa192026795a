"""Subpopulations with their own intervals: which decide when, and what migrates."""

import pytest
from pbt_examples import same_history
from pbt_examples.quadratic import STEPS, loss_curve, quadratic_param_space, train_quadratic
from pbt_examples.quadratic.moments import LR_RANGE
from pbt_examples.tuning import MultipleFrequencies, run_experiment
from ray import tune
from toy_experiment import needing

pytestmark = pytest.mark.usefixtures("ray_with_2_slots")

INTERVAL, TRIALS, FAST, SLOW = 20, 16, 1, 4


def frequencies(**changes):
    settings = {
        "intervals": [FAST, SLOW],
        "hyperparam_mutations": {"lr": tune.loguniform(*LR_RANGE)},
        "log_config": False,
    }
    return MultipleFrequencies(**settings | changes)


def search(trainable):
    return run_experiment(
        trainable,
        quadratic_param_space(interval=INTERVAL, trials=TRIALS),
        scheduler=frequencies(),
        iterations=STEPS // INTERVAL,
        metric="loss",
        mode="min",
    )


@pytest.fixture(scope="module")
def run(ray_with_2_slots):
    return search(needing(train_quadratic, cpus=2))


def exploits_of(run, *, slow):
    return run.exploits[run.exploits["target"] % 2 == slow]


def test_each_subpopulation_decides_when_it_is_due(run):
    fast, slow = (set(exploits_of(run, slow=s)["iteration"]) for s in (False, True))
    assert fast == set(range(1, STEPS // INTERVAL))
    assert slow == {4, 8}


def test_a_quarter_exploits_within_its_subpopulation(run):
    explored = run.exploits[run.exploits["lr_operation"] != ""]
    assert (explored["donor"] % 2 == explored["target"] % 2).all()
    for slow in (False, True):
        inside = explored[explored["target"] % 2 == slow]
        assert (inside.groupby("iteration").size() == 2).all()  # of eight


def test_migrants_are_better_and_never_explore(run):
    migrants = run.exploits[run.exploits["lr_operation"] == ""]
    assert len(migrants) > 5
    assert (migrants["donor"] % 2 != migrants["target"] % 2).all()
    assert (migrants["donor_score"] < migrants["target_score"]).all()
    assert migrants.groupby(["iteration", "donor"]).size().max() <= 1


def test_only_migrants_from_the_slower_keep_their_learning_rate(run):
    migrants = run.exploits[run.exploits["lr_operation"] == ""]
    to_fast = migrants[migrants["target"] % 2 == 0]
    assert (to_fast["lr_new"] == to_fast["lr_donor"]).all()
    for row in migrants[migrants["target"] % 2 == 1].to_dict("records"):
        at = run.history[run.history["iteration"] == row["iteration"]]
        inside = at[at["trial"] % 2 == 1]
        assert row["lr_new"] == inside.loc[inside["loss"].idxmin(), "lr"]


def test_every_loss_is_that_of_its_schedule(run):
    for trial in run.trials:
        ancestry = run.ancestry(trial)
        schedule = ancestry["lr"].repeat(INTERVAL)
        assert loss_curve(schedule)[-1] == ancestry["loss"].iloc[-1]


def test_the_bits_do_not_depend_on_the_number_of_slots(run):
    assert same_history(run, search(train_quadratic))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"intervals": [2, 3]}, ValueError, r"multiples of the shortest, got \[2, 3\]"),
        ({"intervals": [0]}, ValueError, "each of intervals must be at least 1, got 0"),
        ({"intervals": []}, ValueError, "intervals must hold at least one number"),
        ({"seed": -1}, ValueError, "seed must be between"),
    ],
)
def test_wrong_settings_are_refused(changes, error, message):
    with pytest.raises(error, match=message):
        frequencies(**changes)
