"""Who descends from whom: each lane is a trial, each edge an exploit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from pbt_examples.figures.axes import axes_or_new
from pbt_examples.figures.style import (
    INK,
    PAPER,
    QUIET,
    SMALL,
    WIDTH,
    legend_of_lanes,
    style_of,
    trial_labels,
)
from pbt_examples.record.run import Run
from pbt_examples.record.segments import (
    Jump,
    Place,
    Segment,
    descent,
    last_shown,
    read_segments,
)

DIED, LIVES, WINS = range(3)
FATES: list[dict[str, Any]] = [
    {"label": "died out", "linestyle": (0, (1.4, 1.2)), "linewidth": 1.3},
    {"label": "lives on at the end", "linestyle": "-", "linewidth": 1.6},
    {"label": "winner's ancestry", "linestyle": "-", "linewidth": 3.2},
]
"""The style of a line, by what becomes of the states along it."""
NAMED = 100
"""The largest number of lanes of which each is named; else only every second, third, …"""
SPREAD = 0.3
"""The largest offset, in lanes, of parts of a lane that overlap."""
MOST_EXPLOITS = 3000
"""The most exploits of which each is drawn: the edges of more cover all that matters."""


def plot_lineage(run: Run, ax: Axes | None = None, *, until: int | None = None) -> Axes:
    """Draw the family tree of a run: each lane is a trial, each edge an exploit.

    An edge leads from the donor's lane to the target's, where the target continues from
    the donor's state; a cross marks where the target's own state was given up. Bold lines
    are the ancestry of the winner's last state. Dotted lines have no descendants at the
    end of the run. The colour is that of the trial in which a line of descent began.

    A question mark stands for an unknown donor. With more than 100 lanes, only every
    second (third, …) is named. With more than 3,000 exploits, neither the edges to states
    that died out nor the crosses are drawn.

    In an asynchronous run a target may go back, or ahead, to the iteration of its donor.
    Parts of a lane that overlap for this reason are drawn side by side.

    Parameters
    ----------
    run : Run
        Any run.
    ax : Axes, optional
        Where to draw; by default a new figure, as high as the lanes need.
    until : int, optional
        The last iteration to show; by default all. Descendants still count to the end of
        the run.

    Returns
    -------
    Axes
        `ax`, or the new one.
    """
    last = last_shown(run, until)
    ax = axes_or_new(ax, figsize=(WIDTH, _height(len(run.trials))))
    segments = [segment.until(last) for segment in read_segments(run, ["iteration"])]
    heights = _heights(run, segments)
    lines = sorted(
        _lines(run, segments, heights, all_edges=not is_dense(run)),
        key=lambda line: line.fate,
    )
    for gid, zorder in {"lane": 2, "edge": 3}.items():
        chosen = [line for line in lines if line.gid == gid]
        collection = LineCollection(
            [line.points for line in chosen],
            colors=[line.color for line in chosen],
            linestyles=[FATES[line.fate]["linestyle"] for line in chosen],
            linewidths=[
                FATES[line.fate]["linewidth"] * (1 if gid == "lane" else 0.6)
                for line in chosen
            ],
            capstyle="butt", zorder=zorder, gid=f"{gid}s",
        )  # fmt: skip
        ax.add_collection(collection)
    ends = [
        (jump.iteration[0], heights[segment.trial, segment.number - 1])
        for segment in segments
        if not is_dense(run) and (jump := _exploit(segment))
    ]
    size = 4.5 if len(run.trials) <= 12 else 3
    ax.plot(
        *np.array(ends or np.empty((0, 2))).T, "x", color=QUIET, ms=size, mew=0.8,
        zorder=4, gid="ends",
    )  # fmt: skip
    _mark_unknown(run, ax, heights, last)
    _name_lanes(run, ax, last)
    place = run.winner, int(run.of_trial(run.winner)["segment"].iloc[-1])
    ax.annotate(
        " winner", (last, heights[place]), va="center", weight="bold",
        annotation_clip=False,
    )  # fmt: skip
    return ax


def is_dense(run: Run) -> bool:
    """Return whether a run has more exploits than its family tree can show."""
    return len(run.exploits) > MOST_EXPLOITS


def _height(lanes: int) -> float:
    # Lanes without names of their own may be closer to each other.
    return 1.4 + 0.3 * min(lanes, NAMED) ** 0.9 + 0.05 * max(lanes - NAMED, 0)


def _mark_unknown(run: Run, ax: Axes, heights: dict[Place, float], last: float) -> None:
    # An unknown donor: no edge shows where the state comes from.
    lost = run.exploits[run.exploits["donor"] == -1]
    points = [
        (iteration, heights[target, segment])
        for iteration, target, segment in lost[
            ["donor_iteration", "target", "segment"]
        ].to_numpy()
        if iteration <= last and (target, segment) in heights
    ]
    if points:
        ax.plot(
            *np.array(points).T, marker="$?$", color=INK, ms=7, linestyle="", zorder=6,
            gid="unknown donors",
        )  # fmt: skip


def _exploit(segment: Segment) -> Jump | None:
    # A trial that only explored is its own donor and gave up nothing.
    if segment.jump is None or segment.jump.donor[0] == segment.trial:
        return None
    return segment.jump


class _Line(NamedTuple):
    gid: str
    fate: int
    color: str
    points: list[tuple[float, float]]


def _lines(
    run: Run, segments: list[Segment], heights: dict[Place, float], *, all_edges: bool
) -> Iterator[_Line]:
    lives, wins = descent(run, run.trials), descent(run, [run.winner])
    founders = _founders(run, segments)
    for segment in segments:
        place = segment.trial, segment.number
        color = style_of(run, founders[place])["color"]
        own, y = segment.iteration[segment.own], heights[place]
        jump = _exploit(segment)
        begin = segment.iteration[0] if len(segment.iteration) else 1.0
        if jump:
            begin = own[0] if len(own) else jump.iteration[0]
            fate = WINS if place in wins else LIVES if place in lives else DIED
            donor = (jump.iteration[1], heights[jump.donor])
            if all_edges or fate > DIED:
                edge = [donor, (begin, y)]
                yield _Line("edge", fate, color if fate < WINS else INK, edge)
        elif segment.jump is None:
            begin -= 1  # the first report comes at the end of the first iteration
        for fate, reach in [
            (WINS, wins.get(place, 0)),
            (LIVES, lives.get(place, 0)),
            (DIED, np.inf),
        ]:
            end = min(reach, segment.iteration.max(initial=0))
            if end > begin:
                yield _Line(
                    "lane", fate, color if fate < WINS else INK, [(begin, y), (end, y)]
                )
                begin = end


def _founders(run: Run, segments: list[Segment]) -> dict[Place, int]:
    parents = {(s.trial, s.number): s.jump.donor for s in segments if s.jump}
    founders: dict[Place, int] = {}
    for segment in segments:
        way = [(segment.trial, segment.number)]
        while way[-1] in parents and way[-1] not in founders:
            way.append(parents[way[-1]])
        founder = founders.get(way[-1], way[-1][0])
        founders |= dict.fromkeys(way, founder)
    return founders


def _heights(run: Run, segments: list[Segment]) -> dict[Place, float]:
    heights: dict[Place, float] = {}
    lanes = itertools.groupby(segments, key=lambda segment: segment.trial)
    for lane, (trial, parts) in enumerate(lanes):
        rows: list[float] = []  # where in each row of the lane the last part ends
        chosen = {}
        for segment in parts:
            own = segment.iteration[segment.own]
            begin, end = own.min(initial=np.inf), own.max(initial=-np.inf)
            free = [row for row, until in enumerate(rows) if until < begin]
            row = free[0] if free else len(rows)
            rows[row : row + 1] = [end]
            chosen[trial, segment.number] = row
        step = SPREAD / max(1, len(rows) // 2)
        heights |= {  # 0, 1, -1, 2, … steps from the middle
            place: lane + step * ((row + 1) // 2) * (1 if row % 2 else -1)
            for place, row in chosen.items()
        }
    return heights


def _name_lanes(run: Run, ax: Axes, last: float) -> None:
    count = len(run.trials)
    ax.set_ylim(count - 0.4, -0.6)
    labels = list(trial_labels(run).values())
    step = -(-count // NAMED)
    ax.set_yticks(range(0, count, step), labels[::step])
    small = count > 12
    ax.tick_params(axis="y", length=0, pad=10, labelsize=SMALL if small else 8.5)
    ax.spines["left"].set_visible(False)
    styles = [style_of(run, trial) for trial in run.trials]
    for marker in {style["marker"]: None for style in styles}:
        lanes = [lane for lane in range(count) if styles[lane]["marker"] == marker]
        ax.scatter(
            [0] * len(lanes), lanes, s=25 if small else 49, marker=marker,
            c=[styles[lane]["color"] for lane in lanes], edgecolors=PAPER, linewidths=0.5,
            zorder=5, clip_on=False,
        )  # fmt: skip
    ax.set_xlim(0, last)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("iteration")
    handles = [
        Line2D(
            [], [], color=INK if fate == WINS else QUIET, **look
        )
        for fate, look in enumerate(FATES)
    ][::-1]  # fmt: skip
    if not is_dense(run):
        cross = Line2D([], [], color=QUIET, marker="x", ms=4.5, linestyle="")
        cross.set_label("state given up")
        handles.append(cross)
    legend_of_lanes(ax, handles)
