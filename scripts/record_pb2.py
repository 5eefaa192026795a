# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[quadratic]"]
# ///
"""Record the many seeds of the page on PB2 before the build.

    python scripts/record_pb2.py

writes ``pbt_examples/quadratic/tables/pb2_runs.csv``, in a few minutes. For each size of
the population and each seed the table has one row per interval of a run of PB2 on Ray: the
learning rate with which the winner's weights were trained up to ``step``, and their loss
there.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pbt_examples
from pbt_examples.quadratic import (
    STEPS,
    quadratic_param_space,
    quadratic_pb2,
    train_quadratic,
)
from pbt_examples.tuning import Population, ray_session, run_populations

INTERVAL = 20
"""Steps between two decisions: where PBT is at its best."""

SIZES, SEEDS = (4, 8), range(12)
FOLDER = Path(pbt_examples.__file__).parent / "quadratic" / "tables"


def main() -> None:
    """Record all sizes and seeds."""
    warnings.simplefilter("ignore")  # of Gaussian processes whose fit did not converge
    FOLDER.mkdir(exist_ok=True)
    tables = []
    with ray_session():
        for trials in SIZES:
            populations = {
                seed: Population(
                    quadratic_param_space(interval=INTERVAL, seed=seed, trials=trials),
                    scheduler=quadratic_pb2(seed=seed),
                )
                for seed in SEEDS
            }
            runs = run_populations(
                train_quadratic,
                populations,
                iterations=STEPS // INTERVAL,
                metric="loss",
                mode="min",
            )
            for seed, run in runs.items():
                ancestry = run.ancestry(run.winner)[["step", "lr", "loss"]]
                tables.append(ancestry.assign(trials=trials, seed=seed))
                print(trials, seed, ancestry["loss"].iloc[-1], flush=True)
            pd.concat(tables).to_csv(FOLDER / "pb2_runs.csv", index=False)


if __name__ == "__main__":
    main()
