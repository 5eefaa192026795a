"""Tables of a report as HTML, with numbers to the right and long tables folded."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
from pbt_examples.record.reading.notes import counted

SHOWN = 12
"""Rows of a long table that are shown while it is folded."""
MOST = 2000
"""Rows of a table that is a file as well: a browser takes seconds to lay out more."""


def table(
    name: str, data: pd.DataFrame, *, shown: int | None = None, file: str | None = None
) -> str:
    """Return a table, of which `shown` rows are visible and the rest can be unfolded.

    If a file beside the page has all rows, the page has no more than `MOST`.
    """
    if shown is None or len(data) <= shown:
        return _region(name, data)
    kept = data if file is None else data.head(MOST)
    rest, lost = len(kept) - shown, len(data) - len(kept)
    what = "last row is" if lost == 1 else f"last {lost} rows are"
    where = f'<p>The {what} in <a href="{file}">{file}</a>.</p>'
    more = counted(rest, "more row")
    return (
        f"{_region(name, data.head(shown))}<details><summary>{more}</summary>"
        f"{_region(f'{name}, continued', kept.tail(rest))}{where if lost else ''}</details>"
    )


def _region(name: str, data: pd.DataFrame) -> str:
    # A wide table scrolls by itself, for which the tab key must reach it.
    label = f'role="region" tabindex="0" aria-label="{escape(name)}"'
    heads = [(str(column), _is_number(data[column])) for column in data]
    head = "".join(f"<th scope=col{_right(n)}>{escape(c)}</th>" for c, n in heads)
    rows = (
        "<tr>"
        + "".join(
            f"<td{_right(right)}>{escape(_cell(value))}</td>"
            for value, (_, right) in zip(row, heads, strict=True)
        )
        + "</tr>"
        for row in data.itertuples(index=False, name=None)
    )
    return (
        f'<div class="table" {label}><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _right(is_number: bool) -> str:
    return " class=n" if is_number else ""


def _is_number(column: pd.Series) -> bool:
    types = pd.api.types
    return types.is_numeric_dtype(column) and not types.is_bool_dtype(column)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    return "" if value is None else str(value)
