"""The timeline shows when each trial trained, waited and was restored."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pbt_examples.figures import plot_timeline
from plotting_runs import build, grid


@pytest.fixture
def run():
    """Two trials on one slot; after an iteration each, trial 1 takes over from trial 0."""
    run = build(
        {(0, 0): [1, 2], (1, 0): [1], (1, 1): [2]},
        [(1, 1, 0, 1, 1, 0, 0.0, "* 1.2", 1.0, "resample", 0.05, "resample")],
        first=[(0.0, 1.0, 0.05), (1.0, 0.0, 0.05)],
        info={"perturbation_interval": 1},
    )
    times, durations = [6.0, 18.0, 11.0, 25.0], [4.0, 5.0, 4.0, 5.0]
    events = [
        (1.0, 0, "start"), (6.0, 0, "report"), (6.5, 1, "start"), (11.0, 1, "report"),
        (12.0, 0, "start"), (18.0, 0, "report"), (18.0, 0, "complete"),
        (19.0, 1, "start"), (25.0, 1, "report"), (25.0, 1, "complete"),
    ]  # fmt: skip
    return replace(
        run,
        history=run.history.assign(time=times, duration=durations),
        events=pd.DataFrame(events, columns=["time", "trial", "event"]),
    )


def bars(ax, state):
    (collection,) = (each for each in ax.collections if each.get_gid() == state)
    boxes = [path.get_extents() for path in collection.get_paths()]
    return sorted((round((b.y0 + b.y1) / 2), b.x0, b.x1) for b in boxes)


def test_training_lasts_as_long_as_was_recorded(run):
    expected = [(0, 1, 5), (0, 12, 17), (1, 6, 10), (1, 19, 24)]  # from the first start on
    np.testing.assert_allclose(bars(plot_timeline(run), "training"), expected)


def test_waiting_is_from_a_report_to_the_next_start(run):
    expected = [(0, 5, 11), (1, 10, 18)]
    np.testing.assert_allclose(bars(plot_timeline(run), "waiting"), expected)


def test_being_restored_is_from_a_start_to_the_first_step(run):
    expected = [(0, 0, 1), (0, 11, 12), (1, 5.5, 6), (1, 18, 19)]
    np.testing.assert_allclose(bars(plot_timeline(run), "restored"), expected)


def test_an_exploit_is_marked_where_the_target_takes_over(run):
    (marks,) = (line for line in plot_timeline(run).lines if line.get_gid() == "exploits")
    assert marks.get_xdata().tolist() == [18]
    assert 0.5 <= marks.get_ydata()[0] < 1  # above the lane of trial 1


def test_a_run_without_events_is_refused():
    with pytest.raises(ValueError, match="needs a run with events"):
        plot_timeline(grid())
