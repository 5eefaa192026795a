"""The paths of theta over the landscape of Q. For the toy problem only."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from numpy.typing import NDArray
from pbt_examples.plotting.paths import Paths
from pbt_examples.plotting.segments import Segment, read_segments
from pbt_examples.plotting.style import (
    FEW,
    INK,
    PAPER,
    QUIET,
    key_of_trials,
    symbol,
    trial_style,
)
from pbt_examples.run import Run
from pbt_examples.toy import Q_MAX, Q, get_init_theta

MAX_NUMBERED = 4
"""Up to this many trials, the path of each has numbers; of more, the winner's only."""


def plot_parameter_history(
    run: Run, ax: Axes | None = None, *, until: int | None = None
) -> Axes:
    """Draw the path of theta over the contours of Q, a marker an iteration.

    Markers shrink with time, and numbers stand where perturbation intervals end. A
    dashed line is a jump: an exploit, from where the target was to where its donor was.
    From there the target takes its own next step.

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
    if ax is None:
        _, ax = plt.subplots(figsize=(5.6, 5.6))
    paths = ThetaPaths(run, ax, until=until)
    paths.show(run.history["iteration"].max() if until is None else until)
    key_of_trials(ax, run)
    return ax


class ThetaPaths:
    """The landscape, drawn once, and the paths over it, which can be shown in part.

    Parameters
    ----------
    run : Run
        A run of the toy problem.
    ax : Axes
        Where to draw.
    until : int, optional
        The last iteration that the view has to have room for.
    heads : bool, default: False
        Whether to put a ring round where each trial is.

    Attributes
    ----------
    artists : list of Artist
        What `show` changes.
    """

    def __init__(
        self, run: Run, ax: Axes, *, until: int | None = None, heads: bool = False
    ) -> None:
        segments = [_from_start(s) for s in read_segments(run, ["theta0", "theta1"])]
        last = run.history["iteration"].max()
        shown = [s.until(last if until is None else until) for s in segments]
        draw_landscape(ax, np.concatenate([s.values for s in shown]))

        few = len(run.trials) <= FEW
        shrinking = np.linspace(8.0 if few else 5.0, 2.2 if few else 1.5, int(last) + 1)
        self._paths = Paths(
            run, ax, segments, heads=heads, diameters=lambda at: shrinking[at.astype(int)]
        )
        self._numbers = _write_numbers(run, ax, segments)

    @property
    def artists(self) -> list[Artist]:
        return [*self._paths.artists, *(text for _, text in self._numbers)]

    def show(self, until: int) -> None:
        """Show what had happened when iteration `until` was over."""
        self._paths.show(until)
        for iteration, text in self._numbers:
            text.set_visible(iteration <= until)


def draw_landscape(ax: Axes, points: NDArray[np.float64]) -> None:
    """Draw the contours of Q and its maximum, in a view that fits the points.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    points : ndarray, shape (n, 2)
        Values of theta that must be in view, beside the maximum.
    """
    box = np.vstack([points, [0.0, 0.0], get_init_theta()])
    low, high = box.min(axis=0), box.max(axis=0)
    room = (high - low).max()
    axes = [np.linspace(a - room, b + room, 241) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes), axis=-1)
    levels = Q_MAX - np.arange(12, -1, -1) * 0.2
    shades = ListedColormap(plt.get_cmap("Greys")(np.linspace(0.16, 0.0, len(levels))))
    ax.contourf(*axes, Q(grid), levels=levels, cmap=shades, extend="min", zorder=0)
    lines = ax.contour(
        *axes, Q(grid), levels=levels[:-1], colors="#c4c4c4", linewidths=0.6, zorder=1
    )
    # The contours reach further than the view, which is to fit the data.
    ax.ignore_existing_data_limits = True
    ax.update_datalim(box)
    ax.margins(0.08)
    ax.autoscale_view()
    ax.clabel(lines, fmt=lambda level: f"{level:.1f}", fontsize=7, colors=QUIET)
    ax.plot(0, 0, marker="+", color=INK, markersize=11, markeredgewidth=1.6, zorder=2)
    ax.annotate(
        f"maximum, $Q = {Q_MAX}$", (0, 0), (0, -11), textcoords="offset points",
        color=INK, fontsize=8, ha="center", va="top", zorder=2,
    )  # fmt: skip
    ax.set_aspect("equal")
    ax.set_xlabel(symbol("theta0"))
    ax.set_ylabel(symbol("theta1"), rotation=0, labelpad=10)


def _from_start(segment: Segment) -> Segment:
    # The first report comes after the first step.
    if segment.number or not len(segment.iteration) or segment.iteration[0] != 1:
        return segment
    return segment._replace(
        iteration=np.concatenate([[0.0], segment.iteration]),
        values=np.concatenate([[get_init_theta()], segment.values]),
    )


def _write_numbers(
    run: Run, ax: Axes, segments: list[Segment]
) -> list[tuple[int, Annotation]]:
    trials = run.trials if len(run.trials) <= MAX_NUMBERED else [run.winner]
    interval = int(run.info.get("perturbation_interval") or 10)
    ends = [
        (int(iteration), segment.trial, point)
        for segment in segments
        if segment.trial in trials
        for iteration, point in zip(
            segment.iteration[segment.own], segment.values[segment.own], strict=True
        )
        if iteration and iteration % interval == 0
    ]
    texts, taken = [], [np.zeros(2)]
    apart = 0.055 * np.ptp(ax.get_xlim())
    for iteration, trial, point in sorted(ends, key=lambda end: end[:2]):
        if min(np.hypot(*(point - other)) for other in taken) < apart:
            continue  # no room to read it
        taken.append(point)
        text = ax.annotate(
            f"{iteration}", point, (4, 4), textcoords="offset points", fontsize=7.5,
            color=trial_style(run, trial)["color"], zorder=7,
            path_effects=[withStroke(linewidth=2, foreground=PAPER)],
        )  # fmt: skip
        text.set_gid(f"number-{trial}")
        texts.append((iteration, text))
    return texts
