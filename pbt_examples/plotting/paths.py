"""The lanes of a run as lines: of theta in the plane, of a metric over iterations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray
from pbt_examples.plotting.segments import Segment
from pbt_examples.plotting.style import FEW, PAPER, QUIET, trial_style
from pbt_examples.run import Run


class Paths:
    """Lines through the points of each segment, and jumps, which can be shown in part.

    Parameters
    ----------
    run : Run
        The run.
    ax : Axes
        Where to draw. Its view is left as it is.
    segments : sequence of Segment
        With two columns, which are taken as x and y.
    diameters : callable
        Takes iterations, returns the diameter of the marker of each in points. Where it
        is 0 there is none.
    heads : bool, default: False
        Whether to put a ring round the last point of each trial.

    Attributes
    ----------
    artists : list of Artist
        What `show` changes, from below to above.
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
        few = len(run.trials) <= FEW
        self._jumps = LineCollection(
            [], colors=QUIET, linewidths=0.9 if few else 0.4, linestyles=[(0, (3, 2))],
            alpha=0.8, zorder=3, label="_jumps",
        )  # fmt: skip
        self._jumps.set_gid("jumps")
        ax.add_collection(self._jumps, autolim=False)
        self._lanes = []
        for trial in run.trials:
            style = trial_style(run, trial)
            line = LineCollection(
                [], colors=style["color"], linewidths=1.4 if few else 0.7, zorder=4
            )
            line.set_gid(f"line-{trial}")
            ax.add_collection(line, autolim=False)
            dots = ax.scatter(
                [], [], marker=style["marker"], color=style["color"], edgecolors=PAPER,
                linewidths=0.5 if few else 0.25, zorder=5,
            )  # fmt: skip
            dots.set_gid(f"points-{trial}")
            self._lanes.append((trial, line, dots))
        self._heads = ax.scatter(
            [], [], s=110 if few else 50, facecolors="none", linewidths=1.6, zorder=6,
            edgecolors=[trial_style(run, trial)["color"] for trial in run.trials],
            visible=heads,
        )  # fmt: skip
        self._heads.set_gid("heads")

    @property
    def artists(self) -> list[Artist]:
        lines = [line for _, line, _ in self._lanes]
        dots = [dots for _, _, dots in self._lanes]
        return [self._jumps, *lines, *dots, self._heads]

    def show(self, until: float) -> None:
        """Show what had happened when iteration `until` was over."""
        segments = [segment.until(until) for segment in self._segments]
        self._jumps.set_segments([s.jump.values for s in segments if s.jump])
        heads = []
        for trial, line, dots in self._lanes:
            lane = [s for s in segments if s.trial == trial and len(s.values)]
            line.set_segments([s.values for s in lane])
            sizes = np.concatenate([self._diameters(s.iteration[s.own]) for s in lane])
            points = np.concatenate([s.values[s.own] for s in lane])
            dots.set_offsets(points[sizes > 0])
            dots.set_sizes(sizes[sizes > 0] ** 2)
            heads.append(lane[-1].values[-1])
        self._heads.set_offsets(heads)
