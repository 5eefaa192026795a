# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples[quadratic]"]
# ///
"""Record the real runs of the pages on the noisy quadratic before the build.

    python scripts/record_quadratic.py

writes ``greedy_runs.csv``, of PBT at several perturbation intervals,
``frequencies_runs.csv``, of two subpopulations with intervals of their own, and
``pb2_runs.csv``, of PB2 with populations of several sizes, to
``pbt_examples/quadratic/tables``, in an hour. A table has one row per decision of a
run on Ray: the learning rate with which the winner's weights were trained up to ``step``,
and their loss there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pbt_examples
from pbt_examples.quadratic import (
    STEPS,
    quadratic_param_space,
    quadratic_pb2,
    quadratic_scheduler,
    train_quadratic,
)
from pbt_examples.quadratic.moments import LR_RANGE
from pbt_examples.quadratic.settings import TRIALS
from pbt_examples.tuning import (
    MultipleFrequencies,
    Population,
    ray_session,
    run_populations,
)
from ray import tune
from ray.tune.schedulers import TrialScheduler

GREEDY_SEEDS = {100: 8, 20: 8, 5: 4, 1: 4}
"""How many seeds each interval gets; the shorter, the longer a run takes."""

FREQUENCIES, FREQUENCIES_SEEDS = (20, 100), 16
"""Steps between two decisions of each subpopulation, and how many seeds they get."""

PB2_SEEDS = {4: 40, 8: 40, 16: 20}
"""How many seeds each size of the population gets; the larger, the longer a run takes."""

PB2_INTERVAL = 20
"""Steps between two decisions of PB2: where PBT is at its best."""

FOLDER = Path(pbt_examples.__file__).parent / "quadratic" / "tables"


def record(
    scheduler: Callable[..., TrialScheduler], seeds: int, *, interval: int, trials: int
) -> pd.DataFrame:
    """Return the schedules of the winners of one run for each seed."""
    populations = {
        seed: Population(
            quadratic_param_space(interval=interval, seed=seed, trials=trials),
            scheduler=scheduler(seed=seed),
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
    tables = {
        seed: run.ancestry(run.winner)[["step", "lr", "loss"]] for seed, run in runs.items()
    }
    return pd.concat([table.assign(seed=seed) for seed, table in tables.items()])


def frequencies(*, seed: int) -> MultipleFrequencies:
    """Return the scheduler of two subpopulations; an iteration has the shorter interval."""
    return MultipleFrequencies(
        intervals=[steps // FREQUENCIES[0] for steps in FREQUENCIES],
        hyperparam_mutations={"lr": tune.loguniform(*LR_RANGE)},
        log_config=False,
        seed=seed,
    )


def main() -> None:
    """Record all intervals, sizes and seeds."""
    warnings.simplefilter("ignore")  # of Gaussian processes whose fit did not converge
    FOLDER.mkdir(exist_ok=True)
    with ray_session():
        greedy = [
            record(quadratic_scheduler, seeds, interval=each, trials=TRIALS).assign(
                interval=each
            )
            for each, seeds in GREEDY_SEEDS.items()
        ]
        pd.concat(greedy).to_csv(FOLDER / "greedy_runs.csv", index=False)
        mixed = record(
            frequencies, FREQUENCIES_SEEDS, interval=FREQUENCIES[0], trials=TRIALS
        )
        mixed.to_csv(FOLDER / "frequencies_runs.csv", index=False)
        pb2 = [
            record(quadratic_pb2, seeds, interval=PB2_INTERVAL, trials=each).assign(
                trials=each
            )
            for each, seeds in PB2_SEEDS.items()
        ]
        pd.concat(pb2).to_csv(FOLDER / "pb2_runs.csv", index=False)


if __name__ == "__main__":
    main()
