"""A run's history as segments, joined by jumps where trials exploited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pbt_examples.checks import check_integer
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.tables import find_rows, require_columns

Numbers = NDArray[np.float64]

Place = tuple[int, int]
"""A segment of a run: its trial, and its number within the lane of the trial."""


class Jump(NamedTuple):
    """The jump of a trial that exploits, from its own place to its donor's.

    Attributes
    ----------
    iteration : ndarray, shape (2,)
        Of the target and of the donor.
    values : ndarray, shape (2, columns)
        Of the target and of the donor.
    donor : tuple of int
        The segment that the target continues: its trial and its number.
    """

    iteration: Numbers
    values: Numbers
    donor: Place


class Segment(NamedTuple):
    """What a trial did between two exploits.

    Attributes
    ----------
    trial : int
        The trial in whose lane it is.
    number : int
        0, 1, … within the lane.
    iteration : ndarray, shape (n,)
        Iterations in ascending order. A segment that began with an exploit starts at the
        donor's iteration, from which its first step was taken.
    values : ndarray, shape (n, columns)
        The columns asked for, at these iterations.
    own : ndarray of bool, shape (n,)
        Which of them the trial itself reported: all but the donor's point.
    jump : Jump or None
        The exploit with which the segment began, if it did.
    """

    trial: int
    number: int
    iteration: Numbers
    values: Numbers
    own: NDArray[np.bool_]
    jump: Jump | None

    def until(self, iteration: float) -> Segment:
        """Return the part up to an iteration, with the jump only if both its ends are."""
        ends = [] if self.jump is None else self.jump.iteration.tolist()
        if max([*self.iteration[-1:].tolist(), *ends], default=0) <= iteration:
            return self
        shown = self.iteration <= iteration
        whole = max(ends, default=0) <= iteration
        return self._replace(
            iteration=self.iteration[shown],
            values=self.values[shown],
            own=self.own[shown],
            jump=self.jump if whole else None,
        )


def last_shown(run: Run, until: int | None) -> int:
    """Return the iteration up to which a figure shows a run; by default, its last one."""
    check_run(run)
    last = int(run.history["iteration"].max())
    if until is None:
        return last
    check_integer("until", until, least=1, most=last)
    return until


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
        Including those that reported nothing after their exploit.

    Raises
    ------
    ValueError
        If the history lacks a column.
    """
    check_run(run)
    require_columns("history", run.history, columns)
    reported = run.history["iteration"].to_numpy(float)
    numbers = run.history[list(columns)].to_numpy(float)
    groups: dict[Any, Any] = run.history.groupby(["trial", "segment"]).indices
    rows = {
        (int(trial), int(number)): (reported[at], numbers[at])
        for (trial, number), at in groups.items()
    }
    nothing = np.empty(0), np.empty((0, len(columns)))

    jumps = {}
    places = _places(run)
    targets, donors = places[:, :3] - [0, 1, 0], places[:, 3:]  # where the target was
    ends = find_rows(run.history, *np.concatenate([targets, donors]).T).reshape(2, -1).T
    for place, least, iteration, value in zip(
        places.tolist(), ends.min(axis=1), reported[ends], numbers[ends], strict=True
    ):
        if least >= 0:  # a directory that was read later may have lost the row of one end
            target, number, _, donor, donor_number, _ = place
            jumps[target, number] = Jump(iteration, value, (donor, donor_number))
    segments = []
    for trial, number in sorted({*rows, *jumps}):
        iterations, values = rows.get((trial, number), nothing)
        jump, own = jumps.get((trial, number)), np.full(len(iterations), True)
        if jump:
            iterations = np.concatenate([jump.iteration[1:], iterations])
            values = np.concatenate([jump.values[1:], values])
            own = np.concatenate([[False], own])
        segments.append(Segment(trial, number, iterations, values, own, jump))
    return segments


def descent(run: Run, trials: Sequence[int]) -> dict[Place, int]:
    """Return the ancestry of the last states of some trials.

    Parameters
    ----------
    run : Run
        The run.
    trials : sequence of int
        The trials whose last states are traced back.

    Returns
    -------
    dict
        Maps each segment in their ancestry, by trial and number, to its last iteration
        in the ancestry.
    """
    last = run.history.groupby("trial")[["segment", "iteration"]].last()
    reach = {
        (trial, int(number)): int(iteration)
        for trial, (number, iteration) in zip(last.index, last.to_numpy(), strict=True)
        if trial in trials
    }
    for target, number, _, donor, donor_number, iteration in _places(run)[::-1].tolist():
        if (target, number) in reach:
            before = reach.get((donor, donor_number), 0)
            reach[donor, donor_number] = max(before, iteration)
    return reach


def trace(run: Run, segments: Sequence[Segment], trial: int) -> list[Segment]:
    """Return the parts of segments in the ancestry of a trial's last state.

    Parameters
    ----------
    run : Run
        The run.
    segments : sequence of Segment
        All of its segments.
    trial : int
        The trial whose ancestry is traced.

    Returns
    -------
    list of Segment
        From the first iteration to the last; each ends where the next begins.
    """
    reach = descent(run, [trial])
    return sorted(
        (
            segment.until(reach[segment.trial, segment.number])
            for segment in segments
            if (segment.trial, segment.number) in reach
        ),
        key=lambda segment: segment.iteration[-1],
    )


def marked_interval(run: Run) -> int:
    """Return the number of iterations between those that figures mark.

    It is the perturbation interval if that is known, else about a tenth of the run.
    """
    known = run.info.perturbation_interval
    return int(known or max(1, run.history["iteration"].max() // 10))


def _places(run: Run) -> NDArray[np.int64]:
    columns = [
        "target",
        "segment",
        "iteration",
        "donor",
        "donor_segment",
        "donor_iteration",
    ]
    return run.exploits[columns].to_numpy(np.int64)
