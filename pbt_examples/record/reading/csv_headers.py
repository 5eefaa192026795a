"""Find the header of each row of a ``progress.csv``.

After ``Tuner.restore`` Ray appends to the file without writing a header, though the columns
are then those of the first report that follows. ``result.json`` has the names of a report
in the order of its columns, so it shows where they change. Only the first report after a
trial has resumed can bring other columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pbt_examples.record.reading.ray_columns import RAY_COLUMNS
from pbt_examples.record.tables import flatten

Header = tuple[str, ...]

_KEY = ("training_iteration", "time_this_iter_s")
_COUNT, _STAMP = "iterations_since_restore", "timestamp"


def headers_of_rows(
    rows: Sequence[list[str]], names: Header, results: Sequence[Mapping[str, Any]]
) -> list[Header] | None:
    """Return the header of each row; None if it is the same for all.

    Parameters
    ----------
    rows : sequence of list of str
        The cells of each row.
    names : tuple of str
        The header of the file.
    results : sequence of dict
        The reports in ``result.json``.
    """
    if not results or not {*_KEY, _COUNT} <= {*names}:
        return None
    # Ray adds these columns after all others, so they have the same place from the end.
    key = [names.index(name) - len(names) for name in _KEY]
    count = names.index(_COUNT) - len(names)
    stamp = names.index(_STAMP) - len(names) if _STAMP in names else None
    reports = _Reports(results)
    found, current = [names] * len(rows), names
    begins: list[int] = []  # of stints, since the last row whose header is known
    for at, row in enumerate(rows):
        if len(row) < -min(*key, count):
            continue  # a broken line
        if row[count] == "1" and at:
            begins.append(at)
        if begins or len(row) != len(current):
            report = reports.at(*(row[place] for place in key))
            if report is not None:
                before, current = current, _chosen(row, current, report, reports.headers)
                if current != before:
                    first = _changed(rows, begins or [at], len(current), stamp)
                    found[first:at] = [current] * (at - first)
                begins = []
        found[at] = current
    return found if any(header != names for header in found) else None


def _changed(
    rows: Sequence[list[str]], begins: Sequence[int], length: int, stamp: int | None
) -> int:
    # Of the stints since the last known row, the first after the longest pause, which is
    # that of the whole experiment; or the first row of another length.
    for begin in begins:
        if len(rows[begin]) == length != len(rows[begin - 1]):
            return begin
    if stamp is None:
        return begins[0]
    return max(begins, key=lambda at: _pause(rows[at - 1], rows[at], stamp))


def _pause(before: list[str], after: list[str], stamp: int) -> float:
    try:
        return float(after[stamp]) - float(before[stamp])
    except (IndexError, ValueError):
        return -math.inf


class _Reports:
    """The reports in ``result.json``, by two of their cells, and their headers."""

    def __init__(self, results: Sequence[Mapping[str, Any]]) -> None:
        self.results = results
        # Most rows that are looked up are the first after a trial has resumed.
        self.places = {_texts(each): each for each in results if each.get(_COUNT) == 1}
        self.has_all = False
        self._headers: list[Header] | None = None

    def at(self, *key: str) -> Mapping[str, Any] | None:
        if key not in self.places and not self.has_all:
            self.places = {_texts(each): each for each in self.results}
            self.has_all = True
        return self.places.get(key)

    @property
    def headers(self) -> Iterator[Header]:
        if self._headers is None:
            self._headers = [*dict.fromkeys(tuple(_flat(each)) for each in self.results)]
        yield from self._headers


def _texts(report: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(report.get(name)) for name in _KEY)


def _flat(report: Mapping[str, Any]) -> dict[str, Any]:
    return flatten({name: value for name, value in report.items() if name != "config"})


def _chosen(
    row: list[str], current: Header, report: Mapping[str, Any], others: Iterator[Header]
) -> Header:
    # The header under which a row says what the report says.
    flat = _flat(report)
    for header in (current, tuple(flat)):
        if _fits(row, header, flat):
            return header
    return next((other for other in others if _fits(row, other, flat)), current)


def _fits(row: list[str], header: Header, flat: Mapping[str, Any]) -> bool:
    return len(row) == len(header) and all(
        _same(cell, flat[name]) if name in flat else not cell or name in RAY_COLUMNS
        for name, cell in zip(header, row, strict=True)
    )


def _same(cell: str, value: Any) -> bool:
    # What is no number is written in several ways.
    if type(value) not in (int, float) or cell == str(value):
        return True
    try:
        number = float(cell)
    except ValueError:
        return False
    return math.isclose(number, value, rel_tol=1e-5) or (
        number != number and value != value
    )
