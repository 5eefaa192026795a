"""Note in which lanes something was left out, started over, is missing or doubtful."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Mapping, Sequence

from pbt_examples.record.reading.donor_checkpoints import last_saved
from pbt_examples.record.reading.exploit_log import LOG, LoggedExploit
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
    failures: Mapping[int, int],
    notes: Notes,
    *,
    unknown: Collection[tuple[int, int]] = (),
    unperturbed: Collection[int] = (),
    restorations: Sequence[float] = (),
    is_alone: bool = False,
    is_whole: bool = False,
) -> None:
    """Note for each lane what its story cannot show.

    `ended` are the trials that ended; `failures` says how often each trial failed;
    `unknown` are the trials and stints with an unknown donor; `unperturbed` are the trials
    that ended without any exploit; `restorations` are the times at which the experiment was
    restored. A trial that is alone has no donor but itself. A log that is known to be whole
    explains every exploit.
    """
    is_uneven = any(lane.step > 1 and not lane.is_even for lane in lanes.values())
    if is_uneven:
        notes.add(
            "training_iteration does not grow evenly, so the trainable reports it itself. "
            "From which state a trial went on may be unknown, or wrong.",
            doubt=True,
        )
    end = _LogEnd(lanes, log, places)
    for trial, lane in lanes.items():
        _note_story(lane, trial, stories[trial], notes)
        if not is_uneven:
            _note_missing(lane, trial, stories[trial], notes)
        lost = [s for s in stories[trial].lost if is_alone or (trial, s) in unknown]
        if lost:
            _note_lost(lane, trial, lost, is_alone, notes)
        if trial not in ended:
            _note_unsure(lane, trial, stories[trial], end, notes)
    resumed = {
        trial: found
        for trial, lane in lanes.items()
        if len(found := _unexplained(lane, stories[trial], restorations))
        > failures.get(trial, 0)
    }
    if is_whole:
        return
    if log:
        _note_unexplained(lanes, stories, resumed, failures, not end.jumps, notes)
    elif where := {
        trial: [before for before, _ in found]
        for trial, found in resumed.items()
        if trial not in unperturbed
    }:
        notes.add(
            f"There is no {LOG}, PBT's log of exploits, but trials resumed and no failure "
            f"explains it: {_each(where)}. If this run used PBT, its exploits are missing, "
            "and hyperparameters may be wrong.",
            doubt=True,
        )


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


def _note_missing(lane: Lane, trial: int, story: Story, notes: Notes) -> None:
    jumps = [
        int(lane.iterations[row])
        for row in lane.first[1:]
        if lane.iterations[row] > lane.iterations[row - 1] + lane.step
        and story.segments[lane.stint[row]] == story.segments[lane.stint[row - 1]]
    ]
    begin = [int(lane.iterations[0])] if lane.iterations[0] > lane.step else []
    if jumps or begin:
        notes.add(
            f"Reports of trial {trial} are missing before iteration "
            f"{listed([*begin, *jumps])}.",
            doubt=True,
        )


def _note_lost(
    lane: Lane, trial: int, lost: Sequence[int], is_alone: bool, notes: Notes
) -> None:
    where = listed(int(lane.iterations[lane.first[stint]]) for stint in lost)
    changed = f"Trial {trial} changed its hyperparameters before iteration {where}"
    if is_alone:
        notes.add(f"{changed}. It is the only trial, and went on from its own states.")
        return
    notes.add(
        f"{changed}, but no line of the log says why: the donor is unknown.", doubt=True
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
        self.jumps = any(at.iteration != at.donor_iteration for _, at in done)
        self.time = math.inf
        if self.jumps:
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


def _note_unexplained(
    lanes: Mapping[int, Lane],
    stories: Mapping[int, Story],
    resumed: Mapping[int, Sequence[tuple[int, int]]],
    failures: Mapping[int, int],
    is_synchronous: bool,
    notes: Notes,
) -> None:
    went_back, in_place = dict[int, list[int]](), dict[int, list[int]]()
    for trial, found in resumed.items():
        for before, origin in found:
            kind = in_place if origin == before else went_back
            kind.setdefault(trial, []).append(before)
    if in_place:
        # Where trials wait for each other, all of them resume but the last one to come;
        # where they wait for a free slot, most do. If more went on, there is another
        # reason.
        moments = {iteration for where in in_place.values() for iteration in where}
        for trial, lane in lanes.items():
            moments |= {*_begun(lane, stories[trial])}
        went_on = [sum(_goes_on(lane, at) for lane in lanes.values()) for at in moments]
        others = sum(max(0, count - is_synchronous) for count in went_on)
        # While a trial that failed waits for a slot, the others may be paused as well.
        failed = sum(count for count in failures.values() if count < sys.maxsize)
        if failed * (len(lanes) - 1) < sum(map(len, in_place.values())) < others:
            _note_where("Resumed, though most trials went on,", in_place, notes)
    # Failures explain these before they explain any resumption in place.
    went_back = {
        trial: where
        for trial, where in went_back.items()
        if len(where) > failures.get(trial, 0)
    }
    if went_back:
        _note_where("Went back", went_back, notes)


def _note_where(what: str, trials: Mapping[int, Sequence[int]], notes: Notes) -> None:
    notes.add(
        f"{what} and no line of {LOG} and no failure says why: {_each(trials)}. If the log "
        "has lost lines, exploits are missing there, and hyperparameters may be wrong.",
        doubt=True,
    )


def _each(trials: Mapping[int, Sequence[int]]) -> str:
    return listed(
        f"trial {trial} after iteration {listed(where)}" for trial, where in trials.items()
    )


def _unexplained(
    lane: Lane, story: Story, restorations: Sequence[float]
) -> list[tuple[int, int]]:
    # A jump ahead is noted anyway, and a configuration in a report shows what happened. A
    # trial that waited goes back to its last checkpoint, if it saves few, and all trials
    # resume where the experiment is restored.
    before = [int(lane.iterations[row - 1]) for row in lane.first]
    return [
        (before[stint], lane.origin(stint))
        for stint in range(1, lane.stints)
        if story.segments[stint] == story.segments[stint - 1]
        and lane.origin(stint) <= before[stint]
        and stint not in lane.seen
        and not _went_back_to_own(lane, story, stint)
        and not _is_of_restoration(lane, stint, restorations)
    ]


def _is_of_restoration(lane: Lane, stint: int, moments: Sequence[float]) -> bool:
    # The log has all lines since the last restoration, so that no later one is in question.
    begun = lane.stamps[lane.first[stint]] + 1  # in whole seconds
    ended = lane.stamps[lane.first[stint] - 1] - 1
    return any(ended <= moment <= begun for moment in moments) or (
        len(moments) > 0 and begun >= moments[-1]
    )


def _went_back_to_own(lane: Lane, story: Story, stint: int) -> bool:
    last = int(lane.first[stint]) - 1
    row = last_saved(last, lane, story)
    if row is not None:
        return row < last and int(lane.iterations[row]) == lane.origin(stint)
    # It has only the checkpoint with which its segment began.
    begin = story.segments.index(story.segments[stint])
    return lane.saved is not None and begin > 0 and lane.origin(begin) == lane.origin(stint)


def _begun(lane: Lane, story: Story) -> list[int]:
    # The iterations after which an exploit, or a new start, begins a segment.
    return [
        int(lane.iterations[lane.first[stint] - 1])
        for stint in range(1, lane.stints)
        if story.segments[stint] > story.segments[stint - 1]
    ]


def _goes_on(lane: Lane, iteration: int) -> bool:
    rows = [lane.rows_at(at) for at in (iteration, iteration + lane.step)]
    stints = [{*lane.stint[of_one].tolist()} for of_one in rows]
    return bool(stints[0] & stints[1])
