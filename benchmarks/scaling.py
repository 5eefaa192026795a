"""What a reported iteration costs as populations grow, and where the time goes."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measuring import ROOT, Rows, answer, median, start_python
from benchmarks.stacks import parts_of

REPORTS = 1000  # about as many for each population
PERIOD = 0.5  # seconds between two samples of the memory
WORKER = "ray::ImplicitFunc"  # Ray's title for the process of a function trainable


def measure(*, small: bool) -> dict[str, Any]:
    """Run populations of growing size on one slot, sample their memory, and profile one."""
    populations, runs = ((2, 16), 1) if small else ((2, 8, 32, 128), 3)
    reports = 160 if small else REPORTS
    sizes = {size: max(8, reports // size // 4 * 4) for size in populations}
    ours = [f"ours,{size},{iterations}" for size, iterations in sizes.items()]
    buffered, call = f"buffered,2,{sizes[2]}", f"call,0,{200 if small else 2000}"
    found = _run_all([*ours * runs, *[buffered] * runs, call], together=small)
    table = [
        _row(size, iterations, found[run])
        for run, (size, iterations) in zip(ours, sizes.items(), strict=True)
    ]
    cost = [row["report (ms)"] for row in table]
    costs = {"buffered": _report(found[buffered]), "call": _report(found[call])}
    tables = {"scaling": table}
    if not small:
        tables["where the time goes"] = _parts()
        tables["floor"] = [
            {"what": "a report of two trials", "ms": cost[0]},
            {"what": "the same, reports buffered", "ms": costs["buffered"]},
            {"what": "a bare call of a Ray actor", "ms": costs["call"]},
        ]
    ratios = {
        "largest population": cost[-1] / cost[0],
        "bare actor calls": cost[0] / costs["call"],
        "bare actor calls, buffered": costs["buffered"] / costs["call"],
        "memory (GB)": sum(table[0][key] for key in ("driver (MB)", "workers (MB)")) / 1000,
    }
    return {"tables": tables, "ratios": ratios}


def _row(
    population: int, iterations: int, results: list[dict[str, float]]
) -> dict[str, Any]:
    memory = {
        f"{part} (MB)": median(result[part] for result in results)
        for part in ("driver", "workers", "Ray's services")
    }
    row = {"trials": population, "iterations": iterations}
    return row | {"report (ms)": _report(results)} | memory


def _report(results: Iterable[dict[str, float]]) -> float:
    return median(1000 * result["report"] for result in results)


def _run_all(runs: list[str], *, together: bool) -> dict[str, list[dict[str, float]]]:
    """Return the figures of each run, in a process each or in one process together."""
    found: dict[str, list[dict[str, float]]] = {run: [] for run in runs}
    for some in [runs] if together else [[run] for run in runs]:
        for run, result in zip(some, _in_one_process(some), strict=True):
            found[run].append(result)
    return found


def _in_one_process(runs: list[str]) -> list[dict[str, float]]:
    process = start_python("-m", "benchmarks.one_experiment", 1, *runs)
    peak: Counter[str] = Counter()
    while process.poll() is None:
        peak |= _memory(process.pid)
        time.sleep(PERIOD)
    memory = {part: peak[part] / 1e6 for part in peak}
    return [result | memory for result in answer(process)]


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


def _parts() -> Rows:
    """Sample what driver and worker do while two trials report a thousand times each."""
    process = start_python("-m", "benchmarks.one_experiment", 1, "ours,2,2000")
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
    report = _report(answer(process))
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
