"""The table of trials has a row for each, with what became of it."""

from dataclasses import replace

import numpy as np
import pytest
from pbt_examples.record import best_report, trials_table
from pbt_examples.record.info import RunInfo, TrialState
from plotting_runs import score, synchronous


def test_each_trial_has_its_first_and_last_values():
    table = trials_table(synchronous()).set_index("trial")
    assert list(table.index) == [0, 1, 2]
    assert list(table["iterations"]) == [6, 6, 6]
    assert table.loc[1, "lr_first"] == 0.05
    assert table.loc[1, "lr_last"] == 0.12
    assert list(table["exploits"]) == [1, 1, 1]
    assert list(table["cloned"]) == [0, 1, 2]
    assert table.loc[2, "last"] == table.loc[2, "best"] == score(2, 1, 6)
    assert table.loc[2, "best_at"] == 6


def test_a_trial_that_never_reported_has_a_row_too():
    info = RunInfo(trials=[TrialState(7, "ERROR", error="out of memory")])
    table = trials_table(replace(synchronous(), info=info)).set_index("trial")
    assert table.loc[7, "status"] == "ERROR"
    assert table.loc[7, "error"] == "out of memory"
    assert np.isnan(table.loc[7, "best"])


def test_each_trial_says_when_it_last_reported():
    run = synchronous()
    times = run.history.groupby("trial")["time"].max()
    assert trials_table(run)["last_report"].tolist() == times.tolist()
    told = [TrialState(0, "RUNNING", last_report="2026-11-27T17:19:33+00:00")]
    known = replace(run, info=RunInfo(trials=[*told, TrialState(7, "ERROR")]))
    table = trials_table(known).set_index("trial")
    assert table["last_report"].tolist() == ["2026-11-27 17:19:33", "", "", ""]


def test_the_best_report_is_the_best_of_all_and_the_earliest_of_equals():
    run = synchronous()
    assert best_report(run)["trial"] == 2
    assert str(best_report(run)["iteration"]) == "6"  # not 6.0
    worst = best_report(replace(run, mode="min"))
    assert (worst["trial"], worst["iteration"]) == (0, 1)
    flat = replace(run, history=run.history.assign(Q=1.0))
    assert (best_report(flat)["trial"], best_report(flat)["iteration"]) == (0, 1)
    with pytest.raises(ValueError, match="no report of"):
        best_report(replace(run, history=run.history.assign(Q=np.nan)))
