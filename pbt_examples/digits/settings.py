"""The settings of the searches on the digits: one place for the page and its record."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd
from pbt_examples.checks import check_integer
from pbt_examples.tuning.scheduler import PopulationBasedTraining
from ray import tune

TRIALS, ITERATIONS, INTERVAL = 8, 20, 2
"""Trials of a search, iterations of a trial, and iterations between two decisions."""

GRID = pd.DataFrame(
    product([10**-2.25, 10**-0.75], [1e-5, 1e-3], [0.125, 0.375]),
    columns=["lr", "weight_decay", "noise"],
)
"""A small grid, as large as the population: two values for each hyperparameter, at one
and at three quarters of the range that PBT draws from."""


def digits_domains() -> dict[str, Any]:
    """Return what the hyperparameters of the digits are drawn from.

    Returns
    -------
    dict
        Ray's distributions: wide, as one chooses them who has not tried anything yet.
    """
    return {
        "lr": tune.loguniform(1e-3, 1e0),
        "weight_decay": tune.loguniform(1e-6, 1e-2),
        "noise": tune.uniform(0.0, 0.5),
    }


def digits_param_space(*, seed: int) -> dict[str, Any]:
    """Return what the trials of a search start from.

    Parameters
    ----------
    seed : int
        Seed of the search. No two trials of any two searches share one.

    Returns
    -------
    dict
        A search space for `run_experiment` or ``tune.Tuner``, with `TRIALS` trials.
    """
    check_integer("seed", seed, least=0)
    seeds = range(seed * TRIALS, (seed + 1) * TRIALS)
    return {
        **digits_domains(),
        "seed": tune.grid_search(list(seeds)),
        "checkpoint_interval": INTERVAL,
    }


def digits_scheduler(*, seed: int) -> PopulationBasedTraining:
    """Return a scheduler for the digits; but for the interval, Ray's own settings.

    Parameters
    ----------
    seed : int
        Seed of what the scheduler draws.

    Returns
    -------
    PopulationBasedTraining
        A new one. A scheduler serves one run only.
    """
    return PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=INTERVAL,
        hyperparam_mutations=digits_domains(),
        synch=True,
        log_config=False,  # `Run` keeps every exploit
        seed=seed,
    )
