"""The lanes of a run as lines: theta in the plane, or a metric over iterations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray
from pbt_examples.figures.style import FEW, INK, JUMP, MANY, PAPER, style_of
from pbt_examples.record.run import Run
from pbt_examples.record.segments import Segment, trace


class Paths:
    """Lines through the points of each segment, and jumps, all of which can grow.

    If there are more than a few trials, the winner's ancestry is drawn on top, so that
    there is one line to follow.

    Parameters
    ----------
    run : Run
        The run.
    ax : Axes
        Where to draw. Its view is left as it is.
    segments : sequence of Segment
        Segments with two columns, for x and y.
    diameters : callable
        Takes iterations and returns the diameter of each marker in points; 0 for none.
    heads : bool, default: False
        Whether to draw a ring around the last point of each trial.

    Attributes
    ----------
    artists : list of Artist
        The artists that `show` changes, from bottom to top.
    """

    def __init__(
        self,
        run: Run,
        ax: Axes,
        segments: Sequence[Segment],
        *,
        diameters: Callable[[NDArray[np.float64]], NDArray[np.float64]],
        heads: bool = False,
    ) -> None:
        self._segments, self._diameters = segments, diameters
        self._few = len(run.trials) <= FEW
        colors = [style_of(run, trial)["color"] for trial in run.trials]
        markers = [style_of(run, trial)["marker"] for trial in run.trials]
        width = 1.4 if self._few else 0.7
        # If there are few trials, the first is the widest, so that it shows behind others.
        below = len(run.trials) - 1 if len(run.trials) <= MANY else 0
        self._jumps = _lines(ax, "jumps", JUMP["color"], JUMP["linewidth"], zorder=3)
        self._jumps.set(linestyles=[JUMP["linestyle"]], alpha=0.9 if self._few else 0.3)
        self._lines = {
            trial: _lines(
                ax, f"line-{trial}", color, width + 0.9 * max(0, below - place), zorder=4
            )
            for place, (trial, color) in enumerate(zip(run.trials, colors, strict=True))
        }
        self._dots = {
            trial: _dots(
                ax, f"points-{trial}", marker=marker, facecolors=color, zorder=5,
                edgecolors=PAPER,
            )
            for trial, color, marker in zip(run.trials, colors, markers, strict=True)
        }  # fmt: skip
        self._ancestry = _lines(ax, "ancestry", INK, 2.2, zorder=6)
        self._ancestors = trace(run, segments, run.winner) if len(run.trials) > MANY else []
        self._heads = _dots(
            ax, "heads", facecolors="none", edgecolors=colors, zorder=7,
            linewidths=1.6 if self._few else 0.8, sizes=[110 if self._few else 30],
            clip_on=False,
        )  # fmt: skip
        self._heads.set_visible(heads)

    @property
    def artists(self) -> list[Artist]:
        return [
            self._jumps, *self._lines.values(), *self._dots.values(), self._ancestry,
            self._heads,
        ]  # fmt: skip

    def show(self, until: float) -> None:
        """Show the run up to the end of iteration `until`."""
        segments = [segment.until(until) for segment in self._segments]
        self._jumps.set_segments([s.jump.values for s in segments if s.jump])
        heads = np.full((len(self._lines), 2), np.nan)
        lanes: dict[int, list[Segment]] = {trial: [] for trial in self._lines}
        for segment in segments:
            if len(segment.values):
                lanes[segment.trial].append(segment)
        for place, (trial, lane) in enumerate(lanes.items()):
            self._lines[trial].set_segments([s.values for s in lane])
            self._show_dots(self._dots[trial], lane)
            if lane:
                heads[place] = lane[-1].values[-1]
        self._heads.set_offsets(heads)
        self._ancestry.set_segments([s.until(until).values for s in self._ancestors])

    def _show_dots(self, dots: PathCollection, lane: list[Segment]) -> None:
        points = np.concatenate([np.empty((0, 2)), *(s.values[s.own] for s in lane)])
        at = np.concatenate([np.empty(0), *(s.iteration[s.own] for s in lane)])
        sizes = self._diameters(at)
        dots.set_offsets(points[sizes > 0])
        dots.set_sizes(sizes[sizes > 0] ** 2)
        dots.set_linewidth(list(0.07 * sizes[sizes > 0]))


def _lines(ax: Axes, gid: str, color: str, width: float, zorder: float) -> LineCollection:
    lines = LineCollection([], colors=color, linewidths=width, zorder=zorder, gid=gid)
    lines.set_label(f"_{gid}")
    ax.add_collection(lines, autolim=False)
    return lines


def _dots(ax: Axes, gid: str, *, marker: str = "o", **style: Any) -> PathCollection:
    # What ax.scatter makes, in a sixth of its time: there may be hundreds of trials.
    shape = MarkerStyle(marker)
    path = shape.get_path().transformed(shape.get_transform())
    dots = PathCollection(
        [path], offsets=np.empty((0, 2)), offset_transform=ax.transData, gid=gid, **style
    )
    dots.set_transform(IdentityTransform())
    ax.add_collection(dots, autolim=False)
    return dots
