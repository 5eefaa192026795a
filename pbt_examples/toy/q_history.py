"""Q over the iterations, below its maximum."""

from __future__ import annotations

from matplotlib.axes import Axes
from pbt_examples.figures.metric import plot_metric_history
from pbt_examples.figures.style import INK, SMALL
from pbt_examples.record.run import Run
from pbt_examples.toy.function import Q_MAX


def plot_Q_history(run: Run, ax: Axes | None = None, *, until: int | None = None) -> Axes:
    """Draw Q over the iterations, and its maximum.

    Parameters
    ----------
    run : Run
        A run of the toy problem.
    ax : Axes, optional
        Where to draw; by default a new figure.
    until : int, optional
        The last iteration to show; by default all.

    Returns
    -------
    Axes
        `ax`, or the new one.
    """
    ax = plot_metric_history(run, ax, metric="Q", until=until)
    mark_maximum(ax)
    return ax


def mark_maximum(ax: Axes) -> None:
    """Draw the maximum of Q as a line, with its name where no trial is."""
    ax.axhline(Q_MAX, color=INK, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
    ax.annotate(
        f"maximum, $Q = {Q_MAX}$", (0, Q_MAX), (3, 3), xycoords=("axes fraction", "data"),
        textcoords="offset points", fontsize=SMALL, color=INK,
    )  # fmt: skip
