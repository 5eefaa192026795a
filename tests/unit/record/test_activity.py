"""Every second of every trial is accounted for, even around a crash."""

from dataclasses import replace

import pandas as pd
import pytest
from pbt_examples.record import activity, activity_shares
from plotting_runs import build, grid


@pytest.fixture
def crashed():
    """One trial that reports, crashes, starts again, and repeats its first iteration."""
    run = build({(0, 0): [1, 2]}, [], first=[(0.0, 1.0, 0.05)])
    events = [
        (10.0, 0, "start"), (13.0, 0, "report"), (15.0, 0, "fail"), (18.0, 0, "start"),
        (22.0, 0, "report"), (24.0, 0, "report"), (24.0, 0, "complete"),
    ]  # fmt: skip
    return replace(
        run,
        history=run.history.assign(time=[22.0, 24.0], duration=[3.0, 2.0]),
        events=pd.DataFrame(events, columns=["time", "trial", "event"]),
    )


def test_spans_follow_each_other_without_gap_or_overlap(crashed):
    spans = activity(crashed)
    assert spans["begin"].to_list() == [0.0, *spans["end"].to_list()[:-1]]


def test_a_crashed_trial_trains_until_it_fails_and_waits_until_it_starts(crashed):
    spans = activity(crashed)[["begin", "end", "state"]]
    assert spans.to_numpy().tolist() == [
        [0.0, 3.0, "training"],  # a report that the crash discarded
        [3.0, 5.0, "training"],
        [5.0, 8.0, "waiting"],
        [8.0, 9.0, "restored"],
        [9.0, 12.0, "training"],
        [12.0, 14.0, "training"],
    ]


def test_work_after_the_last_report_belongs_to_its_segment(crashed):
    failed = pd.DataFrame([(26.0, 0, "fail")], columns=crashed.events.columns)
    spans = activity(replace(crashed, events=pd.concat([crashed.events[:-1], failed])))
    assert spans.iloc[-1].to_list() == [0, 0, 14.0, 16.0, "training"]


def test_work_without_any_report_belongs_to_the_first_segment(crashed):
    elsewhere = crashed.history.assign(time=[122.0, 124.0])
    spans = activity(replace(crashed, history=elsewhere))
    assert spans["segment"].to_list() == [0] * 5
    assert spans["segment"].dtype == int


def test_shares_are_parts_of_all_the_time(crashed):
    expected = {"training": 10 / 14, "waiting": 3 / 14, "restored": 1 / 14}
    assert activity_shares(crashed).to_dict() == pytest.approx(expected)


def test_trials_that_never_waited_have_a_share_of_zero(crashed):
    straight = replace(crashed, events=crashed.events[:2])
    assert activity_shares(straight).to_dict() == {
        "training": 1.0, "waiting": 0.0, "restored": 0.0
    }  # fmt: skip


def test_a_run_without_events_is_refused():
    with pytest.raises(ValueError, match="activity needs a run with events"):
        activity(grid())
