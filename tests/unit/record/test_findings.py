"""Each finding is there where it should be, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
from pbt_examples.record import findings
from pbt_examples.record.findings import last_founder
from pbt_examples.record.info import PendingExploit, RunInfo
from plotting_runs import build, grid, synchronous


def found(run, words):
    return [sentence for sentence in findings(run) if words in sentence]


def test_a_run_without_exploits_is_named():
    assert found(grid(), "No exploit happened")
    assert not found(synchronous(), "No exploit happened")
    decided = RunInfo(pending=[PendingExploit(6, target=0, donor=1, donor_iteration=6)])
    assert not found(replace(grid(), info=decided), "No exploit happened")


def test_an_interval_longer_than_the_run_is_named():
    run = replace(grid(iterations=6), info=RunInfo(perturbation_interval=10))
    assert found(run, "the perturbation interval is 10, and the run ends at iteration 6")


def test_the_last_founder_and_since_when():
    assert last_founder(synchronous()) == (1, 4)
    run = build(
        {(0, 0): range(1, 3), (0, 1): range(3, 5), (1, 0): range(1, 5)},
        [(2, 0, 1, 2, 1, 0, 0.6, "", 0.24, "", 0.04, "")],
        first=[(0.0, 1.0, 0.05), (1.0, 0.2, 0.05)],
    )
    assert last_founder(run) == (1, 2)
    words = "every trial descends from trial 1: the other starting point has died out."
    assert found(run, f"From iteration 2 on, {words}")
    assert found(synchronous(), "the other 2 starting points have died out.")
    assert last_founder(grid(trials=1)) is None


def test_a_hyperparameter_out_of_its_declared_range_is_named():
    run = synchronous()  # lr goes up to 0.12, and its domain to 0.1
    [sentence] = found(run, "lr left its declared range of 0.005 to 0.1")
    assert "to 0.12" in sentence
    assert not found(run.with_domains(lr=(0.0, 1.0)), "lr left")


def test_a_zero_that_stays_zero_in_the_ancestry_is_named():
    run = build(
        {(0, 0): range(1, 3), (1, 0): range(1, 3), (1, 1): range(3, 5)},
        [(2, 1, 0, 2, 1, 0, 0.0, "* 1.2", 1.2, "* 1.2", 0.06, "* 1.2")],
        first=[(0.0, 1.0, 0.05), (1.0, 0.2, 0.05)],
    )
    assert found(run, "h0 was 0 and stayed 0 at 1 of the 1 exploits")
    assert not found(run, "h1 was 0")


def test_a_checkpoint_older_than_the_decision_is_named():
    assert not found(synchronous(), "older")
    history = synchronous().history
    moved = (history["trial"] == 2) & (history["segment"] == 1)  # resumes at 1 again
    history.loc[moved, "iteration"] -= 1
    [sentence] = found(replace(synchronous(), history=history), "older")
    assert sentence.startswith("1 of 3 exploits")
    assert "the score that decided it, by up to 1 iteration:" in sentence


def test_values_that_training_did_not_use_are_named():
    run = synchronous()
    applied = run.history.assign(applied_lr=run.history["lr"])
    assert not found(replace(run, history=applied), "did not use")
    applied.loc[applied["segment"] == 1, "applied_lr"] = 0.05
    [sentence] = found(replace(run, history=applied), "did not use the configured lr")
    assert "in 3 of 6 segments" in sentence


def test_an_ending_that_a_late_exploit_decided_is_named():
    lanes = {(0, 0): range(1, 10), (0, 1): range(10, 11), (1, 0): range(1, 11)}
    new = (0.6, "", 0.24, "", 0.04, "")
    first = [(0.0, 1.0, 0.05), (1.0, 0.2, 0.05)]
    run = build(lanes, [(9, 0, 1, 9, 1, 0, *new)], first=first, mode="min")
    assert found(run, "The winner, trial 0, took over from trial 1 at iteration 9 of 10")
    lanes = {(0, 0): range(1, 6), (0, 1): range(6, 11), (1, 0): range(1, 11)}
    run = build(lanes, [(5, 0, 1, 5, 1, 0, *new)], first=first, mode="min")
    assert not found(run, "took over from")


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_scores_that_are_not_numbers_are_counted(share):
    run = grid()
    history = run.history.copy()
    count = round(share * len(history))
    history.loc[: count - 1, "Q"] = np.nan
    assert found(replace(run, history=history), f"{count} of {len(history)} reports")
