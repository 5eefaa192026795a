"""Whether the log of exploits is whole, or a restored experiment has lost its beginning.

The session that restores an experiment begins a log of its own. Its first line replaces the
earlier log.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pbt_examples.record.reading.exploit_log import LOG, LoggedExploit
from pbt_examples.record.reading.lane_exploits import Story
from pbt_examples.record.reading.lanes import Lane
from pbt_examples.record.reading.notes import Notes
from pbt_examples.record.reading.operations import is_drawn
from pbt_examples.record.reading.place_exploits import Place
from pbt_examples.record.reading.state_file import ExperimentState


def is_whole(
    state: ExperimentState,
    lanes: Mapping[int, Lane],
    log: Sequence[LoggedExploit],
    places: Sequence[Place | None],
) -> bool:
    """Return whether the files show that the log has lost no line.

    That of an experiment that never was restored ends, for each target, with the line with
    which its policy ends. If it was restored, lines from before show that nothing has
    replaced the log.
    """
    if not log or None in places or any(exploit.is_lost for exploit in log):
        return False
    if not state.has_ended:
        return False  # the log may be an older copy than the reports
    if not state.restored:
        last = {exploit.target: exploit for exploit in log}
        perturbed = {trial.number for trial in state.trials if trial.perturbed}
        return perturbed <= {*last} and all(each.ends_policy for each in last.values())
    if not state.restorations:
        return False
    begun = [
        lanes[exploit.target].stamps[lanes[exploit.target].first[place.stint]]
        for exploit, place in zip(log, places, strict=True)
        if place and place.stint < lanes[exploit.target].stints
    ]
    return bool(begun) and min(begun) + 1 < state.restorations[0]


def note_restored(
    state: ExperimentState,
    lanes: Mapping[int, Lane],
    stories: Mapping[int, Story],
    names: tuple[str, ...],
    notes: Notes,
    *,
    unperturbed: Collection[int],
    is_whole: bool,
) -> None:
    """Note that an experiment was restored; it is a doubt if the log may lack lines."""
    if not state.restored:
        return
    if is_whole or (
        state.restorations
        and all(
            trial in unperturbed
            or _is_explained(lane, stories[trial], state.restorations[-1], names)
            for trial, lane in lanes.items()
        )
    ):
        notes.add(f"The experiment was restored, but {LOG} has lost no line of it.")
        return
    notes.add(
        f"The experiment was restored, so Ray may have lost earlier lines of {LOG}: an "
        "exploit that shows neither in these lines nor in a configuration is missing.",
        doubt=True,
    )


def _is_explained(lane: Lane, story: Story, until: float, names: tuple[str, ...]) -> bool:
    # The log has all lines since the last restoration. Before, each stint must have begun
    # with a line, or have the first configuration, if no exploit can lead to it by chance.
    config = story.configs[0]
    is_telling = any(
        is_drawn(config[name]) for name in names if isinstance(config.get(name), float)
    )
    kept = story.kept if is_telling else 0
    return not story.lost and all(
        story.segments[stint] > story.segments[stint - 1]
        for stint in range(kept + 1, lane.stints)
        if lane.stamps[lane.first[stint] - 1] <= until + 1
    )
