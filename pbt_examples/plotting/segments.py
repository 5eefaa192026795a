"""A run's history as what it is: segments, joined by jumps where trials exploited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pbt_examples.run import Run

Numbers = NDArray[np.float64]

_PLACES = (
    "target", "segment", "iteration", "donor", "donor_segment", "donor_iteration",
)  # fmt: skip


class Jump(NamedTuple):
    """From where a trial was when it exploited, to where its donor was.

    Attributes
    ----------
    iteration : ndarray, shape (2,)
        The target's and the donor's.
    values : ndarray, shape (2, columns)
        The target's and the donor's.
    """

    iteration: Numbers
    values: Numbers


class Segment(NamedTuple):
    """What a trial did between two exploits.

    Attributes
    ----------
    trial : int
        Whose lane it is in.
    number : int
        0, 1, … within the lane.
    iteration : ndarray, shape (n,)
        Iterations in rising order. A segment that began with an exploit starts at the
        donor's iteration: its first step is taken from there.
    values : ndarray, shape (n, columns)
        The columns asked for, at these iterations.
    jump : Jump or None
        How the segment began, if with an exploit.
    """

    trial: int
    number: int
    iteration: Numbers
    values: Numbers
    jump: Jump | None

    @property
    def own(self) -> slice:
        """What the trial itself reported: all but the donor's point."""
        return slice(1 if self.jump else 0, None)

    def until(self, iteration: float) -> Segment:
        """Return what of this had happened when `iteration` was over."""
        shown = self.iteration <= iteration
        jump = self.jump
        if jump and jump.iteration.max() > iteration:
            jump, shown = None, shown & False
        return self._replace(
            iteration=self.iteration[shown], values=self.values[shown], jump=jump
        )


def read_segments(run: Run, columns: Sequence[str]) -> list[Segment]:
    """Return the segments of a run, trial by trial.

    Parameters
    ----------
    run : Run
        The run.
    columns : sequence of str
        Numeric columns of its history.

    Returns
    -------
    list of Segment
        Also those that had no time to report anything after their exploit.

    Raises
    ------
    ValueError
        If the history lacks a column.
    """
    missing = [name for name in columns if name not in run.history.columns]
    if missing:
        raise ValueError(
            f"the run reported no {missing}; its columns are {list(run.history.columns)}"
        )
    rows = {
        (int(lane["trial"].iloc[0]), int(lane["segment"].iloc[0])): (
            lane["iteration"].to_numpy(float),
            lane[list(columns)].to_numpy(float),
        )
        for _, lane in run.history.groupby(["trial", "segment"])
    }
    nothing = np.empty(0), np.empty((0, len(columns)))

    def point(trial: int, number: int, iteration: int) -> tuple[Numbers, Numbers]:
        iterations, values = rows.get((trial, number), nothing)
        found = iterations == iteration
        return iterations[found][:1], values[found][:1]

    jumps = {}
    places = run.exploits[list(_PLACES)].astype(int)
    for (
        target,
        segment,
        iteration,
        donor,
        donor_segment,
        donor_iteration,
    ) in places.to_numpy():
        ends = [
            point(target, segment - 1, iteration),
            point(donor, donor_segment, donor_iteration),
        ]
        # A directory that was read afterwards may have lost the row of one end.
        if all(len(found) for found, _ in ends):
            jumps[int(target), int(segment)] = Jump(
                np.concatenate([found for found, _ in ends]),
                np.concatenate([values for _, values in ends]),
            )
    segments = []
    for trial, number in sorted({*rows, *jumps}):
        iterations, values = rows.get((trial, number), nothing)
        jump = jumps.get((trial, number))
        if jump:
            iterations = np.concatenate([jump.iteration[1:], iterations])
            values = np.concatenate([jump.values[1:], values])
        segments.append(Segment(trial, number, iterations, values, jump))
    return segments
