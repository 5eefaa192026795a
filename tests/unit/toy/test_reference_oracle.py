"""The oracle agrees with a correct run, and detects every kind of error."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pbt_examples import Run
from pbt_examples.toy import oracle_error

COLUMNS = ["trial", "segment", "iteration", "theta0", "theta1", "Q", "h0", "h1", "lr"]
FIRST, SECOND = (0.0, 1.0, 0.05), (1.0, 0.0, 0.05)
EXPLORED = (0.3, 0.8, 0.06)


def climb(trial: int, segment: int, theta: tuple, config: tuple, iterations: range) -> list:
    """Return the rows of one segment, written out with plain numbers."""
    (theta0, theta1), (h0, h1, lr) = theta, config
    rows = []
    for iteration in iterations:
        theta0 += lr * (-2 * 0.75 * h0 * theta0)
        theta1 += lr * (-2 * 1.0 * h1 * theta1)
        q = 1.2 - (0.75 * (theta0 * theta0) + theta1 * theta1)
        rows.append([trial, segment, iteration, theta0, theta1, q, *config])
    return rows


@pytest.fixture
def run() -> Run:
    """Trial 1 takes over from trial 0 at iteration 4; both end at 8."""
    start = (0.9, 0.9)
    rows = climb(0, 0, start, FIRST, range(1, 9))
    rows += climb(1, 0, start, SECOND, range(1, 5))
    rows += climb(1, 1, tuple(rows[3][3:5]), EXPLORED, range(5, 9))
    history = pd.DataFrame(rows, columns=COLUMNS).assign(time=0.0, duration=0.0, pid=1)
    exploit = {
        "iteration": 4, "target": 1, "donor": 0, "donor_iteration": 4, "segment": 1,
        "donor_segment": 0, "target_score": 0.064, "donor_score": 0.244,
        "h0_new": EXPLORED[0], "h1_new": EXPLORED[1], "lr_new": EXPLORED[2],
    }  # fmt: skip
    return Run(history=history, exploits=pd.DataFrame([exploit]), metric="Q")


def test_the_error_of_a_correct_record_is_zero(run):
    assert oracle_error(run) == 0.0


def test_the_error_is_zero_in_any_order_of_rows(run):
    shuffled = run.history.sort_values(["segment", "iteration", "trial"])
    assert oracle_error(replace(run, history=shuffled)) == 0.0


@pytest.mark.parametrize("column", ["theta0", "theta1", "Q", "h0", "h1", "lr"])
def test_a_difference_in_the_last_place_is_seen(run, column):
    last = run.history.index[-1]
    run.history.loc[last, column] = np.nextafter(run.history.loc[last, column], 2.0)
    assert 0.0 < oracle_error(run) < 1e-15


def test_an_error_is_seen_however_early_it_was(run):
    run.history.loc[9, "theta0"] += 0.125
    assert oracle_error(run) == pytest.approx(0.125)


def test_a_checkpoint_that_is_a_step_too_old_is_seen(run):
    run.exploits.loc[0, "donor_iteration"] = 3
    with pytest.raises(ValueError, match="must go on from iteration 3 without a gap"):
        oracle_error(run)


def test_a_jump_to_the_wrong_donor_is_seen(run):
    run.exploits.loc[0, "donor"] = 1
    assert oracle_error(run) > 0.1


@pytest.mark.parametrize("name", ["h0", "h1", "lr"])
def test_a_hyperparameter_that_did_not_reach_the_worker_is_seen(run, name):
    run.exploits.loc[0, f"{name}_new"] += 0.01
    assert oracle_error(run) >= 0.01 - 1e-12


def test_a_donor_state_that_never_existed_is_an_error(run):
    run.exploits.loc[0, "donor_iteration"] = 99
    with pytest.raises(ValueError, match="trial 0 never was at segment 0, iteration 99"):
        oracle_error(run)


def test_a_missing_report_is_an_error(run):
    with pytest.raises(ValueError, match=r"iteration 0 without a gap, got \[1, 2, 4, 5"):
        oracle_error(replace(run, history=run.history.drop(index=2)))


def test_a_missing_exploit_is_an_error(run):
    with pytest.raises(ValueError, match="how trial 1 came to segment 1, iteration 5"):
        oracle_error(replace(run, exploits=run.exploits.iloc[:0]))


def test_another_problem_is_refused(run):
    with pytest.raises(ValueError, match=r"history lacks the columns \['theta0', 'h1'\]"):
        oracle_error(replace(run, history=run.history.drop(columns=["theta0", "h1"])))
