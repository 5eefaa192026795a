"""Figures of many runs and of the ablation show the numbers that they were given."""

import numpy as np
import pandas as pd
import pytest
from pbt_examples import Run
from pbt_examples.figures import plot_bands, plot_gap_distribution
from pbt_examples.toy import plot_ablation


def grid_run() -> Run:
    """Return a run of two trials that never exploit."""
    iterations = np.arange(1, 9)
    lanes = [
        pd.DataFrame(
            {
                "trial": trial, "segment": 0, "iteration": iterations,
                "theta0": 0.9 * (0.9**iterations if trial else 1.0),
                "theta1": 0.9 * (1.0 if trial else 0.9**iterations),
                "Q": 0.4 - 0.5 / iterations, "h0": float(trial), "h1": 1.0 - trial,
                "time": 0.0, "duration": 0.0, "pid": 1,
            }
        )
        for trial in (0, 1)
    ]  # fmt: skip
    columns = ["iteration", "target", "donor", "donor_iteration", "segment"]
    columns += ["donor_segment", "target_score", "donor_score"]
    return Run(
        history=pd.concat(lanes, ignore_index=True),
        exploits=pd.DataFrame(columns=columns),
        metric="Q",
        hyperparameters=("h0", "h1"),
    )


def test_bands_hold_the_quantiles_and_the_line_the_median():
    values = np.random.default_rng(0).normal(size=(400, 3))
    ax = plot_bands([1, 2, 5], values, label="runs")
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_xdata(), [1, 2, 5])
    np.testing.assert_allclose(line.get_ydata(), np.median(values, axis=0))
    for band, ends in zip(ax.collections, ([0.05, 0.95], [0.25, 0.75]), strict=True):
        corners = band.get_paths()[0].vertices
        at_2 = corners[corners[:, 0] == 2, 1]
        expected = np.quantile(values[:, 1], ends)
        np.testing.assert_allclose([at_2.min(), at_2.max()], expected)
    assert ax.get_legend_handles_labels()[1] == ["middle 90 %", "middle 50 %", "runs"]


def test_bands_without_a_label_are_in_no_legend():
    assert plot_bands([1, 2], [[1, 2], [3, 4]]).get_legend_handles_labels()[1] == []


def test_a_gap_distribution_gives_the_share_of_runs_at_least_as_near():
    gaps = [1e-3, 1e-1, 1e-3, 5.0]
    ax = plot_gap_distribution(gaps, span=(1e-6, 1.0))
    (line,) = ax.lines
    x, share = line.get_data()
    for gap, expected in {1e-4: 0, 1e-3: 0.5, 1e-2: 0.5, 0.1: 0.75, 0.9: 0.75}.items():
        assert share[np.searchsorted(x, gap, side="right") - 1] == expected
    assert share[-1] == 1
    assert ax.get_xscale() == "log"
    assert ax.get_xlim() == (1e-6, 1.0)


def test_a_gap_of_zero_has_a_place_on_the_logarithmic_axis():
    (line,) = plot_gap_distribution([0.0, 0.0, 1e-2]).lines
    assert (line.get_xdata() > 0).all()


def test_the_ablation_has_a_row_for_each_run_and_returns_all_axes():
    titles = ["PBT", "explore only", "exploit only", "grid search"]
    axes = plot_ablation({title: grid_run() for title in titles})
    figure = axes[0, 0].figure
    assert axes.ravel().tolist() == figure.axes
    assert [ax.get_title(loc="left") or ax.get_title() for ax in axes[:, 0]] == titles
    for column in axes.T:
        assert len({(*ax.get_xlim(), *ax.get_ylim()) for ax in column}) == 1
    assert len(figure.legends) == 1
    assert not any(ax.get_legend() for ax in figure.axes)


def test_the_ablation_needs_four_runs():
    with pytest.raises(ValueError, match=r"four runs, got \['PBT'\]"):
        plot_ablation({"PBT": grid_run()})
