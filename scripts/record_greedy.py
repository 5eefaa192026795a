# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[quadratic]"]
# ///
"""Record the real runs of the page on greed before the build.

    python scripts/record_greedy.py

writes ``pbt_examples/quadratic/tables/greedy_runs.csv``, in a few minutes. For each
perturbation interval and each seed the table has one row per decision of a run on Ray: the
learning rate with which the winner's weights were trained up to ``step``, and their loss
there.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pbt_examples
from pbt_examples.quadratic import (
    STEPS,
    quadratic_param_space,
    quadratic_scheduler,
    train_quadratic,
)
from pbt_examples.tuning import Population, ray_session, run_populations

SEEDS = {100: 8, 20: 8}
"""How many seeds each interval gets; the shorter, the longer a run takes."""

FOLDER = Path(pbt_examples.__file__).parent / "quadratic" / "tables"


def main() -> None:
    """Record all intervals and seeds."""
    FOLDER.mkdir(exist_ok=True)
    tables = []
    with ray_session():
        for interval, seeds in SEEDS.items():
            populations = {
                seed: Population(
                    quadratic_param_space(interval=interval, seed=seed),
                    scheduler=quadratic_scheduler(seed=seed),
                )
                for seed in range(seeds)
            }
            runs = run_populations(
                train_quadratic,
                populations,
                iterations=STEPS // interval,
                metric="loss",
                mode="min",
            )
            for seed, run in runs.items():
                ancestry = run.ancestry(run.winner)[["step", "lr", "loss"]]
                tables.append(ancestry.assign(interval=interval, seed=seed))
                print(interval, seed, ancestry["loss"].iloc[-1], flush=True)
            pd.concat(tables).to_csv(FOLDER / "greedy_runs.csv", index=False)


if __name__ == "__main__":
    main()
