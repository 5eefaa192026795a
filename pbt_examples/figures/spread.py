"""How the results of several methods spread over seeds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike
from pbt_examples.checks import check_numbers, check_type
from pbt_examples.figures.axes import axes_or_new
from pbt_examples.figures.style import COLORS, INK, MARKERS, WIDTH


def plot_spread(results: Mapping[str, ArrayLike], ax: Axes | None = None) -> Axes:
    """Draw one row per method, one dot per seed, and a bar at each mean.

    Parameters
    ----------
    results : mapping of str to array_like
        The results of each method, one per seed, by its name.
    ax : Axes, optional
        Where to draw; by default a new figure, as high as the rows need.

    Returns
    -------
    Axes
        `ax`, or the new one.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    check_type("results", results, Mapping, "a mapping from names to results")
    if not results or not all(np.size(values) for values in results.values()):
        raise ValueError(f"every method needs results, got {dict(results)!r}")
    for name, values in results.items():
        check_numbers(f"results[{name!r}]", np.ravel(values))
    ax = axes_or_new(ax, figsize=(WIDTH, 1 + 0.5 * len(results)))
    for row, values in enumerate(results.values()):
        values = np.sort(np.ravel(np.asarray(values, float)))
        # Put neighbouring values at different heights, so that equal ones stay visible.
        heights = row + 0.12 * (np.arange(len(values)) % 5 - 2)
        ax.plot(
            values, heights, MARKERS[row % len(MARKERS)], color=COLORS[row % len(COLORS)],
            ms=4.5, alpha=0.7, mew=0, gid="dots",
        )  # fmt: skip
        ax.vlines(values.mean(), row - 0.38, row + 0.38, INK, linewidth=2, gid="mean")
    ax.set_ylim(len(results) - 0.4, -0.6)
    ax.set_yticks(range(len(results)), list(results))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return ax
