# /// script
# requires-python = ">=3.11"
# dependencies = ["pbt-examples", "scikit-learn", "threadpoolctl"]
# ///
"""Record the many seeds of the page on a real model before the build.

    python scripts/record_real_model.py

writes two tables into ``pbt_examples/digits/tables``, in about 30 seconds per seed:

``real_model_searches.csv``
    One row per seed and search method: the accuracies of the winner on the validation and
    the test images. Every winner is chosen by validation accuracy. ``PBT``, ``random
    search`` (PBT's first population without a scheduler) and ``grid`` have the same number
    of training steps. ``its schedule again`` is the mean of PBT's winner, trained again
    from scratch with `FRESH` new seeds; ``its best constant`` is the same for the setting
    of its schedule that does best when it is kept throughout.
``real_model_schedules.csv``
    The hyperparameters that PBT's winner had at each iteration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd
import pbt_examples
from pbt_examples import Run
from pbt_examples.digits import (
    digits_accuracy,
    digits_param_space,
    digits_scheduler,
    digits_split,
    retrain_digits,
    train_digits,
)
from pbt_examples.digits.settings import GRID, ITERATIONS, TRIALS
from pbt_examples.tuning import ray_session, run_experiment

SEEDS = range(1, 21)
"""The page itself runs seed 0."""

FRESH = 3
"""Number of new seeds with which a schedule or a constant setting is trained again."""

NAMES = list(GRID.columns)
FOLDER = Path(pbt_examples.__file__).parent / "digits" / "tables"

Scores = tuple[float, float]
Map = Callable[..., Any]


def main() -> None:
    """Record all seeds."""
    searches, schedules = [], []
    spawn = get_context("spawn")  # Ray's threads do not survive a fork
    with ray_session(slots=2), ProcessPoolExecutor(2, mp_context=spawn) as pool:
        for seed in SEEDS:
            run = run_experiment(
                train_digits,
                digits_param_space(seed=seed),
                scheduler=digits_scheduler(seed=seed),
                iterations=ITERATIONS,
                metric="accuracy",
                seed=seed,
            )
            winner = run.ancestry(run.winner)
            found = find_all(run, winner, seed, pool.map)
            for what, (validation, test) in found.items():
                searches.append((seed, what, validation, test))
                print(*searches[-1], flush=True)
            schedules.append(winner[["iteration", *NAMES]].assign(seed=seed))
    FOLDER.mkdir(exist_ok=True)
    pd.DataFrame(searches, columns=["seed", "what", "validation", "test"]).to_csv(
        FOLDER / "real_model_searches.csv", index=False
    )
    pd.concat(schedules).to_csv(FOLDER / "real_model_schedules.csv", index=False)


def find_all(run: Run, winner: pd.DataFrame, seed: int, map_: Map) -> dict[str, Scores]:
    """Return the accuracies of every search method, for one seed."""
    seeds = list(range(seed * TRIALS, (seed + 1) * TRIALS))
    population = pd.DataFrame([run.first_config(trial) for trial in run.trials])
    replayed = score(winner, int(winner["seed"].iloc[0]))
    if replayed[0] != run.of_trial(run.winner)["accuracy"].iloc[-1]:
        raise RuntimeError(f"seed {seed}: the replay gave {replayed}, not what Ray gave")
    tried = constants(winner[NAMES].drop_duplicates())
    fresh = [10_000 + FRESH * seed + i for i in range(FRESH)]
    return {
        "PBT": replayed,
        "random search": best(map_(score, constants(population), seeds)),
        "grid": best(map_(score, constants(GRID), seeds)),
        "its schedule again": mean_score(winner, fresh),
        "its best constant": best(map_(partial(mean_score, seeds=fresh), tried)),
    }


def best(scores: Iterable[Scores]) -> Scores:
    """Return the scores with the best validation accuracy; the first of equals."""
    return max(scores, key=itemgetter(0))  # the test accuracy must not decide a tie


def constants(settings: pd.DataFrame) -> list[pd.DataFrame]:
    """Return a constant schedule for each setting."""
    return [pd.DataFrame([row] * ITERATIONS) for row in settings.to_dict("records")]


def score(schedule: pd.DataFrame, seed: int) -> Scores:
    """Return the validation and the test accuracy of a schedule, trained once."""
    theta = retrain_digits(schedule, seed=seed).theta
    split = digits_split()
    return digits_accuracy(theta, split.validation), digits_accuracy(theta, split.test)


def mean_score(schedule: pd.DataFrame, seeds: list[int]) -> Scores:
    """Return the mean of `score` over seeds."""
    scores = pd.DataFrame([score(schedule, seed) for seed in seeds]).mean()
    return float(scores[0]), float(scores[1])


if __name__ == "__main__":
    main()
