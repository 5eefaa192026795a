"""The settings of the searches on the digits, shared by the page and `scripts`."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd
from pbt_examples.checks import check_integer
from pbt_examples.tuning.scheduler import PopulationBasedTraining
from ray import tune

TRIALS, ITERATIONS, INTERVAL = 8, 20, 2
"""Trials per search, iterations per trial, and iterations between two decisions."""

GRID = pd.DataFrame(
    product([10**-2.25, 10**-0.75], [1e-5, 1e-3], [0.125, 0.375]),
    columns=["lr", "weight_decay", "noise"],
)
"""A small grid, as large as the population: two values of each hyperparameter, at one
quarter and at three quarters of the range that PBT draws from."""


def digits_domains() -> dict[str, Any]:
    """Return the distributions of the digits' hyperparameters.

    Returns
    -------
    dict
        Ray's distributions: wide ones, as you would choose before trying anything.
    """
    return {
        "lr": tune.loguniform(1e-3, 1e0),
        "weight_decay": tune.loguniform(1e-6, 1e-2),
        "noise": tune.uniform(0.0, 0.5),
    }


def digits_param_space(*, seed: int) -> dict[str, Any]:
    """Return Tune's ``param_space`` for the digits.

    Parameters
    ----------
    seed : int
        Seed of the search. Every trial of every search gets a different seed.

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
    """Return a scheduler for the digits, with Ray's default settings except the interval.

    Parameters
    ----------
    seed : int
        Seed of the scheduler.

    Returns
    -------
    PopulationBasedTraining
        A new scheduler. It can be used for one run only.
    """
    return PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=INTERVAL,
        hyperparam_mutations=digits_domains(),
        synch=True,
        log_config=False,  # `Run` keeps every exploit
        seed=seed,
    )
