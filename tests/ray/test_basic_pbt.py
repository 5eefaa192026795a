"""What the basic PBT experiment promises, checked on real runs."""

import random
import time

import numpy as np
import pandas as pd
import pytest
from pbt_examples import same_history
from pbt_examples.toy import Q, get_init_theta, grad_Qhat, train_toy
from pbt_examples.tuning import (
    Population,
    PopulationBasedTraining,
    buffered_reports,
    run_populations,
)
from toy_experiment import (
    basic_run,
    needing,
    param_space,
    pbt,
    toy_with_fault,
    wait_for_company,
)

pytestmark = pytest.mark.usefixtures("ray_with_4_slots")

DOMAINS = {"lr": (5e-3, 1e-1), "h0": (0.0, 1.0), "h1": (0.0, 1.0)}


SOME = 28
"""Iterations of runs that are compared; enough for Q to pass 1 if zeros are replaced."""

ONE_AT_A_TIME = needing(train_toy, cpus=4)


@pytest.fixture(scope="module")
def run(ray_with_4_slots):
    return basic_run(ONE_AT_A_TIME)


class Meddler(PopulationBasedTraining):
    """Draw from the global generators, as other code in the driver may."""

    def on_trial_result(self, *args):
        random.random()
        np.random.random()  # noqa: NPY002
        return super().on_trial_result(*args)


@pytest.fixture(scope="module")
def runs(ray_with_4_slots):
    """Return more runs of the experiment, all made in one Ray experiment."""
    random.seed(99)
    np.random.seed(99)  # noqa: NPY002
    populations = {
        "once": Population(param_space(), pbt()),
        "again": Population(param_space(), pbt()),
        "another seed": Population(param_space(), pbt(seed=1)),
        "other draws": Population(param_space(), pbt(Meddler)),
        "no quantiles": Population(param_space(), pbt(quantile_fraction=0)),
        "no resampling": Population(param_space(), pbt(resample_probability=0)),
        "4 trials": Population(param_space(4), pbt()),
        "8 trials": Population(param_space(8), pbt()),
    }
    options = {"hyperparameters": list(DOMAINS), "iterations": SOME}
    with buffered_reports(4):  # the same bits
        return run_populations(ONE_AT_A_TIME, populations, **options)


def test_every_trial_reports_every_iteration_once(run):
    assert len(run.history) == 200
    assert run.trials == [0, 1]
    for trial in run.trials:
        assert list(run.of_trial(trial)["iteration"]) == list(range(1, 101))


def test_one_process_does_all_the_work(run):
    assert run.history["pid"].nunique() == 1


def test_one_exploit_at_each_interval_but_the_last(run):
    assert list(run.exploits["iteration"]) == list(range(4, 100, 4))
    assert (run.exploits["iteration"] == run.exploits["donor_iteration"]).all()


@pytest.mark.parametrize("trials", [4, 8])
def test_half_of_a_population_exploits(runs, trials):
    run = runs[f"{trials} trials"]
    assert len(run.history) == trials * SOME
    assert len(run.exploits) == trials / 2 * (SOME / 4 - 1)
    assert (run.exploits["target_score"] <= run.exploits["donor_score"]).all()


def test_the_first_exploit_is_the_computed_one(run):
    at_4 = run.history[run.history["iteration"] == 4].set_index("trial")
    expected = pd.DataFrame(
        {"theta0": [0.9, 0.6588847], "theta1": [0.59049, 0.9], "Q": [0.2438216, 0.0644032]}
    )
    assert np.allclose(at_4[["theta0", "theta1", "Q"]], expected, atol=5e-8)
    assert run.exploits.loc[0, ["target", "donor"]].tolist() == [1, 0]


def test_both_trials_reach_the_optimum(run):
    assert (run.history.groupby("trial")["Q"].last() >= 1.19).all()


def test_a_target_continues_from_the_donors_theta_with_its_new_h(run):
    rows = run.history.set_index(["trial", "iteration"])
    for exploit in run.exploits.itertuples():
        donor = rows.loc[(exploit.donor, exploit.donor_iteration)]
        after = rows.loc[(exploit.target, exploit.iteration + 1)]
        new = [exploit.h0_new, exploit.h1_new, exploit.lr_new]
        assert after[["h0", "h1", "lr"]].tolist() == new
        theta = donor[["theta0", "theta1"]].to_numpy(float)
        step = exploit.lr_new * grad_Qhat(theta, [exploit.h0_new, exploit.h1_new]).theta
        assert (after[["theta0", "theta1"]] == theta + step).all()


def test_trials_that_do_not_exploit_take_gradient_steps(run):
    for trial in run.trials:
        before = get_init_theta()
        rows = run.of_trial(trial)
        for row, fresh in zip(rows.itertuples(), rows["segment"].diff() > 0, strict=True):
            theta = np.array([row.theta0, row.theta1])
            if not fresh:
                step = row.lr * grad_Qhat(before, [row.h0, row.h1]).theta
                assert (theta == before + step).all()
            assert float(Q(theta)) == row.Q
            before = theta


@pytest.mark.parametrize("name", list(DOMAINS))
def test_new_values_are_multiplied_or_resampled(run, name):
    low, high = DOMAINS[name]
    for exploit in run.exploits.to_dict("records"):
        donor, new = exploit[f"{name}_donor"], exploit[f"{name}_new"]
        operation = exploit[f"{name}_operation"]
        if operation == "resample":
            assert low <= new <= high
        else:
            assert operation in ("* 1.2", "* 0.8")
            assert new == donor * float(operation.removeprefix("* "))
    assert {"resample", "* 1.2"} <= set(run.exploits[f"{name}_operation"])


def test_the_clock_of_the_record_is_that_of_the_run():
    begin = time.monotonic()
    run = basic_run(ONE_AT_A_TIME, iterations=4)
    passed = time.monotonic() - begin
    assert run.events["time"].min() > 0
    assert run.events["time"].max() <= run.info.seconds <= passed


def test_the_same_seed_gives_the_same_bits(runs):
    assert same_history(runs["once"], runs["again"])


@pytest.mark.parametrize("slots", [2, 4])
def test_the_number_of_slots_does_not_change_a_bit(runs, slots, tmp_path):
    together = needing(toy_with_fault(wait_for_company(slots, tmp_path)), cpus=4 / slots)
    parallel = basic_run(together, population=4, iterations=SOME)
    assert parallel.history["pid"].nunique() == slots
    assert same_history(runs["4 trials"], parallel)


def test_another_seed_gives_another_history(runs):
    assert not same_history(runs["once"], runs["another seed"])


def test_random_draws_elsewhere_in_the_driver_do_not_matter(runs):
    assert same_history(runs["once"], runs["other draws"])


def test_no_exploit_without_quantiles(runs):
    run = runs["no quantiles"]
    assert run.exploits.empty
    assert len(run.history) == 2 * SOME


def test_without_resampling_a_zero_stays_and_holds_q_down(runs):
    run = runs["no resampling"]
    assert runs["once"].history["Q"].max() > 1  # where zeros are replaced
    assert run.history["Q"].max() <= 0.5925
    assert ((run.history["h0"] == 0) | (run.history["h1"] == 0)).all()
