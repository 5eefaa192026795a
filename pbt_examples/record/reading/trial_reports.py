"""The reports of one trial, from ``progress.csv`` and ``result.json`` together.

Neither file is enough. ``progress.csv`` has a row for every report, but only the columns of
the first one, and no configuration. ``result.json`` has all of a report, but a trial that
resumes overwrites the file with an older copy, so reports are missing. Either may end in
the middle of a line, and either may be empty.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pbt_examples.record.reading.directory import Directory, read_if_possible
from pbt_examples.record.reading.notes import Notes
from pbt_examples.record.reading.plain_values import Config, encodable, plain_config
from pbt_examples.record.reading.ray_columns import COUNTERS, STAMPS, UNUSED
from pbt_examples.record.reading.report_files import read_csv, read_results


@dataclass(frozen=True)
class Reports:
    """What one trial reported.

    Attributes
    ----------
    table : DataFrame
        One row per report, in the order in which they came. Has at least `COUNTERS`,
        ``time_this_iter_s``, ``timestamp`` and ``pid``.
    configs : list of (dict or None)
        The configuration in ``result.json`` for each row, if it has one.
    """

    table: pd.DataFrame
    configs: list[Config | None]


def read_reports(
    directory: Directory, who: str, header: Sequence[str], notes: Notes
) -> tuple[Reports | None, list[str]]:
    """Read what is complete in the files of a trial.

    Parameters
    ----------
    directory : Directory
        The trial's folder.
    who : str
        Name of the trial in notes.
    header : sequence of str
        The columns of another trial, for a ``progress.csv`` that lacks its header.
    notes : Notes
        Receives what was left out.

    Returns
    -------
    Reports or None
        None if the trial reported nothing.
    list of str
        All columns of ``progress.csv``, empty if it has no header that could be used.
    """
    files = directory.files()
    columns: dict[str, list[Any]] = {}
    names: list[str] = []
    results: list[dict[str, Any]] = []
    if "result.json" in files:
        what = f"result.json of {who}"
        text = read_if_possible(directory, "result.json", what, notes)
        results = read_results(text, what, notes)
    if "progress.csv" in files:
        what = f"progress.csv of {who}"
        text = read_if_possible(directory, "progress.csv", what, notes)
        columns, names = read_csv(text, header, results, what, notes)
    merged = _merge(columns, results)
    return merged, names


def _merge(columns: dict[str, list[Any]], results: list[dict]) -> Reports | None:
    length = len(columns.get("training_iteration", ()))
    if not length:
        columns = {}
    partners = _partners(columns, length, results)
    order = _order(columns, length, results, partners)
    if not order:
        return None
    configs: list[Config | None] = [None] * length
    flat_configs = _configs(results)
    known: list[Mapping[str, Any] | None] = [None] * length
    for result, row, config in zip(results, partners, flat_configs, strict=True):
        if row is not None:
            known[row], configs[row] = result, config
    rows = [
        (known[at], configs[at]) if at < length else
        (results[at - length], flat_configs[at - length])
        for at in order
    ]  # fmt: skip
    table = {
        name: [values[at] if at < length else _entry(results[at - length], name)
               for at in order]
        if len(order) > length or name not in columns else values
        for name, values in columns.items()
    }  # fmt: skip
    for name in _more_columns(results, columns):
        table[name] = [_entry(known, name) for known, _ in rows]
    return Reports(_completed(table, len(order)), [config for _, config in rows])


def _partners(columns: dict[str, list[Any]], length: int, results: list[dict]) -> list:
    # The row in progress.csv of each report in result.json: both have the same order, and
    # the numbers that both have, down to the time of an iteration, are equal.
    if not results or not length:
        return [None] * len(results)
    shared = [n for n in (*COUNTERS, *STAMPS) if n in columns and n in results[0]]
    if all([each.get(name) for each in results] == columns[name] for name in shared):
        return [*range(length)]  # as in nearly all files
    keys = [*zip(*(columns[name] for name in shared), strict=True)]
    places: dict[tuple, list[int]] = {}
    partners: list[int | None] = []
    after = 0
    for result in results:
        key = tuple(map(result.get, shared))
        if after < length and keys[after] == key:
            partners.append(after)
            after += 1
            continue
        key = tuple(map(_hashable, key))
        if not places:
            for row, other in enumerate(keys):
                places.setdefault(tuple(map(_hashable, other)), []).append(row)
        rows = places.get(key, [])
        at = bisect_left(rows, after)
        partners.append(rows[at] if at < len(rows) else None)
        after = rows[at] + 1 if at < len(rows) else after
    return partners


def _hashable(value: Any) -> Any:
    # A spreadsheet that has saved the file wrote fewer digits.
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, (int, str)) else None


def _order(
    columns: dict[str, list[Any]], length: int, results: list[dict], partners: list
) -> list[int]:
    # Rows of progress.csv by their number. Reports that only result.json has, numbered from
    # `length` on, come after the last row that is, or seems to be, earlier.
    if None not in partners:
        return [*range(length)]
    stamps = columns.get("timestamp", [math.nan] * length)
    following, ahead = [], length
    for partner in reversed(partners):
        ahead = partner if partner is not None else ahead
        following.append(ahead)
    order: list[int] = []
    at = 0
    for number, (partner, until) in enumerate(
        zip(partners, reversed(following), strict=True)
    ):
        if partner is not None:
            order += range(at, partner + 1)
            at = partner + 1
            continue
        stamp = results[number].get("timestamp")
        while at < until and isinstance(stamp, (int, float)) and stamps[at] <= stamp:
            order.append(at)
            at += 1
        order.append(length + number)
    return [*order, *range(at, length)]


def _configs(results: list[dict]) -> list[Config | None]:
    # Equal consecutive configurations share one object, since those of RLlib are long.
    configs: list[Config | None] = []
    before: Any = None
    for result in results:
        nested = result.get("config")
        if not isinstance(nested, dict):
            configs.append(None)
        elif configs and nested == before and configs[-1] is not None:
            configs.append(configs[-1])
        else:
            configs.append(plain_config(nested))
        before = nested
    return configs


def _more_columns(results: list[dict], columns: dict[str, list[Any]]) -> list[str]:
    # Entries that the first report lacked, under their names in a CSV file.
    filled = {name for name, values in columns.items() if values[0] == values[0]}
    known: dict[str, set[str]] = {"": {*filled, *UNUSED}}
    names: dict[str, None] = {}
    for result in results:
        _add_names(result, "", known, names)
    return [name for name in names if name not in columns and name not in UNUSED]


def _add_names(
    nested: dict[str, Any], prefix: str, known: dict[str, set[str]], names: dict[str, None]
) -> None:
    # Adds the names of what a table can hold. `known` has those that each prefix had,
    # except where it had None, in whose place a dictionary may come.
    before = known.setdefault(prefix, set())
    if nested.keys() <= before:  # as in nearly all reports
        return
    for name in [name for name in nested if name not in before]:
        value = nested[name]
        if type(value) is dict and value:
            _add_names(value, f"{prefix}{name}/", known, names)
        elif type(value) not in (dict, list):
            names[f"{prefix}{name}"] = None
            if value is not None:
                before.add(name)


def _entry(result: Mapping[str, Any] | None, name: str) -> Any:
    value: Any = result if result is not None else {}
    if name not in value:
        for part in name.split("/"):
            value = value.get(part) if isinstance(value, Mapping) else None
    else:
        value = value[name]
    if isinstance(value, str):
        return encodable(value)
    plain = isinstance(value, (bool, int, float))
    return value if plain and not _is_huge(value) else math.nan


def _is_huge(value: Any) -> bool:
    return isinstance(value, int) and abs(value) >= 2**63


def _completed(columns: dict[str, list[Any]], length: int) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    if "iterations_since_restore" not in table or not pd.api.types.is_integer_dtype(
        table["iterations_since_restore"]
    ):
        table["iterations_since_restore"] = _counted_since(table["training_iteration"])
    for name in STAMPS:
        if name not in table:
            table[name] = math.nan
        elif not pd.api.types.is_numeric_dtype(table[name]):
            table[name] = pd.to_numeric(table[name], errors="coerce")
    return table


def _counted_since(iterations: pd.Series) -> pd.Series:
    # A report that does not continue the one before it starts the count again.
    begins = iterations.diff() != 1
    return iterations.groupby(begins.cumsum()).cumcount() + 1
