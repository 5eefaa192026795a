"""Four runs side by side, laid out like Figure 2 of the PBT paper."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from pbt_examples.checks import check_type
from pbt_examples.record.run import Run
from pbt_examples.toy.metric import plot_Q_history
from pbt_examples.toy.theta import plot_parameter_history


def plot_ablation(runs: Mapping[str, Run]) -> Figure:
    """Draw four runs: a block of theta paths, and beside it a block of Q curves.

    Both blocks have the runs in the same places, row by row, and the panels of a block
    share one view.

    Parameters
    ----------
    runs : mapping of str to Run
        Four runs of the toy problem that began alike, by the titles of their panels.

    Returns
    -------
    Figure
        Eight panels, and one key for all.

    Raises
    ------
    ValueError
        If the number of runs is not four.
    """
    check_type("runs", runs, Mapping, "a mapping from titles to runs")
    if len(runs) != 4:
        raise ValueError(f"the figure has room for four runs, got {list(runs)}")
    figure, axes = plt.subplots(2, 4, figsize=(11.5, 6.6))
    for block, plot in (
        (axes[:, :2], plot_parameter_history),
        (axes[:, 2:], plot_Q_history),
    ):
        for (title, run), ax in zip(runs.items(), block.flat, strict=True):
            if ax is not block[0, 0]:
                ax.sharex(block[0, 0])
                ax.sharey(block[0, 0])
            plot(run, ax)
            ax.set_title(title)
        for ax in block[0]:
            ax.set_xlabel("")
        for ax in block[:, 1]:
            ax.set_ylabel("")
    axes[0, 0].set_ylim(bottom=-0.17)  # room for the name of the maximum
    return figure
