"""The axes that a figure is drawn on: given ones, or new ones."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from pbt_examples.checks import check_type

MOST = 1e300
"""Larger values are left out, like infinity, since the axis margin would overflow."""


def new_axes(rows: int = 1, columns: int = 1, **figure: Any) -> Any:
    """Return the axes that ``subplots`` makes, in a figure with room for all labels."""
    return plt.subplots(rows, columns, layout="constrained", **figure)[1]


def axes_or_new(ax: Axes | None, **figure: Any) -> Axes:
    """Return `ax`, or the axes of a new figure made by ``subplots`` with these settings."""
    if ax is None:
        return new_axes(**figure)
    check_type("ax", ax, Axes, "Matplotlib's Axes")
    return ax


def drawable(values: Any) -> NDArray[np.float64]:
    """Return values as floats; those that no axis can hold become NaN, which is a gap."""
    values = np.asarray(values, dtype=np.float64)
    return np.where(np.abs(values) <= MOST, values, np.nan)


def check_axes(axes: Any, number: int) -> NDArray[Any]:
    """Return several axes in one row; raise a `ValueError` if their number is wrong."""
    row = np.ravel(axes)
    if len(row) != number or not all(isinstance(ax, Axes) for ax in row):
        raise ValueError(f"axes must be {number} of Matplotlib's Axes, got {axes!r}")
    return row
