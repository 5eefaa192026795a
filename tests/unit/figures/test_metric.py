"""The history of a metric is drawn in segments, at the iterations that were recorded."""

from dataclasses import replace

import numpy as np
import pytest
from pbt_examples.figures import plot_metric_history
from pbt_examples.toy import plot_Q_history
from plotting_runs import asynchronous, build, grid, score, synchronous


def artist(ax, gid):
    return next(each for each in ax.get_children() if each.get_gid() == gid)


def test_x_is_the_iteration_and_y_the_metric():
    run = asynchronous()
    lines = artist(plot_metric_history(run), "line-1").get_segments()
    np.testing.assert_allclose(lines[0], [(i, score(1, 0, i)) for i in (1, 2, 3)])
    np.testing.assert_allclose(lines[1][1:], [(i, score(1, 1, i)) for i in (6, 7, 8)])


def test_a_line_goes_on_from_the_donors_value():
    lines = artist(plot_metric_history(asynchronous()), "line-1").get_segments()
    np.testing.assert_allclose(lines[1][0], (5, score(0, 0, 5)))


@pytest.mark.parametrize("run", [synchronous(), asynchronous()], ids=["synch", "asynch"])
def test_each_exploit_is_one_jump_between_the_two_scores(run):
    jumps = artist(plot_metric_history(run), "jumps").get_segments()
    recorded = run.exploits[
        ["iteration", "target_score", "donor_iteration", "donor_score"]
    ].to_numpy(float)
    drawn = np.array([jump.ravel() for jump in jumps])
    assert drawn.shape == recorded.shape
    np.testing.assert_allclose(drawn[np.lexsort(drawn.T)], recorded[np.lexsort(recorded.T)])


def test_a_run_without_exploits_has_no_jumps():
    assert artist(plot_metric_history(grid()), "jumps").get_segments() == []


def test_until_shows_nothing_later():
    run = asynchronous()
    ax = plot_metric_history(run, until=6)
    lines = [artist(ax, f"line-{trial}").get_segments() for trial in run.trials]
    assert max(line[:, 0].max() for lane in lines for line in lane) == 6
    assert len(artist(ax, "jumps").get_segments()) == 1
    assert ax.get_xlim()[1] < 7


def test_any_numeric_column_can_be_the_metric():
    ax = plot_metric_history(synchronous(), metric="lr")
    assert ax.get_ylabel() == "lr"
    assert artist(ax, "line-1").get_segments()[1][-1].tolist() == [6, 0.12]


def test_an_unknown_metric_is_quoted():
    with pytest.raises(
        ValueError, match=r"lacks the columns \['accuracy'\]; it has \['trial'"
    ):
        plot_metric_history(grid(), metric="accuracy")


@pytest.mark.parametrize("run", [synchronous(), asynchronous(), grid()])
def test_the_view_holds_every_report_and_little_else(run):
    ax = plot_metric_history(run)
    for column, ends in [("iteration", ax.get_xlim()), ("Q", ax.get_ylim())]:
        low, high = run.history[column].min(), run.history[column].max()
        assert ends[0] < low < high < ends[1]
        assert ends[1] - ends[0] < 1.3 * (high - low)


def knowing(run, *rows):
    """Return a run of whose reports only those in these rows have the metric."""
    known = run.history["Q"].where(np.isin(np.arange(len(run.history)), rows))
    return replace(run, history=run.history.assign(Q=known))


@pytest.mark.parametrize("iterations", [(1, 2, 4, 5, 6), (1, 3, 5), (2, 6)])
def test_a_line_connects_the_known_values_however_few(iterations):
    run = knowing(grid(), *(iteration - 1 for iteration in iterations))
    ax = plot_metric_history(run)
    line = artist(ax, "line-0").get_paths()[0].vertices
    known = np.isfinite(line[:, 1])
    assert line[known, 0].tolist() == list(range(iterations[0], iterations[-1] + 1))
    np.testing.assert_allclose(line[known, 1], score(0, 0, line[known, 0]))
    assert np.isfinite(ax.get_ylim()).all()


def test_the_few_reports_with_the_metric_are_marked():
    run = knowing(grid(iterations=40), 0, 2)  # no fourth iteration, as is marked else
    ax = plot_metric_history(run)
    dots = artist(ax, "points-0")
    shown = dots.get_offsets()[dots.get_sizes() > 0]
    np.testing.assert_allclose(shown, [(1, score(0, 0, 1)), (3, score(0, 0, 3))])


def test_a_jump_starts_at_the_last_known_value_and_ends_on_the_donors_line():
    jumps, ends = jumps_and_last_ends(knowing(asynchronous(), 0, 1, 3, 5, 6, 9, 10))
    np.testing.assert_allclose(jumps[1], [(2, 0.21), (3, 0.21), (5, 0.5)])
    assert ends[1] == [5, 0.5]


def test_a_state_without_a_value_of_its_own_has_that_of_its_donor():
    jumps, ends = jumps_and_last_ends(knowing(asynchronous(), 0, 1, 3, 5, 6, 9, 10))
    np.testing.assert_allclose(jumps[0][[0, -1]], [(7, 0.7), (6, 0.5)])
    assert ends[0] == [6, 0.5]


def jumps_and_last_ends(run):
    ax = plot_metric_history(run)
    lanes = [artist(ax, f"line-{trial}").get_segments() for trial in run.trials]
    return artist(ax, "jumps").get_segments(), [lane[-1][-1].tolist() for lane in lanes]


def test_a_value_that_no_axis_can_hold_does_not_spoil_the_view():
    run = grid()
    view = plot_metric_history(run).get_ylim()
    run.history.loc[2, "Q"] = 1.7e308
    low, high = plot_metric_history(run).get_ylim()
    assert view[0] - 0.1 < low < high < view[1] + 0.1


def test_lanes_may_differ_in_length_and_smaller_may_be_better():
    first = [(0, 1, 0.1), (1, 0, 0.1)]
    run = build({(0, 0): range(1, 10), (1, 0): [1, 2]}, [], first=first, mode="min")
    ax = plot_metric_history(run)
    ends = [artist(ax, f"line-{t}").get_segments()[0][-1, 0] for t in run.trials]
    assert ends == [9, 2]


def test_the_largest_possible_Q_is_marked():
    ax = plot_Q_history(grid())
    levels = [line.get_ydata()[0] for line in ax.lines if len(set(line.get_ydata())) == 1]
    assert levels == [1.2]
    assert ax.get_ylim()[1] > 1.2


@pytest.mark.parametrize("trials", [1, 32])
def test_any_number_of_trials_can_be_drawn(trials):
    ax = plot_metric_history(grid(trials))
    ax.figure.canvas.draw()
    assert len(ax.get_legend().get_texts()) <= 8
