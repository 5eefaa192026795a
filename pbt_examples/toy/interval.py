"""One decision of PBT on the toy problem, step by step, as a figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from numpy.typing import ArrayLike, NDArray
from pbt_examples.figures.axes import check_axes, new_axes
from pbt_examples.figures.style import (
    FAINT,
    INK,
    PAPER,
    QUIET,
    SMALL,
    WIDTH,
    style_of,
    symbol,
    trial_labels,
)
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.segments import marked_interval
from pbt_examples.record.tables import require_columns
from pbt_examples.toy.function import Q, grad_Qhat

_GONE = 0.3
"""Opacity of a state that its trial has given up."""


def plot_interval(run: Run, iteration: int, axes: Any = None) -> NDArray[Any]:
    """Draw one decision of PBT in a synchronous run of the toy problem.

    Parameters
    ----------
    run : Run
        A run of `train_toy`.
    iteration : int
        An iteration at which there was an exploit.
    axes : array of 4 Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    ndarray of Axes, shape (4,)
        *Rank*: the metric of each trial. *Exploit*: who copies whom, in theta space.
        *Explore*: how h changes. *Train on*: the steps up to the next decision, over the
        gradient field that the last target now follows.

    Raises
    ------
    ValueError
        If no exploit happened at `iteration`, or the run is of another problem.
    """
    check_run(run)
    require_columns("history", run.history, ["theta0", "theta1", "h0", "h1"])
    exploits = run.exploits[run.exploits["iteration"] == iteration]
    if exploits.empty:
        known = sorted(set(run.exploits["iteration"]))
        raise ValueError(
            f"iteration must be that of an exploit, one of {known}, got {iteration!r}"
        )
    if axes is None:
        axes = new_axes(2, 2, figsize=(WIDTH, 6.6))
    rank, exploit, explore, train = axes = check_axes(axes, 4)
    now = run.history[run.history["iteration"] == iteration].set_index("trial")
    _plot_rank(rank, run, now, exploits)
    _plot_exploit(exploit, run, now, exploits)
    _plot_explore(explore, run, exploits)
    _plot_steps(train, run, now, exploits)
    return axes


def _plot_rank(ax: Axes, run: Run, now: pd.DataFrame, exploits: pd.DataFrame) -> None:
    labels = trial_labels(run)
    ranked = now.sort_values(run.metric, ascending=run.mode == "max")
    targets = set(exploits["target"])
    scores = zip(ranked.index.astype(int), ranked[run.metric], strict=True)
    for place, (trial, score) in enumerate(scores):
        style, faded = style_of(run, trial), _GONE if trial in targets else 1
        ax.plot([score], [place], color=style["color"], marker=style["marker"], ms=9)
        ax.hlines(place, ranked[run.metric].min(), score, color=style["color"], alpha=faded)
        ax.annotate(
            f"{score:.3f}", (score, place), (9, 0), textcoords="offset points", va="center"
        )
    ax.axhline(len(targets) - 0.5, color=QUIET, linewidth=0.8, linestyle=":")
    for offset, words in ((3, "keeps its state"), (-10, "gives up its state")):
        ax.annotate(
            words, (1, len(targets) - 0.5), (0, offset), ha="right",
            xycoords=("axes fraction", "data"), textcoords="offset points",
            fontsize=SMALL, color=QUIET,
        )  # fmt: skip
    ax.set_yticks(range(len(ranked)), [labels[trial] for trial in ranked.index])
    ax.margins(x=0.2, y=0.15)
    ax.set(title="1  Rank", xlabel=symbol(run.metric))


def _plot_exploit(ax: Axes, run: Run, now: pd.DataFrame, exploits: pd.DataFrame) -> None:
    theta = now[["theta0", "theta1"]]
    _plot_contours(ax, theta)
    for trial, place in theta.iterrows():
        _mark(ax, run, trial, place, alpha=_GONE if trial in set(exploits["target"]) else 1)
    for row in exploits.to_dict("records"):
        _arrow(ax, theta.loc[row["target"]], theta.loc[row["donor"]], linestyle=(0, (3, 2)))
    ax.set(title="2  Exploit", xlabel=symbol("theta0"), ylabel=symbol("theta1"))


def _plot_explore(ax: Axes, run: Run, exploits: pd.DataFrame) -> None:
    for row in exploits.to_dict("records"):
        before, after = (row["h0_donor"], row["h1_donor"]), (row["h0_new"], row["h1_new"])
        _arrow(ax, before, after, color=style_of(run, row["target"])["color"])
        _mark(ax, run, row["donor"], before)
        _mark(ax, run, row["target"], after)
        changes = [
            f"{symbol(name)} {_words(row[f'{name}_operation'])}"
            for name in run.hyperparameters
        ]
        ax.annotate(
            "\n".join(changes), after, (9, 0), textcoords="offset points", va="center",
            fontsize=SMALL,
        )  # fmt: skip
    ax.margins(x=0.6, y=0.25)
    ax.set(title="3  Explore", xlabel=symbol("h0"), ylabel=symbol("h1"))


def _plot_steps(ax: Axes, run: Run, now: pd.DataFrame, exploits: pd.DataFrame) -> None:
    last = exploits.iloc[-1]
    begun = dict(zip(exploits["target"], exploits["donor"], strict=True))
    start = int(last["iteration"])
    until = start + marked_interval(run)
    lanes = {}
    for trial in run.trials:
        lane = run.of_trial(trial).set_index("iteration").loc[start + 1 : until]
        origin = now.loc[begun.get(trial, trial), ["theta0", "theta1"]].to_numpy(float)
        lanes[trial] = np.vstack([origin, lane[["theta0", "theta1"]].to_numpy(float)])
    points = np.concatenate(list(lanes.values()))
    _plot_contours(ax, points)
    field = np.stack(
        np.meshgrid(*(np.linspace(*limits, 9) for limits in _limits(points))), axis=-1
    )
    gradient = grad_Qhat(field, [last["h0_new"], last["h1_new"]]).theta
    color = style_of(run, int(last["target"]))["color"]
    ax.quiver(*np.moveaxis(field, -1, 0), *np.moveaxis(gradient, -1, 0), color=color,
              alpha=0.3, width=0.004, zorder=1)  # fmt: skip
    for trial, path in lanes.items():
        style = style_of(run, trial)
        ax.plot(*path.T, color=style["color"], marker=style["marker"], ms=5,
                markeredgecolor=PAPER, markeredgewidth=0.5, zorder=3)  # fmt: skip
        _mark(ax, run, trial, path[-1])
    ax.set(title="4  Train on", xlabel=symbol("theta0"), ylabel=symbol("theta1"))


def _plot_contours(ax: Axes, points: ArrayLike) -> None:
    x, y = (np.linspace(*limits, 120) for limits in _limits(np.asarray(points, float)))
    landscape = Q(np.stack(np.meshgrid(x, y), axis=-1))
    ax.contour(x, y, landscape, levels=12, colors=FAINT, linewidths=0.8, zorder=0)
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))


def _limits(points: NDArray[np.float64]) -> list[tuple[float, float]]:
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.25 * (high - low).max()
    return list(zip(low - room, high + room, strict=True))


def _mark(ax: Axes, run: Run, trial: Any, place: ArrayLike, alpha: float = 1) -> None:
    style = style_of(run, trial)
    x, y = np.asarray(place, float)
    ax.plot([x], [y], color=style["color"], marker=style["marker"], ms=10, alpha=alpha,
            markeredgecolor=PAPER, zorder=4)  # fmt: skip


def _arrow(
    ax: Axes, start: ArrayLike, end: ArrayLike, *, color: str = INK, linestyle: Any = "-"
) -> None:
    ax.add_patch(
        FancyArrowPatch(
            tuple(np.asarray(start, float)), tuple(np.asarray(end, float)),
            arrowstyle="-|>", mutation_scale=13, shrinkA=7, shrinkB=7,
            connectionstyle="arc3,rad=0.12", color=color, linestyle=linestyle,
            zorder=3,
        )
    )  # fmt: skip


def _words(operation: str) -> str:
    return "resampled" if operation == "resample" else operation.replace("* ", "× ")
