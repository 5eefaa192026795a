"""One experiment: this project's settings, against Ray's, and Ray's with actors reused."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.measuring import Rows, answer, median, start_python

SLOTS = 2
WAYS = {
    "ours": "as in this gallery",
    "reuse": "`reuse_actors=True` alone",
    "stock": "Ray's",
}

# name, population (0: no scheduler), iterations, and how often each way is run. Ray's
# own settings take so long that large populations stop early and run once.
FULL = [
    ("basic PBT", 2, 100, {"ours": 5, "reuse": 1, "stock": 1}),
    ("grid search", 0, 100, {"ours": 3, "reuse": 3, "stock": 3}),
    ("PBT, 4 trials", 4, 16, {"ours": 3, "reuse": 1, "stock": 1}),
    ("PBT, 8 trials", 8, 8, {"ours": 3, "reuse": 1, "stock": 1}),
    ("PBT, 32 trials", 32, 8, {"ours": 3, "reuse": 1, "stock": 1}),
]
SMALL = [("basic PBT", 2, 12, {"ours": 1, "stock": 1})]


def measure(*, small: bool) -> dict[str, Any]:
    """Time ``Tuner.fit`` and the whole script, from the start of its process."""
    table: Rows = []
    for name, population, iterations, runs in SMALL if small else FULL:
        table += [
            _row(name, population, iterations, way, count) for way, count in runs.items()
        ]
    if not small:
        table.append(_row("Ray started and stopped", 0, 0, "nothing", 3))
    ours, stock = (
        next(row for row in table if row["settings"] == WAYS[way])
        for way in ("ours", "stock")
    )
    ratios = {
        "fit": stock["`fit` (s)"] / ours["`fit` (s)"],
        "whole script": stock["script (s)"] / ours["script (s)"],
    }
    return {"tables": {"one experiment": table}, "ratios": ratios}


def _row(
    name: str, population: int, iterations: int, way: str, count: int
) -> dict[str, Any]:
    runs = [_run(way, population, iterations) for _ in range(count)]
    return {
        "experiment": name,
        "settings": WAYS.get(way, ""),
        "iterations": iterations,
        "`fit` (s)": median(run["fit"] for run in runs),
        "script (s)": median(run["script"] for run in runs),
        "rows kept": runs[0]["rows"],
        "reports": (population or 2) * iterations,
        "runs": count,
    }


def _run(way: str, population: int, iterations: int) -> dict[str, float]:
    begin = time.perf_counter()
    what = f"{way},{population},{iterations}"
    [run] = answer(start_python("-m", "benchmarks.one_experiment", SLOTS, what))
    return run | {"script": time.perf_counter() - begin}
