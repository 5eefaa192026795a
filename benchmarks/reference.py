"""The reference implementation: runs per second, against plain Python, and its memory."""

from __future__ import annotations

import math
import random
import tracemalloc
from typing import Any

from pbt_examples.toy import Reference

from benchmarks.measuring import Rows, median, seconds

ITERATIONS, INTERVAL = 100, 4


def measure(*, small: bool) -> dict[str, Any]:
    """Time runs of the toy's PBT in both, and measure how time and memory grow."""
    repeats, plain_runs, runs = (1, 50, 2000) if small else (5, 200, 10_000)
    plain = plain_runs / _time(
        lambda: [plain_best_Q(seed) for seed in range(plain_runs)], repeats
    )
    fast = runs / _time(lambda: Reference().best_Q(runs), repeats)
    speed: Rows = [
        {
            "implementation": "plain Python, one run after the other",
            "runs a second": round(plain),
        },
        {"implementation": "`Reference`, many runs at once", "runs a second": round(fast)},
    ]
    memory = {
        count: _peak(count)
        for count in ((1000, 4000) if small else (100, 1000, 4000, 16000))
    }
    tables = {"speed": speed}
    if not small:
        tables["growth with runs"] = [_row(count, 2, memory[count]) for count in memory]
        tables["growth with population"] = [
            _row(1000, size, None) for size in (2, 8, 32, 128)
        ]
    ratios = {"speed": fast / plain, "memory": max(memory.values()) / memory[1000]}
    return {"tables": tables, "ratios": ratios}


def plain_best_Q(seed: int) -> float:
    """Run the toy's PBT of two trials in plain Python; return the best Q at the end."""
    rng = random.Random(seed)
    theta = [[0.9, 0.9], [0.9, 0.9]]
    config = [[0.05, 0.0, 1.0], [0.05, 1.0, 0.0]]  # lr, h0, h1
    for iteration in range(1, ITERATIONS + 1):
        for (lr, h0, h1), point in zip(config, theta, strict=True):
            point[0] -= lr * 2 * 0.75 * h0 * point[0]
            point[1] -= lr * 2 * h1 * point[1]
        scores = [1.2 - (0.75 * point[0] ** 2 + point[1] ** 2) for point in theta]
        if iteration % INTERVAL == 0 and iteration < ITERATIONS:
            donor = int(scores[1] >= scores[0])  # in a tie, Ray ranks the later one higher
            theta[1 - donor] = list(theta[donor])
            config[1 - donor] = [
                _explore(rng, index, value) for index, value in enumerate(config[donor])
            ]
    return max(scores)


def _explore(rng: random.Random, index: int, value: float) -> float:
    if rng.random() >= 0.5:
        return value * rng.choice((1.2, 0.8))
    if index:
        return rng.random()
    return round(math.exp(rng.uniform(math.log(0.005), math.log(0.1))) / 0.0005) * 0.0005


def _row(runs: int, population: int, peak: int | None) -> dict[str, Any]:
    h0 = tuple(trial / (population - 1) for trial in range(population))
    took = _time(lambda: Reference(h0=h0).best_Q(runs), 3)
    row = {
        "runs": runs,
        "trials": population,
        "seconds": took,
        "steps a second": round(runs * population * ITERATIONS / took),
    }
    return row | ({"peak memory (MB)": round(peak / 1e6, 1)} if peak else {})


def _peak(runs: int) -> int:
    """Return the peak memory in bytes, without the result, whose size must grow."""
    tracemalloc.start()
    result = Reference().best_Q(runs)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - result.nbytes


def _time(task: Any, repeats: int) -> float:
    return median(seconds(task) for _ in range(repeats))
