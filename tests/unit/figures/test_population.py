"""Figures of whole populations show what the runs have recorded."""

import numpy as np
import pytest
from pbt_examples.figures import plot_best_and_median, plot_diversity, plot_exploit_counts
from plotting_runs import grid, synchronous


def test_best_and_median_are_those_of_each_iteration():
    run = synchronous()
    best, median = plot_best_and_median({"3 trials": run, "grid": grid()})
    assert [line.get_label() for line in best.lines] == ["3 trials", "grid"]
    for iteration, rows in run.history.groupby("iteration"):
        for ax, value in ((best, rows["Q"].max()), (median, rows["Q"].median())):
            x, y = ax.lines[0].get_data()
            assert y[list(x).index(iteration)] == value


def test_diversity_is_the_standard_deviation_over_the_population():
    h0, h1, _ = plot_diversity({"a": synchronous(), "b": grid()})
    assert h0.lines[0].get_ydata()[0] == pytest.approx(np.std([0.0, 1.0, 0.5]))
    assert h0.lines[0].get_ydata()[-1] == pytest.approx(np.std([0.72, 0.1, 0.6]))
    assert h0.lines[1].get_ydata() == pytest.approx([0.5] * 6)
    assert h1.lines[1].get_ydata() == pytest.approx([0] * 6)


def test_counts_show_which_trial_copied_which():
    ax, bars = plot_exploit_counts(synchronous())
    assert ax.images[0].get_array().tolist() == [[0, 0, 1], [0, 0, 1], [0, 1, 0]]
    written = {t.get_position(): t.get_text() for t in ax.texts if t.get_gid() == "count"}
    assert written == {(2, 0): "1", (2, 1): "1", (1, 2): "1"}
    assert [bar.get_height() for bar in bars.patches] == [0, 1, 2]


@pytest.mark.parametrize("trials", [1, 32])
def test_counts_can_be_drawn_without_exploits(trials):
    ax, _ = plot_exploit_counts(grid(trials))
    ax.figure.canvas.draw()
    assert ax.images[0].get_array().shape == (trials, trials)
    assert len(ax.texts) == 0
