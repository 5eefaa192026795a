"""What happened in each lane: which stint began with an exploit, and with what values.

Four sources are asked, in this order: the report itself (`Lane.seen`), the log line that
begins a stint, a log line that names the stint's trial as a donor, and the state file,
which has the last configuration of a trial that has ended. Where they show a change that no
line explains, the line is lost: the exploit is real, but its donor is unknown.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pbt_examples.record.exploit_log import LoggedExploit
from pbt_examples.record.lanes import Lane
from pbt_examples.record.notes import Notes, counted, listed
from pbt_examples.record.place_exploits import Place
from pbt_examples.record.plain_values import Config, agree

UNKNOWN = -1
"""Stands for a donor that no file names, and for its segment."""


class FoundExploit(NamedTuple):
    """An exploit that the reports show.

    Attributes
    ----------
    target, donor : int
        Numbers of the trials; `UNKNOWN` for a donor that no file names.
    iteration, donor_iteration : int
        Iterations of the target and of the donor's state.
    stint : int
        The stint of the target that begins.
    donor_stint : int
        The stint of the donor that the state comes from; `UNKNOWN` if none has that
        iteration.
    donor_config, new_config : dict
        The donor's configuration, and the target's new one.
    """

    target: int
    donor: int
    iteration: int
    donor_iteration: int
    stint: int
    donor_stint: int
    donor_config: Config
    new_config: Config


@dataclass
class Story:
    """What happened in one lane.

    Attributes
    ----------
    configs : list of dict
        The configuration of each stint, as far as it is known.
    segments : list of int
        The segment of each stint.
    void : set of int
        Rows discarded by a failure: the trial continued from an earlier state.
    lost : list of int
        Stints that begin with an exploit that no line of the log describes.
    unsure : list of int
        The last stints, if no source knows their configurations.
    """

    configs: list[Config] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    void: set[int] = field(default_factory=set)
    lost: list[int] = field(default_factory=list)
    unsure: list[int] = field(default_factory=list)


def tell(
    lanes: Mapping[int, Lane],
    log: Sequence[LoggedExploit],
    places: Sequence[Place | None],
    last_configs: Mapping[int, Config],
    names: tuple[str, ...],
    notes: Notes,
) -> tuple[dict[int, Story], list[FoundExploit]]:
    """Return what happened in each lane, and the exploits in the order of the log.

    Parameters
    ----------
    lanes : mapping of int to Lane
        The reports of each trial.
    log : sequence of LoggedExploit
        The log.
    places : sequence of Place or None
        The place of each line of the log.
    last_configs : mapping of int to dict
        The configuration of each trial that has ended, from the state file.
    names : tuple of str
        The tuned hyperparameters.
    notes : Notes
        Receives what is unknown or contradictory.
    """
    begun: dict[int, dict[int, int]] = {trial: {} for trial in lanes}
    for at, place in enumerate(places):
        if place and place.stint < lanes[log[at].target].stints:
            begun[log[at].target][place.stint] = at
    donors = {
        at: _donor_stint(lanes, begun, log, at, stint)
        for own in begun.values()
        for stint, at in own.items()
    }
    witnesses = _witnesses(lanes, begun, log, donors, last_configs, places, names, notes)
    silent = {log[at].donor for at in donors if log[at].donor not in lanes}
    if silent:
        notes.add(
            f"No report can be read of trial {listed(sorted(silent))}, which others "
            "exploited: the donor is unknown there.",
            doubt=True,
        )
    stories: dict[int, Story] = {}
    found: dict[tuple[float, int, int], FoundExploit] = {}
    for trial, lane in lanes.items():
        story = stories[trial] = Story()
        _follow(lane, begun[trial], log, witnesses[trial], names, story)
        _count_segments(lane, {*begun[trial], *story.lost}, story)
        for stint, at in begun[trial].items():
            donor = log[at].donor if log[at].donor in lanes else UNKNOWN
            found[at, trial, stint] = _found(lane, log[at], donor, stint, donors[at])
        for stint in story.lost:
            # In the order of the log, it comes before the next line about this trial.
            later = [at for other, at in begun[trial].items() if other > stint]
            key = min(later, default=len(log)) - 0.5
            found[key, trial, stint] = _lost(lane, trial, stint, story)
    return stories, [found[key] for key in sorted(found)]


def _found(
    lane: Lane, exploit: LoggedExploit, donor: int, stint: int, donor_stint: int
) -> FoundExploit:
    return FoundExploit(
        exploit.target, donor, int(lane.iterations[lane.first[stint] - 1]),
        lane.origin(stint), stint, donor_stint, exploit.donor_config, exploit.new_config,
    )  # fmt: skip


def _lost(lane: Lane, trial: int, stint: int, story: Story) -> FoundExploit:
    return FoundExploit(
        trial, UNKNOWN, int(lane.iterations[lane.first[stint] - 1]), lane.origin(stint),
        stint, UNKNOWN, {}, story.configs[stint],
    )  # fmt: skip


def _donor_stint(
    lanes: Mapping[int, Lane],
    begun: Mapping[int, Mapping[int, int]],
    log: Sequence[LoggedExploit],
    at: int,
    stint: int,
) -> int:
    # Of the donor's stints that have the iteration, take the last one before the exploit,
    # by the order of the log and by the clock, which counts whole seconds.
    target, donor = lanes[log[at].target], lanes.get(log[at].donor)
    if donor is None:
        return UNKNOWN
    own = begun[log[at].donor]
    low = max((other for other, line in own.items() if line < at), default=0)
    high = min((other for other, line in own.items() if line > at), default=donor.stints)
    until = target.stamps[target.first[stint]] + 1
    rows = donor.rows_at(target.origin(stint))
    earlier = [row for row in rows if int(donor.stint[row]) < high]
    timely = [row for row in earlier if not donor.stamps[row] > until]
    inside = [row for row in timely if int(donor.stint[row]) >= low]
    chosen = (inside or timely or earlier)[-1:]
    return int(donor.stint[chosen[0]]) if chosen else UNKNOWN


def _witnesses(
    lanes: Mapping[int, Lane],
    begun: Mapping[int, Mapping[int, int]],
    log: Sequence[LoggedExploit],
    donors: Mapping[int, int],
    last_configs: Mapping[int, Config],
    places: Sequence[Place | None],
    names: tuple[str, ...],
    notes: Notes,
) -> dict[int, dict[int, Config]]:
    witnesses: dict[int, dict[int, Config]] = {
        trial: dict(lane.seen) for trial, lane in lanes.items()
    }
    strange = 0
    for at in sorted(donors):
        stint, told = donors[at], log[at].donor_config
        own = begun.get(log[at].donor, {})
        if stint == UNKNOWN or any(
            other > stint for other, line in own.items() if line < at
        ):
            continue  # a checkpoint from before the donor itself had exploited
        known = witnesses[log[at].donor]
        strange += agree(known.get(stint, {}), told, names) is False
        known.setdefault(stint, told)
    if strange:
        notes.add(
            f"{counted(strange, 'line')} of the log of exploits name a configuration that "
            "the donor did not have; the ancestry may be wrong there.",
            doubt=True,
        )
    waiting = {
        exploit.target
        for exploit, place in zip(log, places, strict=True)
        if place and place.stint == lanes[exploit.target].stints
    }
    for trial, config in last_configs.items():
        if trial in lanes and trial not in waiting:
            last = lanes[trial].stints - 1
            if last not in begun[trial]:
                witnesses[trial].setdefault(last, config)
    return witnesses


def _follow(
    lane: Lane,
    begun: Mapping[int, int],
    log: Sequence[LoggedExploit],
    known: Mapping[int, Config],
    names: tuple[str, ...],
    story: Story,
) -> None:
    # Walk through the stints with the current configuration.
    config: Config = {}
    sure = 0  # the last stint whose configuration a source knows
    for stint in range(lane.stints):
        told = known.get(stint)
        if stint in begun:
            config = log[begun[stint]].new_config | (told or {})
            sure = stint
        elif told is not None and agree(config, told, names) is False:
            where = _where_lost(lane, sure + 1, stint)
            # Nobody knows which stints in between had the old values and which the new.
            for other in range(sure + 1, stint):
                story.configs[other] = _without(story.configs[other], names)
            story.lost.append(where)
            config, sure = told, stint
        elif told is not None:
            config, sure = config | told, stint
        story.configs.append(config)
    story.unsure = [*range(sure + 1, lane.stints)]


def _where_lost(lane: Lane, first: int, last: int) -> int:
    jumps = [
        stint
        for stint in range(first, last + 1)
        if lane.origin(stint) != lane.iterations[lane.first[stint] - 1]
    ]
    return jumps[0] if jumps else last


def _without(config: Config, names: tuple[str, ...]) -> Config:
    return {name: value for name, value in config.items() if name not in names}


def _count_segments(lane: Lane, exploits: set[int], story: Story) -> None:
    segment, rows = 0, list[int]()
    for stint in range(lane.stints):
        if stint in exploits or lane.is_start_over(stint):
            segment += 1
            rows = []
        elif stint:
            # A failure: the trial continues from its checkpoint, and reports again what
            # it had reported after that.
            origin = lane.origin(stint)
            kept = bisect_left(rows, origin + 1, key=lambda row: int(lane.iterations[row]))
            story.void |= {*rows[kept:]}
            rows = rows[:kept]
        story.segments.append(segment)
        rows += range(int(lane.first[stint]), lane.last_row(stint) + 1)
