"""The columns of a run's tables: names, order and dtypes, in one place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

HISTORY_COLUMNS = ("trial", "segment", "iteration", "time", "duration", "pid")
EXPLOIT_COLUMNS = (
    "iteration", "target", "donor", "donor_iteration", "segment", "donor_segment",
    "target_score", "donor_score",
)  # fmt: skip
EVENT_COLUMNS = ("time", "trial", "event")
TIMING_COLUMNS = ("time", "duration", "pid")
"""The columns of a history that may differ between two runs with the same seed."""


def exploit_columns(hyperparameters: Sequence[str]) -> list[str]:
    """Return the columns of a table of exploits, in order."""
    parts = ("donor", "new", "operation")
    return [*EXPLOIT_COLUMNS, *(f"{h}_{part}" for h in hyperparameters for part in parts)]


def exploits_table(
    rows: list[dict[str, Any]], history: pd.DataFrame, hyperparameters: Sequence[str]
) -> pd.DataFrame:
    """Return a table of exploits; an empty one has the dtypes of a non-empty one.

    While a run is being saved, a reader may find a newer table beside an older description.
    """
    table = pd.DataFrame(rows, columns=exploit_columns(hyperparameters))
    if rows:
        return table
    dtypes: dict[str, Any] = dict.fromkeys(EXPLOIT_COLUMNS, "int64")
    dtypes |= {"target_score": "float64", "donor_score": "float64"}
    for name in hyperparameters:
        dtypes[f"{name}_donor"] = dtypes[f"{name}_new"] = history[name].dtype
        dtypes[f"{name}_operation"] = "str"
    return table.astype(dtypes)


def empty_table(columns: Sequence[str]) -> pd.DataFrame:
    """Return a table without rows."""
    return pd.DataFrame(columns=list(columns))


def require_columns(name: str, table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise a `ValueError` that lists the columns a table lacks, if any."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(
            f"{name} lacks the columns {missing}; it has {list(table.columns)}"
        )


def find_rows(
    history: pd.DataFrame, trials: Any, segments: Any, iterations: Any
) -> NDArray[np.intp]:
    """Return the position of each of these reports in a history; -1 if it is not there."""
    places = pd.MultiIndex.from_frame(history[["trial", "segment", "iteration"]])
    rows = np.flatnonzero(~places.duplicated())
    found = places[rows].get_indexer(
        pd.MultiIndex.from_arrays([trials, segments, iterations])
    )
    return np.where(found < 0, -1, rows[found])


def free_name(name: str, prefix: str, taken: Collection[str]) -> str:
    """Return a name for a column, with a prefix such as ``config/`` if it is taken."""
    while name in taken:
        name = f"{prefix}/{name}"
    return name


def free_names(names: Iterable[str], prefix: str, taken: Collection[str]) -> dict[str, str]:
    """Return a free name for each column, as `free_name` does, and no name twice.

    A column keeps its own name if it can, so that others have to make way for it.
    """
    names = [*names]
    own = {name: name for name in names if name not in taken}
    used = {*taken, *own}
    for name in names:
        if name not in own:
            own[name] = free_name(name, prefix, used)
            used.add(own[name])
    return {name: own[name] for name in names}


def flatten(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of nested dictionaries under names such as ``optimizer/lr``.

    Ray's own tables use the same names. An empty dictionary has no entries and so
    disappears.
    """
    return dict(_flat(nested, ""))


def _flat(nested: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", value
