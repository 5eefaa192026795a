"""The cost of ``import pbt_examples``, beside that of the imports it defers."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from benchmarks.measuring import ROOT, median, seconds

SMALL = ("pass", "import pbt_examples", "import ray.tune")
FULL = (*SMALL[:2], "import numpy", "import matplotlib.pyplot", *SMALL[2:])


def measure(*, small: bool) -> dict[str, Any]:
    """Time some imports, each in new processes, minus the startup of Python itself."""
    statements, runs = (SMALL, 3) if small else (FULL, 7)
    times = {statement: _time(statement, runs) for statement in statements}
    start = times.pop("pass")
    table = [
        {"statement": f"`{statement}`", "seconds": round(time - start, 3)}
        for statement, time in times.items()
    ]
    cost = {statement: time - start for statement, time in times.items()}
    return {
        "tables": {"imports": table},
        "ratios": {"pbt_examples": cost["import pbt_examples"] / cost["import ray.tune"]},
    }


def _time(statement: str, runs: int) -> float:
    command = [sys.executable, "-c", statement]
    return median(
        seconds(lambda: subprocess.run(command, cwd=ROOT, check=True)) for _ in range(runs)
    )
