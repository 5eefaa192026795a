"""Note in which lanes something was left out, started over, is missing or doubtful."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from pbt_examples.record.reading.exploit_log import LoggedExploit
from pbt_examples.record.reading.lane_exploits import Story
from pbt_examples.record.reading.lanes import Lane
from pbt_examples.record.reading.notes import Notes, counted, listed
from pbt_examples.record.reading.place_exploits import Place


def note_stories(
    lanes: Mapping[int, Lane],
    stories: Mapping[int, Story],
    log: Sequence[LoggedExploit],
    places: Sequence[Place | None],
    ended: Collection[int],
    notes: Notes,
) -> None:
    """Note for each lane what its story cannot show; `ended` are the trials that ended."""
    end = _LogEnd(lanes, log, places)
    for trial, lane in lanes.items():
        _note_story(lane, trial, stories[trial], notes)
        if trial not in ended:
            _note_unsure(lane, trial, stories[trial], end, notes)


def _note_story(lane: Lane, trial: int, story: Story, notes: Notes) -> None:
    starts = [stint for stint in range(lane.stints) if lane.is_start_over(stint)]
    if starts:
        notes.add(
            f"Trial {trial} started over from the first iteration "
            f"{counted(len(starts), 'time')}, without a checkpoint: each start is a "
            "segment of its own."
        )
    if story.void:
        notes.add(
            f"Trial {trial} went back to an earlier iteration without an exploit, as "
            f"after a failure: {counted(len(story.void), 'discarded report')} left out."
        )
    if story.lost:
        where = listed(int(lane.iterations[lane.first[stint]]) for stint in story.lost)
        notes.add(
            f"Trial {trial} changed its hyperparameters before iteration {where}, but no "
            "line of the log says why: the donor is unknown.",
            doubt=True,
        )
    jumps = [
        int(lane.iterations[row])
        for row in lane.first[1:]
        if lane.iterations[row] > lane.iterations[row - 1] + 1
        and story.segments[lane.stint[row]] == story.segments[lane.stint[row - 1]]
    ]
    if jumps or lane.iterations[0] > 1:
        begin = [int(lane.iterations[0])] if lane.iterations[0] > 1 else []
        notes.add(
            f"Reports of trial {trial} are missing before iteration "
            f"{listed([*begin, *jumps])}.",
            doubt=True,
        )


class _LogEnd:
    """How far the log goes, which may be an older copy than the reports of a run."""

    def __init__(
        self,
        lanes: Mapping[int, Lane],
        log: Sequence[LoggedExploit],
        places: Sequence[Place | None],
    ) -> None:
        done = [(exploit, at) for exploit, at in zip(log, places, strict=True) if at]
        self.iteration = max((at.iteration for _, at in done), default=math.inf)
        # Where targets jump, trials do not wait for each other: time tells, not iterations.
        jumps = any(at.iteration != at.donor_iteration for _, at in done)
        self.time = math.inf
        if jumps:
            ends = [(lanes[exploit.target], at.stint) for exploit, at in done]
            self.time = max(
                float(lane.stamps[lane.first[stint] if stint < lane.stints else -1])
                for lane, stint in ends
            )

    def is_before(self, lane: Lane, stint: int) -> bool:
        """Say whether a stint may have begun with an exploit that the log lacks."""
        first = lane.first[stint]
        before = int(lane.iterations[first - 1])
        if lane.origin(stint) != before:
            return False  # a jump is noted anyway
        return before > self.iteration or float(lane.stamps[first]) >= self.time


def _note_unsure(lane: Lane, trial: int, story: Story, end: _LogEnd, notes: Notes) -> None:
    unsure = [stint for stint in story.unsure if end.is_before(lane, stint)]
    if unsure:
        where = listed(int(lane.iterations[lane.first[stint]]) for stint in unsure)
        notes.add(
            f"Trial {trial} resumed before iteration {where}, later than the last "
            "exploit in the log, and no file says with which hyperparameters: whether it "
            "exploited there is unknown.",
            doubt=True,
        )
