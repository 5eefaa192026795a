"""Where a figure is drawn: on the axes that one is given, or on new ones."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from pbt_examples.checks import check_type

MOST = 1e300
"""Larger values are left out, as infinity is: the margin beside them would overflow."""


def axes_or_new(ax: Axes | None, **figure: Any) -> Axes:
    """Return `ax`, or the axes of a new figure, for ``subplots`` with these arguments."""
    if ax is None:
        return plt.subplots(**figure)[1]
    check_type("ax", ax, Axes, "Matplotlib's Axes")
    return ax


def drawable(values: Any) -> NDArray[np.float64]:
    """Return values as floats, with NaN, which leaves a gap, for those no axis can hold."""
    values = np.asarray(values, dtype=np.float64)
    return np.where(np.abs(values) <= MOST, values, np.nan)


def check_axes(axes: Any, number: int) -> NDArray[Any]:
    """Return several axes in one row; raise a `ValueError` if they are not so many."""
    row = np.ravel(axes)
    if len(row) != number or not all(isinstance(ax, Axes) for ax in row):
        raise ValueError(f"axes must be {number} of Matplotlib's Axes, got {axes!r}")
    return row
