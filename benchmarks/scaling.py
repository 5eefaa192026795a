"""What a reported iteration costs as populations grow, and where the time goes."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pbt_examples
import psutil
import ray

from benchmarks.measuring import ROOT, Rows, answer, median, start_python
from benchmarks.stacks import parts_of

REPORTS = 1000  # about as many for each population
PERIOD = 0.5  # seconds between two samples of the memory
WORKER = "ray::ImplicitFunc"  # Ray's title for the process of a function trainable


def measure(*, small: bool) -> dict[str, Any]:
    """Run populations of growing size on one slot, sample their memory, and profile one."""
    populations, runs = ((2, 16), 1) if small else ((2, 8, 32, 128), 3)
    table = [
        _row(population, runs, 160 if small else REPORTS) for population in populations
    ]
    call = _bare_call(200 if small else 2000)
    cost = [row["report (ms)"] for row in table]
    iterations = table[0]["iterations"]
    buffered = _report(_run(2, iterations, way="buffered") for _ in range(runs))
    tables = {"scaling": table}
    if not small:
        tables["where the time goes"] = _parts()
        tables["floor"] = [
            {"what": "a report of two trials", "ms": cost[0]},
            {"what": "the same, reports buffered", "ms": buffered},
            {"what": "a bare call of a Ray actor", "ms": call},
        ]
    ratios = {
        "largest population": cost[-1] / cost[0],
        "bare actor calls": cost[0] / call,
        "bare actor calls, buffered": buffered / call,
        "memory (GB)": sum(table[0][key] for key in ("driver (MB)", "workers (MB)")) / 1000,
    }
    return {"tables": tables, "ratios": ratios}


def _row(population: int, runs: int, reports: int) -> dict[str, Any]:
    iterations = max(8, reports // population // 4 * 4)
    results = [_run(population, iterations) for _ in range(runs)]
    memory = {
        f"{part} (MB)": median(result[part] for result in results)
        for part in ("driver", "workers", "Ray's services")
    }
    row = {"trials": population, "iterations": iterations}
    return row | {"report (ms)": _report(results)} | memory


def _report(results: Iterable[dict[str, float]]) -> float:
    return median(1000 * result["report"] for result in results)


def _run(population: int, iterations: int, *, way: str = "ours") -> dict[str, float]:
    process = start_python(
        "-m", "benchmarks.one_experiment", way, population, iterations, 1
    )
    peak: Counter[str] = Counter()
    while process.poll() is None:
        peak |= _memory(process.pid)
        time.sleep(PERIOD)
    return answer(process) | {part: peak[part] / 1e6 for part in peak}


def _memory(driver: int) -> Counter[str]:
    """Return bytes; memory that several processes share counts once."""
    held: Counter[str] = Counter()
    for process in _family(driver):
        try:
            title, info = process.cmdline()[:1], process.memory_full_info()
        except psutil.Error:  # it has just ended
            continue
        worker = bool(title) and title[0].startswith(WORKER)
        part = (
            "driver" if process.pid == driver else "workers" if worker else "Ray's services"
        )
        held[part] += getattr(info, "pss", info.uss)
    return held


def _family(driver: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(driver)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _bare_call(calls: int) -> float:
    """Return the milliseconds of one actor call that returns what a trial reports."""

    class Reporter:
        def report(self) -> dict[str, float]:
            return dict.fromkeys(("Q", "theta0", "theta1", "h0", "h1", "lr"), 0.5)

    times = []
    with pbt_examples.tuning.ray_session():
        actor = ray.remote(Reporter).remote()
        ray.get(actor.report.remote())
        for _ in range(calls):
            begin = time.perf_counter()
            ray.get(actor.report.remote())
            times.append(time.perf_counter() - begin)
    return median(1000 * each for each in times)


def _parts() -> Rows:
    """Sample what driver and worker do while two trials report a thousand times each."""
    process = start_python("-m", "benchmarks.one_experiment", "ours", 2, 2000, 1)
    while not any(title.startswith(WORKER) for title in _titles(process.pid)):
        time.sleep(0.1)
    time.sleep(2)  # let it import and begin
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder, "stacks.txt")
        subprocess.run(
            ["py-spy", "record", "--pid", str(process.pid), "--subprocesses", "--idle",
             "--threads", "--rate", "200", "--duration", "5", "--format", "raw",
             "--output", str(stacks)],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        shares = parts_of(stacks.read_text().splitlines())
    report = 1000 * answer(process)["report"]
    return [
        {"part": part, "share (%)": round(100 * share, 1), "ms": round(share * report, 2)}
        for part, share in shares.items()
    ]


def _titles(driver: int) -> list[str]:
    titles = []
    for process in _family(driver):
        try:
            titles += process.cmdline()[:1]
        except psutil.Error:
            continue
    return titles
