"""Which trial a folder belongs to, if no state file says so.

The scheduler's log names trials by their numbers, so folders that are merely counted in the
order of their names would give wrong donors.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from pbt_examples.record.reading.directory import Directory

FOLDER = re.compile(r"(?:^|_)([0-9a-f]+)_\d{5}_(\d+)(.*?)(?:_\d{4}-\d\d-\d\d.*)?$")
"""The name of a trial's folder has the run, the trial's number and its tag:
``train_fn_677c7_00003_3_lr=0.3768_2026-11-27_17-03-02``."""
_OLD_FOLDER = re.compile(r"(\d{1,9})(?:_.*)?_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d.*$")
"""What old releases write after the name of the trainable."""
_TAG = re.compile(r"(\d{1,9})(?:_|$)")
_TRIAL_ID = re.compile(r"[0-9a-f]+_(\d{5,9})$")


def trial_numbers(directory: Directory, names: Sequence[str]) -> list[int] | None:
    """Return the number of the trial in each folder, or None if it cannot be known.

    Parameters
    ----------
    directory : Directory
        The experiment's.
    names : sequence of str
        The folders of its trials.
    """
    for found in _guesses(directory, names):
        numbers = [number for number in found if number is not None]
        if len({*numbers}) == len(names):
            return numbers
    return None


def _guesses(directory: Directory, names: Sequence[str]) -> Iterator[list[int | None]]:
    # The surest first: names that only Ray gives, what the reports say, other names.
    yield [int(match[2]) if (match := FOLDER.search(name)) else None for name in names]
    yield [_reported(directory.folder(name)) for name in names]
    pairs = zip(min(names), max(names), strict=False)
    shared = "".join(one for one, other in takewhile(lambda p: p[0] == p[1], pairs))
    ends = [name[shared.rfind("_") + 1 :] for name in names]
    yield [int(match[1]) if (match := _OLD_FOLDER.match(end)) else None for end in ends]
    counted = [int(match[1]) if (match := _TAG.match(end)) else None for end in ends]
    if {*counted} == {*range(len(names))}:
        yield counted


def _reported(folder: Directory) -> int | None:
    """Return the number in the first report of a trial, if it has one."""
    for report in _first_reports(folder):
        tag, identifier = (str(report.get(n)) for n in ("experiment_tag", "trial_id"))
        match = _TAG.match(tag) or _TRIAL_ID.match(identifier)
        if match:
            return int(match[1])
    return None


def trial_id(folder: Directory) -> str | None:
    """Return Ray's name for the trial in a folder, from its first report."""
    return first_entry(folder, "trial_id")


def first_entry(folder: Directory, name: str) -> str | None:
    """Return an entry of the first report of the trial in a folder."""
    found = (str(report[name]) for report in _first_reports(folder) if report.get(name))
    return next(found, None)


def _first_reports(folder: Directory) -> Iterator[dict]:
    files = folder.files()
    try:
        if "progress.csv" in files:
            lines = folder.read("progress.csv").split("\n", 2)
            yield from csv.DictReader(lines[:2])
        if "result.json" in files:
            entry = json.loads(folder.read("result.json").partition("\n")[0])
            yield entry if isinstance(entry, dict) else {}
    except (OSError, ValueError, RecursionError, csv.Error):
        return  # what cannot be read is noted where all of it is read
