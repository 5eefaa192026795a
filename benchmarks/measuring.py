"""What the benchmarks share: processes, medians, tables, the saved record."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
PACKAGES = ("matplotlib", "numpy", "pandas", "ray")

Rows = list[dict[str, Any]]
"""A table: one dictionary per row; its keys are the headings."""


def start_python(*arguments: object) -> subprocess.Popen[str]:
    """Start ``python ARGUMENTS`` in the project's root; `answer` reads its output."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def answer(process: subprocess.Popen[str]) -> Any:
    """Wait for a process and read the line of JSON that it printed last."""
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{process.args} ended with code {process.returncode}")
    return json.loads(output.splitlines()[-1])


def seconds(task: Callable[[], object]) -> float:
    """Return how long a task takes."""
    begin = time.perf_counter()
    task()
    return time.perf_counter() - begin


def median(values: Iterable[float]) -> float:
    """Return the median to four significant digits, since a timing has no more."""
    return float(f"{statistics.median(values):.4g}")


def print_table(title: str, rows: Rows) -> None:
    """Print one table, its columns aligned."""
    cells = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def save(name: str, result: dict[str, Any]) -> None:
    """Save a result for the page, with the date, the machine and the versions."""
    about = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": _machine(),
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in PACKAGES},
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(about | result, indent=2)
    (RESULTS / f"{name}.json").write_text(f"{text}\n")


def _machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory (GB)": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
    }


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
