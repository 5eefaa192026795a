"""Read what is complete in the two files of a trial's reports."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from io import StringIO
from itertools import chain
from operator import eq
from typing import Any

from pbt_examples.record.reading.csv_headers import Header, headers_of_rows
from pbt_examples.record.reading.notes import Notes, counted
from pbt_examples.record.reading.ray_columns import COUNTERS, UNUSED

_MOST = 2**53
"""A counter is smaller than this."""


# progress.csv


def read_csv(
    text: str,
    header: Sequence[str],
    results: Sequence[dict[str, Any]],
    where: str,
    notes: Notes,
) -> tuple[dict[str, list[Any]], list[str]]:
    """Return the columns of a ``progress.csv`` that are used, and its whole header.

    `header` is for a file that lacks its own. `results` are the reports in
    ``result.json``, which show where rows have other columns.
    """
    rows, broken = _whole_rows(text)
    if not rows:
        if broken:
            notes.add(f"Left out: {where}, which is garbled.")
        return {}, []
    if "training_iteration" in rows[0]:
        names, *rows = rows
    elif len(rows[0]) == len(header):
        names = list(header)
        notes.add(f"{where} has no header; that of another trial was used.")
    else:
        notes.add(f"Left out: {where}, which has no header.")
        return {}, []
    rows = [row for row in rows if row != names]  # a restored trial may write it again
    if repeated := sum(map(eq, rows, rows[1:])):
        rows = [
            row for row, before in zip(rows, [[], *rows], strict=False) if row != before
        ]
        notes.add(f"Left out: {counted(repeated, 'repeated line')} of {where}.")
    if headers := headers_of_rows(rows, tuple(names), results):
        every = [*dict.fromkeys(chain(names, *{*headers}))]
        rows = [_rearranged(*pair, every) for pair in zip(rows, headers, strict=True)]
        notes.add(
            f"{where} has no header where its columns change, after the experiment was "
            "restored; result.json shows where that is."
        )
        names = every
    whole = [row for row in rows if len(row) == len(names)]
    broken += len(rows) - len(whole)
    cells = dict(zip(names, zip(*whole, strict=True), strict=True)) if whole else {}
    counters = [name for name in COUNTERS if name in cells]
    if not all(_are_counts(cells[name]) for name in counters):
        cells |= {name: tuple(map(_whole_number, cells[name])) for name in counters}
        whole = [list(row) for row in zip(*cells.values(), strict=True)]
        good = [all(_are_counts([cells[name][at]]) for name in counters)
                for at in range(len(whole))]  # fmt: skip
        broken += good.count(False)
        kept = [row for row, fine in zip(whole, good, strict=True) if fine]
        cells = dict(zip(names, zip(*kept, strict=True), strict=True)) if kept else {}
    if broken:
        notes.add(f"Left out: {counted(broken, 'incomplete or garbled line')} of {where}.")
    return {n: _values(cells[n]) for n in cells if n not in UNUSED}, names


def _rearranged(row: list[str], header: Header, names: list[str]) -> list[str]:
    if len(row) != len(header):
        return []  # it is left out as a broken line
    cells = dict(zip(header, row, strict=True))
    return [cells.get(name, "") for name in names]


def _whole_rows(text: str) -> tuple[list[list[str]], int]:
    # The last line is complete only if it ends: "12" may have been about to become "123".
    whole, _, rest = text.rpartition("\n")
    broken = int(bool(rest.strip("\0 \r")))
    rows: list[list[str]] = []
    reader = csv.reader(StringIO(whole, newline=""))
    while True:
        try:
            rows += filter(None, reader)
        except csv.Error:  # a zero byte in old Python releases, or a cell without an end
            broken += 1
            continue
        break
    if "\0" in whole:
        good = [row for row in rows if not any("\0" in cell for cell in row)]
        rows, broken = good, broken + len(rows) - len(good)
    return rows, broken


def _are_counts(cells: Sequence[str]) -> bool:
    together, lengths = "".join(cells), {*map(len, cells)}
    return together.isascii() and together.isdigit() and lengths <= {*range(1, 16)}


def _whole_number(cell: str) -> str:
    # A trainable that reports its own ``training_iteration`` may report 4.0.
    number, _, rest = cell.partition(".")
    return number if rest and not rest.strip("0") else cell


def _values(cells: Sequence[str]) -> list[Any]:
    """Return the values of cells: integers, floats, booleans or strings."""
    are_numbers = "_" not in "".join(cells)  # which Python takes for part of a number
    for number in (int, float, _float_or_nan) if are_numbers else ():
        try:
            return [*map(number, cells)]
        except ValueError:
            pass
    truths = {"True": True, "False": False}
    if {*cells} <= {*truths}:
        return [truths[cell] for cell in cells]
    return [cell or math.nan for cell in cells]


def _float_or_nan(cell: str) -> float:
    return float(cell) if cell else math.nan


# result.json


def read_results(text: str, where: str, notes: Notes) -> list[dict[str, Any]]:
    """Return the reports of a ``result.json``, one per line."""
    lines = [line for line in text.split("\n") if line.strip("\0 \r")]
    # If all lines are whole, they take two thirds of the time at once.
    entries = _parsed(f"[{','.join(lines)}]")
    if not isinstance(entries, list) or len(entries) != len(lines):
        entries = [_parsed(line) for line in lines]
    reports = [entry for entry in entries if _is_report(entry)]
    if reports and type(reports[0]["training_iteration"]) is float:
        for report in reports:  # its trainable counts in floats
            report["training_iteration"] = int(report["training_iteration"])
    if broken := len(lines) - len(reports):
        notes.add(f"Left out: {counted(broken, 'incomplete or garbled line')} of {where}.")
    return reports


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_report(entry: Any) -> bool:
    iteration = entry.get("training_iteration") if isinstance(entry, dict) else None
    if type(iteration) is float:
        return iteration.is_integer() and 0 <= iteration < _MOST
    return type(iteration) is int and 0 <= iteration < _MOST  # a bool is an int, too
