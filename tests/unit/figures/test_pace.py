"""The pace plot shows each trial's counter over time, and its jumps at exploits."""

from dataclasses import replace

import numpy as np
import pytest
from pbt_examples.figures import plot_pace
from plotting_runs import asynchronous


@pytest.fixture
def run():
    run = asynchronous()
    start = [{"time": 2.0, "trial": trial, "event": "start"} for trial in run.trials]
    return replace(run, events=run.events.from_records(start))


def lines(ax, gid):
    (collection,) = ax.findobj(lambda artist: artist.get_gid() == gid)
    return collection.get_segments()


def test_a_trial_has_a_line_for_each_segment(run):
    ax = plot_pace(run)
    for trial in run.trials:
        assert len(lines(ax, f"line-{trial}")) == run.of_trial(trial)["segment"].nunique()


def test_a_line_rises_by_one_while_an_iteration_lasts(run):
    first, _ = lines(plot_pace(run), "line-1")
    # Reports arrive at 11, 21, 31 s, trial 1 began at 2 s, an iteration takes 4 s.
    expected = [[5, 0], [9, 1], [15, 1], [19, 2], [25, 2], [29, 3]]
    np.testing.assert_allclose(first, expected)


def test_a_jump_is_vertical_from_the_target_to_the_donor(run):
    # Trial 1 reported iteration 3 at 31 s, trial 0 iteration 7 at 70 s.
    ahead, back = lines(plot_pace(run), "jumps")
    np.testing.assert_allclose(ahead, [[29, 3], [29, 5]])
    np.testing.assert_allclose(back, [[68, 7], [68, 6]])


def test_a_jump_begins_at_the_last_report_even_if_a_segment_has_none(run):
    # Trial 1 exploits twice in a row, and reports nothing in between.
    later = (run.exploits["target"] == 1) & (run.exploits["segment"] == 1)
    history = run.history.assign(
        segment=run.history["segment"]
        + ((run.history["trial"] == 1) & (run.history["segment"] == 1))
    )
    exploits = run.exploits.assign(segment=run.exploits["segment"] + later)
    ahead, _ = lines(plot_pace(replace(run, history=history, exploits=exploits)), "jumps")
    np.testing.assert_allclose(ahead, [[29, 3], [29, 5]])
