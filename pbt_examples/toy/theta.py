"""The paths of theta over the landscape of Q."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.contour import QuadContourSet
from matplotlib.text import Text
from matplotlib.transforms import offset_copy
from numpy.typing import NDArray
from pbt_examples.figures.axes import axes_or_new
from pbt_examples.figures.paths import Paths
from pbt_examples.figures.style import (
    FEW,
    INK,
    MANY,
    PAPER,
    QUIET,
    SMALL,
    WIDTH,
    legend_of_trials,
    style_of,
    symbol,
)
from pbt_examples.record.run import Run
from pbt_examples.record.segments import (
    Segment,
    last_shown,
    marked_interval,
    read_segments,
    trace,
)
from pbt_examples.toy.function import Q_MAX, Q, get_init_theta

CONTOUR = "#c9c9c9"
CONTOUR_LABEL = "contour label"
LABEL = "#595959"
"""Colour of a contour's label: a contrast of 4.5:1 on the darkest background."""
_ANGLES = np.linspace(0, 2 * np.pi, 16, endpoint=False)
DIRECTIONS = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
DISTANCE, ROOM = 10.0, 6.5
"""Distance in points from a number to its marker, and at least to anything else."""
NOTE = np.array([(x, -12.0) for x in range(0, 100, 8)])
"""The place of the maximum's name, in points from the maximum."""


def plot_parameter_history(
    run: Run, ax: Axes | None = None, *, until: int | None = None
) -> Axes:
    """Draw the path of theta over the contours of Q, one marker per iteration.

    Markers shrink with time, and numbers mark the ends of perturbation intervals. A dashed
    line is an exploit, a jump from the target's place to its donor's, from which the target
    takes its own next step.

    Parameters
    ----------
    run : Run
        A run of the toy problem, with ``theta0`` and ``theta1`` in its history.
    ax : Axes, optional
        Where to draw; by default a new figure.
    until : int, optional
        The last iteration to show; by default all.

    Returns
    -------
    Axes
        `ax`, or the new one.
    """
    alone = ax is None
    last = last_shown(run, until)
    ax = axes_or_new(ax, figsize=(WIDTH, 5.0))
    paths = ThetaPaths(run, ax, until=last)
    paths.show(last)
    legend_of_trials(ax, run, beside=alone)
    return ax


class ThetaPaths:
    """The landscape, drawn once, and the paths over it, which can grow.

    Parameters
    ----------
    run : Run
        A run of the toy problem.
    ax : Axes
        Where to draw.
    until : int, optional
        The last iteration to be shown; by default that of the run.
    heads : bool, default: False
        Whether to draw a ring around the last point of each trial.

    Attributes
    ----------
    artists : list of Artist
        The artists that `show` changes.
    """

    def __init__(
        self, run: Run, ax: Axes, *, until: int | None = None, heads: bool = False
    ) -> None:
        segments = [_from_start(s) for s in read_segments(run, ["theta0", "theta1"])]
        last = run.history["iteration"].max()
        shown = [s.until(last if until is None else until) for s in segments]
        draw_landscape(ax, np.concatenate([s.values for s in shown]))
        # Use smaller markers in small panels, and even smaller ones for many trials.
        room = 0.036 * float(min(ax.get_window_extent().size)) * 72 / ax.figure.dpi
        large, small = min(8.0, room), 1.8
        if len(run.trials) > FEW:
            large, small = large / 2, small / 2
        shrinking = small + (large - small) * np.linspace(1, 0, int(last) + 1) ** 2
        self._paths = Paths(
            run, ax, segments, heads=heads, diameters=lambda at: shrinking[at.astype(int)]
        )
        self._numbers = _write_numbers(run, ax, shown)

    @property
    def artists(self) -> list[Artist]:
        return [*self._paths.artists, *(text for _, text in self._numbers)]

    def show(self, until: int) -> None:
        """Show the run up to the end of iteration `until`."""
        self._paths.show(until)
        for iteration, text in self._numbers:
            text.set_visible(iteration <= until)


