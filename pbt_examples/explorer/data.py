"""A run as data for the explorer's script, with no more than a screen can show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from pbt_examples.record.run import Run
from pbt_examples.record.tables import HISTORY_COLUMNS

MOST_REPORTS = 120_000
"""The most reports that are kept in full; a longer history is thinned out."""

DIGITS = 7
"""Significant digits of metrics, finer than any pixel. The run's files have all digits."""

Key = tuple[int, int]


def run_data(run: Run) -> dict[str, Any]:
    """Return a run ready for JSON, as ``RunData`` in ``script/run.js`` describes it."""
    metrics = _metrics(run)
    history = run.history
    if len(history) > MOST_REPORTS:
        history = thin(run)
    history = history.sort_values(["trial", "segment"], kind="stable")
    lanes = history.groupby(["trial", "segment"], sort=True)
    # As lists at once: slicing a table for each of thousands of segments takes seconds.
    columns = {
        "iteration": history["iteration"].tolist(),
        "time": history["time"].tolist(),
        **{name: history[name].tolist() for name in [*metrics, *run.hyperparameters]},
    }
    sizes = lanes.size()
    ends = np.cumsum(sizes).tolist()
    segments = [
        _segment(run, key, columns, slice(begin, end), metrics)
        for key, begin, end in zip(sizes.index, [0, *ends[:-1]], ends, strict=True)
    ]
    _add_origins(run, segments)
    return {
        "metric": run.metric,
        "mode": run.mode,
        "metrics": metrics,
        "hyperparameters": list(run.hyperparameters),
        "domains": {name: run.info.domains.get(name) for name in run.hyperparameters},
        "winner": run.winner,
        "trials": run.trials,
        "reports": len(run.history),
        "segments": segments,
    }


def thin(run: Run) -> pd.DataFrame:
    """Return the reports of a long history that its figures need.

    Each segment is cut into pieces. The first report of each piece is kept, and those with
    the smallest and the largest metric; so are both ends of each segment and exploit.
    """
    history = run.history.reset_index(drop=True)
    kept = 3 * len(run.trials)  # of each piece
    pieces = max(1, MOST_REPORTS // kept)
    longest = history.groupby("trial").size().max()
    size = max(1, math.ceil(longest / pieces))
    lanes = history.groupby(["trial", "segment"], sort=False)
    piece = lanes.cumcount() // size
    groups = history[run.metric].groupby([history["trial"], history["segment"], piece])
    places = [groups.head(1).index, groups.idxmin().dropna(), groups.idxmax().dropna()]
    places += [lanes.tail(1).index, _donors(run, history)]
    return history.loc[np.unique(np.concatenate([np.asarray(p, int) for p in places]))]


def _donors(run: Run, history: pd.DataFrame) -> Any:
    # The reports from which targets continued.
    donors = run.exploits[["donor", "donor_segment", "donor_iteration"]]
    donors = donors.set_axis(["trial", "segment", "iteration"], axis="columns")
    rows = history[["trial", "segment", "iteration"]].reset_index()
    return rows.merge(donors.drop_duplicates())["index"]


def _metrics(run: Run) -> list[str]:
    # The one by which trials are ranked comes first.
    names = [
        str(name)
        for name in run.history.columns
        if name not in HISTORY_COLUMNS
        and name not in run.hyperparameters
        and pd.api.types.is_numeric_dtype(run.history[name])
        and not pd.api.types.is_bool_dtype(run.history[name])
    ]
    return sorted(names, key=lambda name: name != run.metric)


def _segment(
    run: Run, key: Any, columns: dict[str, list[Any]], rows: slice, metrics: list[str]
) -> dict[str, Any]:
    times = columns["time"][rows]
    return {
        "trial": int(key[0]),
        "number": int(key[1]),
        "iteration": columns["iteration"][rows],
        "time": [round(t, 3) for t in times] if all(map(math.isfinite, times)) else None,
        "values": {name: [_short(v) for v in columns[name][rows]] for name in metrics},
        "config": {name: _plain(columns[name][rows.start]) for name in run.hyperparameters},
        "parent": -1,
        "donorIteration": 0,
        "exploitIteration": 0,
        "changes": {},
    }


def _add_origins(run: Run, segments: list[dict[str, Any]]) -> None:
    places: dict[Key, int] = {
        (segment["trial"], segment["number"]): place
        for place, segment in enumerate(segments)
    }
    for exploit in run.exploits.to_dict("records"):
        target = places.get((exploit["target"], exploit["segment"]))
        donor = places.get((exploit["donor"], exploit["donor_segment"]))
        if target is None or donor is None:
            continue  # nothing was reported there
        segments[target] |= {
            "parent": donor,
            "donorIteration": int(exploit["donor_iteration"]),
            "exploitIteration": int(exploit["iteration"]),
            "changes": {
                name: [
                    _plain(exploit[f"{name}_donor"]),
                    _plain(exploit[f"{name}_new"]),
                    _operation(exploit[f"{name}_operation"]),
                ]
                for name in run.hyperparameters
            },
        }


def _operation(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _short(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it; what JSON cannot hold becomes a string."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
