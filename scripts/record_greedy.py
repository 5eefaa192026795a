# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[quadratic]"]
# ///
"""Record ahead of the build what the page on greed shows of real runs.

    python scripts/record_greedy.py

writes ``pbt_examples/quadratic/tables/greedy_runs.csv``, in some minutes. For each
perturbation interval and each seed the table has one row for each decision of a run on
Ray: the learning rate that the winner's weights were trained with up to ``step``, and the
loss that they had there.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pbt_examples
from pbt_examples import Run
from pbt_examples.quadratic import (
    STEPS,
    quadratic_param_space,
    quadratic_scheduler,
    train_quadratic,
)
from pbt_examples.quadratic.settings import TRIALS
from pbt_examples.tuning import ray_session, run_experiment

SEEDS = {100: 6, 20: 6, 5: 4, 1: 2}
"""How many seeds each interval gets; the shorter, the longer a run takes."""

FOLDER = Path(pbt_examples.__file__).parent / "quadratic" / "tables"


def main() -> None:
    """Record all intervals and seeds."""
    FOLDER.mkdir(exist_ok=True)
    tables = []
    with ray_session():
        for interval, seeds in SEEDS.items():
            for seed in range(seeds):
                tables.append(winner(search(interval, seed), interval, seed))
                print(interval, seed, tables[-1]["loss"].iloc[-1], flush=True)
                pd.concat(tables).to_csv(FOLDER / "greedy_runs.csv", index=False)


def search(interval: int, seed: int) -> Run:
    """Run PBT with one perturbation interval and one seed on Ray."""
    return run_experiment(
        train_quadratic,
        quadratic_param_space(interval=interval),
        scheduler=quadratic_scheduler(seed=seed),
        iterations=STEPS // interval,
        metric="loss",
        mode="min",
        num_samples=TRIALS,
        seed=seed,
    )


def winner(run: Run, interval: int, seed: int) -> pd.DataFrame:
    """Return the rows of the winner's ancestry."""
    ancestry = run.ancestry(run.winner)[["step", "lr", "loss"]]
    return ancestry.assign(interval=interval, seed=seed)


if __name__ == "__main__":
    main()
