"""Four runs side by side, laid out like Figure 2 of the PBT paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray
from pbt_examples.checks import check_type
from pbt_examples.figures.axes import new_axes
from pbt_examples.figures.style import WIDTH
from pbt_examples.record.run import Run
from pbt_examples.toy.q_history import plot_Q_history
from pbt_examples.toy.theta import plot_parameter_history


def plot_ablation(runs: Mapping[str, Run]) -> NDArray[Any]:
    """Draw four runs, each with its theta paths and, beside them, its Q curves.

    Parameters
    ----------
    runs : mapping of str to Run
        Four runs of the toy problem that began alike, by the titles of their panels.

    Returns
    -------
    ndarray of Axes, shape (4, 2)
        A row for each run. The panels of a column share one view.

    Raises
    ------
    ValueError
        If the number of runs is not four.
    """
    check_type("runs", runs, Mapping, "a mapping from titles to runs")
    if len(runs) != 4:
        raise ValueError(f"the figure has room for four runs, got {list(runs)}")
    axes = new_axes(4, 2, figsize=(WIDTH, 11), sharex="col", sharey="col")
    for (title, run), (left, right) in zip(runs.items(), axes, strict=True):
        plot_parameter_history(run, left).set_title(title)
        plot_Q_history(run, right)
    for ax in axes[:-1].flat:
        ax.set_xlabel("")
    axes[0, 0].set_ylim(bottom=-0.17)  # room for the name of the maximum
    return axes
