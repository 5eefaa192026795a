"""Hyperparameters over the iterations, in a trial's lane and along its ancestry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullFormatter
from numpy.typing import NDArray
from pbt_examples.figures.axes import MOST, drawable, new_axes
from pbt_examples.figures.style import (
    INK,
    PAPER,
    WIDTH,
    literal,
    shortened,
    style_of,
    symbols,
    trial_label,
    widest_legend,
)
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.schedule import ancestral_exploits

Array = NDArray[np.float64]

RANGE: dict[str, Any] = {"facecolor": "#e6edf4", "edgecolor": "#7f97ad", "linewidth": 0.6}
OUTSIDE: dict[str, Any] = {
    "facecolor": "none",
    "edgecolor": "#b3322b",
    "hatch": "//////",
    "linewidth": 0,
}
LOG_FROM = 15.0
"""If the largest value is this many times the smallest, the axis is logarithmic."""


def plot_schedule(
    run: Run, axes: NDArray[Any] | None = None, *, trial: int | None = None
) -> NDArray[Any]:
    """Draw each hyperparameter over the iterations, one below the other.

    The bold line is the schedule with which the trial's last state was trained: along its
    ancestry, through the lanes of its donors. The thin line shows the values in the
    trial's own lane, most of which were given up later. Markers on the bold line show what
    explore did. The declared range is shaded, and hatched where the bold line leaves it.

    Parameters
    ----------
    run : Run
        Any run.
    axes : array of Axes, optional
        One for each hyperparameter; by default those of a new figure.
    trial : int, optional
        The trial whose schedule is drawn; by default the winner.

    Returns
    -------
    ndarray of Axes
        One for each hyperparameter, in the order of ``run.hyperparameters``.

    Raises
    ------
    ValueError
        If the run has no such trial or no hyperparameters, or the number of axes is wrong.
    """
    check_run(run)
    trial = run.winner if trial is None else trial
    names = run.hyperparameters
    if not names:
        raise ValueError(f"run must have hyperparameters, got {run!r}")
    if axes is None:
        size = (WIDTH, 1.0 + 1.4 * len(names))
        axes = new_axes(len(names), sharex=True, squeeze=False, figsize=size)
    axes = np.ravel(axes)
    if len(axes) != len(names):
        raise ValueError(f"each of {list(names)} needs its axes, got {len(axes)} axes")
    for ax, name in zip(axes, names, strict=True):
        _draw(ax, run, name, trial)
    axes[-1].set_xlabel("iteration")
    _legend(axes, run, trial)
    return axes


def _draw(ax: Axes, run: Run, name: str, trial: int) -> None:
    for _, rows in run.of_trial(trial).groupby("segment"):
        ax.plot(
            *_steps(run, rows, name), color=style_of(run, trial)["color"],
            linewidth=1.1, drawstyle="steps-pre", zorder=3, gid="lane",
        )  # fmt: skip
    x, y = _steps(run, run.ancestry(trial), name)
    ax.plot(x, y, color=INK, linewidth=2.2, drawstyle="steps-pre", zorder=4, gid="ancestry")
    ends = _declared_range(run, name)
    if ends:
        ax.axhspan(*ends, **RANGE, zorder=0, gid="range")
        steps, levels = np.repeat(x, 2)[1:-1], np.repeat(y[1:], 2)
        for end, outside in [(ends[0], levels < ends[0]), (ends[1], levels > ends[1])]:
            if outside.any():
                ax.fill_between(
                    steps, levels, end, where=outside, zorder=2, gid="outside", **OUTSIDE
                )
    for operation, changes in _changes(run, name, trial):
        ax.plot(
            changes["donor_iteration"], _heights(run, name, changes[f"{name}_new"]),
            zorder=5, gid=f"operation {operation}", **_marker(operation),
        )  # fmt: skip
    _scale(ax, _heights(run, name, _all_values(run, name)), ends)
    shown = symbols(run)[name].replace("…", "…\n")
    ax.set_ylabel(shown, rotation=0, ha="right", va="center")
    if not _is_number(run, name):
        texts = _texts(run, name)
        ax.set_yticks(range(len(texts)), [literal(text) for text in shortened(texts)])


def _steps(run: Run, rows: pd.DataFrame, name: str) -> tuple[Array, Array]:
    # Each value applies to the whole iteration that was trained with it.
    x, y = rows["iteration"].to_numpy(float), _heights(run, name, rows[name])
    return np.append(x[0] - 1, x), np.append(y[0], y)


def _heights(run: Run, name: str, values: pd.Series) -> Array:
    """Return the positions of values on the axis; non-numeric ones are at 0, 1, …."""
    if _is_number(run, name):
        return drawable(values)
    places = {text: place for place, text in enumerate(_texts(run, name))}
    return np.array([places[str(value)] for value in values], dtype=np.float64)


def _texts(run: Run, name: str) -> list[str]:
    return list(_all_values(run, name).map(str).unique())


def _all_values(run: Run, name: str) -> pd.Series:
    return pd.concat([run.history[name], run.exploits[f"{name}_new"]])


def _is_number(run: Run, name: str) -> bool:
    types = pd.api.types
    return all(
        types.is_numeric_dtype(values) and not types.is_bool_dtype(values)
        for values in (run.history[name], run.exploits[f"{name}_new"])
        if len(values)
    )


def _declared_range(run: Run, name: str) -> tuple[float, float] | None:
    ends = run.info.domains.get(name)
    if not ends or not _is_number(run, name):
        return None
    low, high = np.clip(ends, -MOST, MOST)
    return float(low), float(high)


def _changes(run: Run, name: str, trial: int) -> list[tuple[str, pd.DataFrame]]:
    exploits = ancestral_exploits(run, trial)
    operations = exploits[f"{name}_operation"].fillna("").astype(str)
    changed = (operations != "") | (exploits[f"{name}_donor"] != exploits[f"{name}_new"])
    return [
        (str(each), group) for each, group in exploits[changed].groupby(operations[changed])
    ]


def _marker(operation: str) -> dict[str, Any]:
    marker = "o"
    if operation.startswith("* "):
        factor = pd.to_numeric(operation[2:], errors="coerce")
        marker = "^" if factor > 1 else "v" if factor <= 1 else marker
    elif operation.startswith("resample"):
        marker = "D"
    elif operation.startswith("shift"):
        marker = "<" if "left" in operation else ">"
    style = {"color": INK, "marker": marker, "markersize": 6.5, "linestyle": ""}
    if marker == "D":  # hollow, since a colour would be that of a trial
        return style | {"markerfacecolor": PAPER, "markeredgewidth": 1.3}
    return style | {"markeredgecolor": PAPER, "markeredgewidth": 0.7}


def _scale(ax: Axes, heights: Array, ends: tuple[float, float] | None) -> None:
    seen = np.array([*heights, *(ends or ())])
    ax.margins(x=0.01, y=0.12)
    if seen.min() > 0 and seen.max() / seen.min() >= LOG_FROM:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter(NullFormatter())
    elif (seen == np.round(seen)).all():  # no tick at 1.5 where all values are 1 or 2
        ax.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _legend(axes: NDArray[Any], run: Run, trial: int) -> None:
    handles: list[Any] = [
        Line2D([], [], color=INK, linewidth=2.2, label="along its ancestry"),
        Line2D([], [], color=style_of(run, trial)["color"], linewidth=1.1,
               label="in its lane"),
    ]  # fmt: skip
    drawn = {artist.get_gid() for ax in axes for artist in ax.get_children()}
    for gid, look, label in [
        ("range", RANGE, "declared range"),
        ("outside", OUTSIDE, "outside"),
    ]:
        if gid in drawn:
            handles.append(Patch(**look, label=label))
    found = {each for name in run.hyperparameters for each, _ in _changes(run, name, trial)}
    handles += [
        Line2D([], [], **_marker(each), label=each.replace("*", "×") or "changed")
        for each in sorted(found)
    ]
    winner = "winner, " if trial == run.winner else ""
    axes[0].figure.draw_without_rendering()  # long names leave less width for it
    widest_legend(
        axes[0], handles, loc="lower left", bbox_to_anchor=(0, 1.04), borderaxespad=0,
        borderpad=0, alignment="left",
        title=f"{winner}{trial_label(run, trial)}",
    )  # fmt: skip