def draw_landscape(ax: Axes, points: NDArray[np.float64]) -> None:
    """Draw the contours of Q, its maximum and the start, in a view that fits the points.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    points : ndarray, shape (n, 2)
        Values of theta that must be in view, besides the maximum and the start.
    """
    start = get_init_theta()
    box = np.vstack([points, [0.0, 0.0], start])
    low, high = box.min(axis=0), box.max(axis=0)
    room = (high - low).max()  # the contours reach further than the view
    axes = [np.linspace(a - room, b + room, 241) for a, b in zip(low, high, strict=True)]
    height = Q(np.stack(np.meshgrid(*axes), axis=-1))
    levels = Q_MAX - 0.2 * np.arange(12, -1, -1)
    shades = ListedColormap(plt.get_cmap("Greys")(np.linspace(0.2, 0.0, len(levels))))
    ax.contourf(*axes, height, levels=levels, cmap=shades, extend="min", zorder=0)
    lines = ax.contour(
        *axes, height, levels=levels[:-1], colors=CONTOUR, linewidths=0.6,
        linestyles="solid", zorder=1,
    )  # fmt: skip
    ax.ignore_existing_data_limits = True
    ax.update_datalim(box)
    ax.margins(0.12)
    ax.autoscale_view()
    _label_contours(ax, lines, points)
    ax.plot(*np.zeros((2, 1)), "+", color=INK, ms=11, mew=1.6, zorder=2)
    ax.plot(*start[:, None], "o", ms=11, mfc=PAPER, mec=QUIET, mew=0.8, zorder=2)
    for text, point, offset in [
        (f"maximum, $Q = {Q_MAX}$", np.zeros(2), (7, -15)),
        ("start", start, (-12, 10)),
    ]:
        ax.annotate(
            text, (point[0], point[1]), offset, textcoords="offset points", fontsize=SMALL,
            color=INK, zorder=2,
        )  # fmt: skip
    ax.set_aspect("equal")
    ax.set_xlabel(symbol("theta0"))
    ax.set_ylabel(symbol("theta1"), rotation=0, labelpad=10)


def _label_contours(ax: Axes, lines: QuadContourSet, points: NDArray[np.float64]) -> None:
    # Along a ray that paths seldom cross: they lead from the start to the maximum.
    ray, (low, high) = np.array([0.42, 1.0]), ax.viewLim.get_points()
    places = ray * np.sqrt((Q_MAX - np.array(lines.levels)) / (Q_MAX - Q(ray)))[:, None]
    inside = ((low < places) & (places < high)).all(axis=1)
    labels = ax.clabel(
        lines,
        fmt="%.1f",
        fontsize=SMALL,
        colors=LABEL,
        manual=places[inside].tolist(),
        zorder=1,
    )
    for label in labels:
        label.set_gid(CONTOUR_LABEL)
        nearest = np.hypot(*(points - label.get_position()).T).min(initial=np.inf)
        label.set_visible(bool(nearest > 0.04 * (high - low).max()))


def _from_start(segment: Segment) -> Segment:
    # The first report comes after the first step.
    if segment.number or not len(segment.iteration) or segment.iteration[0] != 1:
        return segment
    return segment._replace(
        iteration=np.concatenate([[0.0], segment.iteration]),
        values=np.concatenate([[get_init_theta()], segment.values]),
        own=np.concatenate([[False], segment.own]),
    )


def _write_numbers(run: Run, ax: Axes, segments: list[Segment]) -> list[tuple[int, Text]]:
    """Write iterations beside the points where intervals end, if there is room."""
    followed = segments if len(run.trials) <= MANY else trace(run, segments, run.winner)
    ends = sorted(
        (int(iteration), segment.trial, *point)
        for segment in followed
        for iteration, point in zip(
            segment.iteration[segment.own], segment.values[segment.own], strict=True
        )
        if iteration % marked_interval(run) == 0
    )
    size = np.array(ax.get_window_extent().size) * 72 / ax.figure.dpi
    scale = (ax.viewLim.size / size).max()  # of a point, in units of theta
    labels = [each.get_position() for each in ax.texts if each.get_gid() == CONTOUR_LABEL]
    taken = np.concatenate(
        [*(s.values for s in segments), scale * NOTE, np.reshape(labels, (-1, 2))]
    )
    numbered: dict[int, NDArray[np.float64]] = {}
    texts = []
    low, high = ax.viewLim.get_points()
    for iteration, trial, *place in ends:
        point = np.array(place)
        beside = point + DISTANCE * scale * DIRECTIONS
        free = np.hypot(*(beside[:, None] - taken).T).min(axis=0)
        free[~((low < beside) & (beside < high)).all(axis=1)] = 0
        apart = np.hypot(*(point - numbered.get(trial, np.inf))), 0.5 * np.hypot(*point)
        if free.max() < ROOM * scale or min(apart) < DISTANCE * scale:
            continue
        numbered[trial] = point
        best = beside[free.argmax()]
        taken = np.concatenate([taken, best + scale * np.array([[-4, 0], [0, 0], [4, 0]])])
        color = style_of(run, trial)["color"] if len(run.trials) <= MANY else INK
        x, y = (best - point) / scale
        # A text with an offset is drawn in half the time of an annotation.
        moved = offset_copy(ax.transData, ax.get_figure(root=True), x, y, units="points")
        text = ax.text(
            point[0], point[1], f"{iteration}", transform=moved, fontsize=SMALL,
            color=color, ha="center", va="center_baseline", zorder=8,
        )  # fmt: skip
        text.set_gid(f"number-{trial}")
        texts.append((iteration, text))
    return texts
