"""Many runs at once: bands over an axis, and the distribution of a final value."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike
from pbt_examples.checks import check_numbers
from pbt_examples.figures.axes import axes_or_new
from pbt_examples.figures.style import COLORS

BANDS = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.28))
"""Lower and upper quantile of each band, and its opacity."""


def plot_bands(
    x: ArrayLike,
    values: ArrayLike,
    ax: Axes | None = None,
    *,
    color: str = COLORS[0],
    label: str | None = None,
) -> Axes:
    """Draw the median of many runs and bands for the middle 50 and 90 percent.

    Parameters
    ----------
    x : array_like, shape (n,)
        The place of each column of `values`, such as iterations.
    values : array_like, shape (runs, n)
        One row per run.
    ax : Axes, optional
        Where to draw; by default a new figure.
    color : str, optional
        Color of the line and the bands.
    label : str, optional
        Label of the line in a legend, which then names the bands as well.

    Returns
    -------
    Axes
        `ax`, or the new one.

    Raises
    ------
    ValueError
        If `values` is empty, or does not match `x`.
    """
    x, values = np.asarray(x), np.asarray(values, dtype=float)
    if not values.size or values.shape[1:] != x.shape:
        raise ValueError(
            f"values must have a row for each run and a column for each of the {x.size} x, "
            f"got shape {values.shape}"
        )
    ax = axes_or_new(ax)
    for low, high, opacity in BANDS:
        lower, upper = np.quantile(values, [low, high], axis=0)
        ax.fill_between(
            x, lower, upper, color=color, alpha=opacity, linewidth=0,
            label=label and f"middle {high - low:.0%}".replace("%", " %"),
        )  # fmt: skip
    ax.plot(x, np.median(values, axis=0), color=color, label=label)
    return ax


def plot_gap_distribution(
    gaps: ArrayLike,
    ax: Axes | None = None,
    *,
    span: tuple[float, float] = (1e-10, 1.0),
    color: str = COLORS[0],
    linestyle: str = "-",
    label: str | None = None,
) -> Axes:
    """Draw the share of runs that came within each distance of an optimum.

    Parameters
    ----------
    gaps : array_like, shape (runs,)
        The distance of each run from the optimum; not negative.
    ax : Axes, optional
        Where to draw; by default a new figure.
    span : tuple of float, default: (1e-10, 1.0)
        Ends of the logarithmic axis. Gaps outside are drawn at the nearer end.
    color, linestyle : str, optional
        Style of the line.
    label : str, optional
        Label of the line in a legend.

    Returns
    -------
    Axes
        `ax`, or the new one.

    Raises
    ------
    TypeError, ValueError
        If there are no gaps, one is negative or not a number, or `span` is empty.
    """
    check_numbers("gaps", np.ravel(gaps), least=0)
    check_numbers("span", span)
    if len(span) != 2 or not 0 < span[0] < span[1]:
        raise ValueError(
            f"span must be two positive numbers, the smaller first, got {span!r}"
        )
    ax = axes_or_new(ax)
    nearest_first = np.sort(np.clip(gaps, *span))
    shares = np.arange(1, len(nearest_first) + 1) / len(nearest_first)
    ax.step(
        [span[0], *nearest_first, span[1]], [0, *shares, 1], where="post",
        color=color, linestyle=linestyle, label=label,
    )  # fmt: skip
    ax.set(xscale="log", xlim=span)
    return ax
