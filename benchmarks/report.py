"""The report on somebody's own run: the whole command, on runs of many sizes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT

INTERVAL = 4
FACTORS = (0.8, 1.2)


def measure(*, small: bool) -> dict[str, Any]:
    """Report on runs in the layout of Ray's directories; the largest has 500,000 rows."""
    sizes = [(2, 4000), (2, 8000)]
    if not small:
        sizes += [(500, 400), (50, 10_000)]
    _row(2, 40)  # after which Python has compiled all modules
    rows = [_row(trials, reports) for trials, reports in sizes]
    first, second = (row["processor time (s)"] for row in rows[:2])
    ratios = {"twice the reports": second / first}
    return {"tables": {"reports": rows}, "ratios": ratios}


def _row(trials: int, reports: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        run = _Made(trials, reports)
        _write(run, Path(folder, "run"))
        out = Path(folder, "report")
        process = subprocess.Popen(
            [sys.executable, "-m", "pbt_examples", f"{folder}/run", f"--out={out}",
             "--metric=score", "--mode=max"],
            cwd=ROOT, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{process.args} ended with code {process.returncode}")
        page = (out / "index.html").stat().st_size
    return {
        "trials": trials,
        "reports of each": reports,
        "exploits": len(run.log),
        "processor time (s)": round(used.ru_utime + used.ru_stime, 1),
        "memory (GB)": round(used.ru_maxrss / 1e6, 2),
        "page (MB)": round(page / 1e6, 1),
    }


class _Made:
    """A synchronous run, as its trials would report it."""

    def __init__(self, trials: int, reports: int) -> None:
        self.draw = random.Random(0)
        self.first = [self.draw.uniform(0.01, 1) for _ in range(trials)]
        self.tags = [f"{trial}_lr={lr:.4f}" for trial, lr in enumerate(self.first)]
        self.lr, self.score, self.since = [*self.first], [0.0] * trials, [0] * trials
        self.rows: list[list[dict[str, Any]]] = [[] for _ in range(trials)]
        self.log: list[list[Any]] = []
        for iteration in range(1, reports + 1):
            for trial in range(trials):
                self._report(trial, iteration)
            if iteration % INTERVAL == 0 and iteration < reports:
                self._exploit(iteration)

    def _report(self, trial: int, iteration: int) -> None:
        lr = self.lr[trial]
        self.since[trial] += 1
        self.score[trial] += lr * (1 - lr) + self.draw.gauss(0, 0.01)
        self.rows[trial].append({
            "score": self.score[trial], "training_iteration": iteration,
            "time_this_iter_s": 0.1, "timestamp": 1_700_000_000 + iteration,
            "pid": 1000 + trial, "iterations_since_restore": self.since[trial],
            "config": {"lr": lr},
        })  # fmt: skip

    def _exploit(self, iteration: int) -> None:
        ranked = sorted(range(len(self.lr)), key=self.score.__getitem__)
        count = -(-len(ranked) // 4)
        for target in ranked[:count]:
            donor = self.draw.choice(ranked[-count:])
            new = self.lr[donor] * self.draw.choice(FACTORS)
            configs = {"lr": self.lr[donor]}, {"lr": new}
            tags = self.tags[target], self.tags[donor]
            self.log.append([*tags, iteration, iteration, *configs])
            self.lr[target], self.score[target] = new, self.score[donor]
            self.since[target] = 0


def _write(run: _Made, folder: Path) -> None:
    folder.mkdir()
    _write_lines(folder / "pbt_global.txt", run.log)
    states = []
    for trial, rows in enumerate(run.rows):
        name = f"train_abcde_{trial:05d}_{run.tags[trial]}_2026-01-01_00-00-00"
        (folder / name).mkdir()
        _write_lines(folder / name / "result.json", rows)
        columns = [column for column in rows[0] if column != "config"]
        cells = [columns, *([row[column] for column in columns] for row in rows)]
        lines = (",".join(map(str, each)) + "\r\n" for each in cells)
        (folder / name / "progress.csv").write_text("".join(lines), newline="")
        state = {
            "trial_id": f"abcde_{trial:05d}", "config": {"lr": run.lr[trial]},
            "evaluated_params": {"lr": run.first[trial]}, "relative_logdir": name,
            "experiment_tag": run.tags[trial], "status": "TERMINATED",
        }  # fmt: skip
        states.append([json.dumps(state), json.dumps({"last_result": {}})])
    _write_lines(
        folder / "experiment_state-2026-01-01_00-00-00.json",
        [{"trial_data": states, "stats": {"start_time": 1.7e9}}],
    )


def _write_lines(path: Path, entries: list[Any]) -> None:
    path.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
