"""From which checkpoint of the donor an exploit continued.

Ray names the iteration of the donor's last report, and the target counts on from there. If
the donor had saved no checkpoint with that report, the state is that of an older one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence

from pbt_examples.record.reading.directory import Directory
from pbt_examples.record.reading.lane_exploits import FoundExploit, Story
from pbt_examples.record.reading.lanes import Lane
from pbt_examples.record.reading.notes import Notes, counted

_FOLDER = re.compile(r"checkpoint_(\d{1,9})")


def follow_checkpoints(
    found: Sequence[FoundExploit],
    lanes: Mapping[int, Lane],
    stories: Mapping[int, Story],
    folders: Mapping[int, Directory],
    notes: Notes,
) -> list[FoundExploit]:
    """Return the exploits with the iteration of the checkpoint, if the reports name it.

    Releases before 2.7 do not. There, the folders of checkpoints tell if one is missing.
    """
    followed = list(found)
    inside = functools.cache(lambda trial: folders[trial].folders())
    older = unknown = 0
    for at, each in enumerate(found):
        row = _donor_row(each, lanes)
        if row is None:
            continue
        lane, story = lanes[each.donor], stories[each.donor]
        if lane.saved is None:
            unknown += _is_missing(each, lane, inside)
        if lane.saved is None or lane.saved[row]:
            continue
        before = last_saved(row, lane, story)
        if before is None:
            unknown += 1
            continue
        older += 1
        followed[at] = each._replace(
            donor_iteration=int(lane.iterations[before]),
            donor_stint=int(lane.stint[before]),
        )
    if older:
        notes.add(
            f"In {counted(older, 'exploit')} the donor had saved no checkpoint at the "
            "iteration that Ray names, so the target continued from the one before, which "
            "is shown. It counts its iterations as if it had continued from the other, so "
            "along the ancestry some numbers are missing. Save a checkpoint at each "
            "perturbation interval."
        )
    if unknown:
        notes.add(
            f"In {counted(unknown, 'exploit')} the donor had saved no checkpoint at the "
            "iteration that Ray names, so the target continued from an older one, which "
            "the donor itself had taken over or which is not known: there the score and "
            "the ancestry are those of the report, not of that state. Save a checkpoint "
            "at each perturbation interval.",
            doubt=True,
        )
    return followed


def _is_missing(
    exploit: FoundExploit, donor: Lane, inside: Callable[[int], list[str]]
) -> bool:
    # Only a function leaves such a folder where it resumes. Its checkpoints may be counted
    # from 0 or from 1, and the first and the last ones may have been deleted.
    if "checkpoint_dir_name" in donor.table:
        return False
    if not any("checkpoint_tmp" in name for name in inside(exploit.target)):
        return False
    names = map(_FOLDER.fullmatch, inside(exploit.donor))
    numbers = {int(match[1]) for match in names if match}
    at = exploit.donor_iteration
    is_inside = any(n < at - 1 for n in numbers) and any(n > at for n in numbers)
    return is_inside and not numbers & {at - 1, at}


def _donor_row(exploit: FoundExploit, lanes: Mapping[int, Lane]) -> int | None:
    if exploit.donor not in lanes:
        return None
    lane = lanes[exploit.donor]
    rows = lane.rows_at(exploit.donor_iteration)
    return next((r for r in rows[::-1] if lane.stint[r] == exploit.donor_stint), None)


def last_saved(row: int, lane: Lane, story: Story) -> int | None:
    """Return the row of the last checkpoint of a trial's own, at or before a row."""
    # In the same segment, and not discarded: what it saved before is of another state.
    if lane.saved is None:
        return None
    segment = story.segments[lane.stint[row]]
    while row >= 0 and story.segments[lane.stint[row]] == segment:
        if lane.saved[row] and row not in story.void:
            return row
        row -= 1
    return None
