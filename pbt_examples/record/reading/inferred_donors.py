"""Donors that no line of the log names, but that the hyperparameters give away.

Explore multiplies a number by a factor. If the new value is, to the last bit, that of one
other trial times a factor, that trial is the donor: numbers drawn from a range have too
many digits to agree by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pbt_examples.record.reading.lane_exploits import UNKNOWN, FoundExploit, Story
from pbt_examples.record.reading.lanes import Lane
from pbt_examples.record.reading.notes import Notes, listed
from pbt_examples.record.reading.operations import is_drawn
from pbt_examples.record.reading.plain_values import Config


def infer_donors(
    found: Sequence[FoundExploit],
    lanes: Mapping[int, Lane],
    stories: Mapping[int, Story],
    names: Sequence[str],
    factors: Sequence[float],
    notes: Notes,
) -> list[FoundExploit]:
    """Return the exploits with the donors that only their hyperparameters show."""
    done = list(found)
    told = list[str]()
    for at, each in enumerate(found):
        story = stories[each.target]
        if each.donor != UNKNOWN or each.stint not in {*story.lost} - story.vague:
            continue
        fitting = [*_fitting(each, lanes, stories, names, factors)]
        if len(fitting) == 1:
            [(donor, stint, config)] = fitting
            shown = {name: config[name] for name in config if name in each.new_config}
            done[at] = each._replace(donor=donor, donor_stint=stint, donor_config=shown)
            told.append(f"trial {each.target} after iteration {each.iteration}")
    if told:
        notes.add(
            "No line of the log names the donor, but only one trial had a hyperparameter "
            f"that gives the new one when multiplied by a factor: {listed(told)}."
        )
    return done


def _fitting(
    exploit: FoundExploit,
    lanes: Mapping[int, Lane],
    stories: Mapping[int, Story],
    names: Sequence[str],
    factors: Sequence[float],
) -> Iterator[tuple[int, int, Config]]:
    target = lanes[exploit.target]
    until = target.stamps[target.first[exploit.stint]] + 1
    for trial, lane in lanes.items():
        rows = [
            row
            for row in lane.rows_at(exploit.donor_iteration)
            if trial != exploit.target and not lane.stamps[row] > until
        ]
        for row in rows[-1:]:
            stint = int(lane.stint[row])
            config = lane.configs[row] or stories[trial].configs[stint]
            if any(_is_product(exploit.new_config, config, n, factors) for n in names):
                yield trial, stint, config


def _is_product(new: Config, old: Config, name: str, factors: Sequence[float]) -> bool:
    one, other = old.get(name), new.get(name)
    if not isinstance(one, float) or not isinstance(other, float):
        return False
    return is_drawn(one) and other in [one * factor for factor in factors]
