"""What each variation of the scheduler promises, and the reference's rules on real runs."""

import numpy as np
import pytest
from pbt_examples.toy import (
    Reference,
    grad_Qhat,
    oracle_error,
    toy_scheduler,
    train_toy,
)
from pbt_examples.tuning import (
    ExploreOnly,
    Population,
    WeightsOnly,
    buffered_reports,
    run_populations,
)
from toy_experiment import STARTS, param_space

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")

NAMES = ["lr", "h0", "h1"]
STILL = {"resample_probability": 0, "perturbation_factors": (1.0, 1.0)}


def runs_of(schedulers, trials, **options):
    populations = {
        name: Population(param_space(trials), one) for name, one in schedulers.items()
    }
    with buffered_reports(4):  # the same bits
        return run_populations(train_toy, populations, **options)


@pytest.fixture(scope="module")
def four_trials(ray_with_1_slot):
    kinds = {"explore": (ExploreOnly,), "weights": (WeightsOnly,), "stock": ()}
    schedulers = {kind: toy_scheduler(*classes) for kind, classes in kinds.items()}
    return runs_of(schedulers, 4, iterations=20)


@pytest.fixture(scope="module")
def explore_only(four_trials):
    return four_trials["explore"]


@pytest.fixture(scope="module")
def weights_only(four_trials):
    return four_trials["weights"]


@pytest.fixture(scope="module")
def stock(four_trials):
    return four_trials["stock"]


@pytest.fixture(scope="module")
def exploit_only(ray_with_1_slot):
    """Return runs without explore, by the paper's rules and by Ray's."""
    schedulers = {
        "paper": toy_scheduler(WeightsOnly, **STILL),
        "Ray": toy_scheduler(**STILL),
    }
    return runs_of(schedulers, 2, iterations=60)


@pytest.mark.parametrize("kind", ["explore_only", "weights_only", "stock"])
def test_the_record_explains_every_number_of_the_run(kind, request):
    assert oracle_error(request.getfixturevalue(kind)) == 0.0


def test_in_explore_only_every_trial_changes_at_each_interval(explore_only):
    for iteration in range(4, 20, 4):
        decided = explore_only.exploits[explore_only.exploits["iteration"] == iteration]
        assert sorted(decided["target"]) == [0, 1, 2, 3]
    assert len(explore_only.exploits) == 16


def test_in_explore_only_no_trial_takes_over_a_state(explore_only):
    exploits = explore_only.exploits
    assert (exploits["target"] == exploits["donor"]).all()
    assert (exploits["iteration"] == exploits["donor_iteration"]).all()
    assert (exploits["segment"] == exploits["donor_segment"] + 1).all()
    for trial in explore_only.trials:
        lane = explore_only.of_trial(trial).reset_index(drop=True)
        assert explore_only.ancestry(trial).equals(lane)


def test_in_explore_only_the_new_values_reach_the_worker(explore_only):
    rows = explore_only.history.set_index(["trial", "iteration"])
    for change in explore_only.exploits.to_dict("records"):
        before = rows.loc[change["target"], change["iteration"]]
        after = rows.loc[change["target"], change["iteration"] + 1]
        assert before[NAMES].tolist() == [change[f"{name}_donor"] for name in NAMES]
        assert after[NAMES].tolist() == [change[f"{name}_new"] for name in NAMES]
        h, theta = after[["h0", "h1"]], before[["theta0", "theta1"]]
        step = after["lr"] * grad_Qhat(theta, h).theta
        assert (after[["theta0", "theta1"]] == theta + step).all()


def test_explore_only_refuses_to_be_asynchronous():
    with pytest.raises(ValueError, match="synch=True, got synch=False"):
        toy_scheduler(ExploreOnly, synch=False)


def test_weights_only_takes_over_theta_and_explores_from_its_own_h(weights_only):
    rows = weights_only.history.set_index(["trial", "iteration"])
    multiplied = 0
    for exploit in weights_only.exploits.to_dict("records"):
        own = rows.loc[exploit["target"], exploit["iteration"]]
        donor = rows.loc[exploit["donor"], exploit["donor_iteration"]]
        for name in NAMES:
            assert exploit[f"{name}_donor"] == donor[name]
            if exploit[f"{name}_operation"] != "resample":
                factor = float(exploit[f"{name}_operation"].removeprefix("* "))
                assert exploit[f"{name}_new"] == own[name] * factor
                multiplied += own[name] != donor[name]
    assert multiplied > 0  # so using the donor's value would be noticed


def test_the_papers_exploit_only_keeps_every_h_and_climbs_the_staircase(exploit_only):
    run = exploit_only["paper"]
    for trial, h0 in enumerate(STARTS[2]):
        lane = run.of_trial(trial)
        assert (lane[["h0", "h1", "lr"]] == [h0, 1 - h0, 0.05]).all(axis=None)
    assert run.history["Q"].max() > 1.19
    assert oracle_error(run) == 0.0


def test_rays_exploit_only_reaches_the_better_grid_value(exploit_only):
    run = exploit_only["Ray"]
    assert (run.history[run.history["iteration"] > 4]["h0"] == 0).all()
    assert np.isclose(run.history["Q"].max(), 1.2 - 0.75 * 0.81, atol=1e-3)
    assert oracle_error(run) == 0.0


@pytest.mark.parametrize("kind", ["weights_only", "stock"])
def test_ray_picks_targets_and_donors_as_the_reference_does(kind, request):
    run = request.getfixturevalue(kind)
    for iteration in range(4, 20, 4):
        scores = run.history[run.history["iteration"] == iteration].sort_values("trial")
        rules = Reference(h0=tuple(STARTS[4]))
        lowest = np.zeros((1, 4))
        highest = np.full((1, 4), 0.99)
        targets, first = rules._pairs(scores["Q"].to_numpy()[np.newaxis], lowest)
        _, last = rules._pairs(scores["Q"].to_numpy()[np.newaxis], highest)
        decided = run.exploits[run.exploits["iteration"] == iteration]
        assert decided["target"].tolist() == targets[0].tolist()
        assert set(decided["donor"]) <= {first[0, 0], last[0, 0]}
