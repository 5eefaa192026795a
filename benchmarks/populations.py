"""Several populations in one experiment, against one experiment each, one after another."""

from __future__ import annotations

import time
from typing import Any

from pbt_examples import Run, same_history
from pbt_examples.toy import toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import (
    Population,
    buffered_reports,
    ray_session,
    run_experiment,
    run_populations,
)

from benchmarks.measuring import Rows, median

Runs = dict[int, Run]


def measure(*, small: bool) -> dict[str, Any]:
    """Time each way in turn, within one Ray session, and check that the runs agree."""
    populations, iterations, repeats = (3, 24, 1) if small else (16, 100, 3)
    ways = {
        "one experiment each": _one_by_one,
        "one experiment for all": _together,
        "the same, reports buffered": _buffered,
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    with ray_session():
        for _ in range(repeats):
            results: list[Runs] = []
            for way, run in ways.items():
                begin = time.perf_counter()
                results.append(run(populations, iterations))
                times[way].append(time.perf_counter() - begin)
            for other in results[1:]:
                assert all(map(same_history, results[0].values(), other.values()))
    table: Rows = [
        {"way": way, "populations": populations, "seconds": median(its), "runs": repeats}
        for way, its in times.items()
    ]
    alone, together, buffered = (row["seconds"] for row in table)
    ratios = {"together": alone / together, "buffered": alone / buffered}
    return {"tables": {"populations": table}, "ratios": ratios}


def _one_by_one(populations: int, iterations: int) -> Runs:
    return {
        seed: run_experiment(
            train_toy,
            toy_param_space(),
            scheduler=toy_scheduler(seed=seed),
            iterations=iterations,
        )
        for seed in range(populations)
    }


def _together(populations: int, iterations: int) -> Runs:
    members = {
        seed: Population(toy_param_space(), toy_scheduler(seed=seed))
        for seed in range(populations)
    }
    return run_populations(train_toy, members, iterations=iterations)


def _buffered(populations: int, iterations: int) -> Runs:
    with buffered_reports(4):
        return _together(populations, iterations)
