"""The settings of the experiments on the noisy quadratic."""

from __future__ import annotations

from typing import Any

import numpy as np
from pbt_examples.checks import check_integer, check_type
from pbt_examples.quadratic.moments import LR_RANGE, STEPS
from pbt_examples.tuning.scheduler import PopulationBasedTraining
from ray import tune

TRIALS = 16
"""Trials per population, unless a page says otherwise."""


def quadratic_param_space(
    *, interval: int, seed: int = 0, trials: int = TRIALS, decay: bool = False
) -> dict[str, Any]:
    """Return Tune's ``param_space`` for the noisy quadratic.

    Parameters
    ----------
    interval : int
        Steps between two decisions, which make one iteration of Tune.
    seed : int, default: 0
        Seed of the first learning rates, which are drawn log-uniformly.
    trials : int, default: 16
        Size of the population.
    decay : bool, default: False
        Whether each learning rate is multiplied by half a cosine.

    Returns
    -------
    dict
        A search space for `run_experiment` or ``tune.Tuner``.

    Raises
    ------
    TypeError, ValueError
        If `interval` is not between 1 and `STEPS`, `seed` or `trials` is not a number of
        its range, or `decay` is neither True nor False.
    """
    check_integer("interval", interval, least=1, most=STEPS)
    check_integer("seed", seed, least=0)
    check_integer("trials", trials, least=1)
    check_type("decay", decay, bool, "True or False")
    low, high = np.log(LR_RANGE)
    drawn = np.exp(np.random.default_rng(seed).uniform(low, high, trials))
    return {
        "lr": tune.grid_search(drawn.tolist()),
        "steps_per_report": int(interval),
        "decay": decay,
    }


EACH_REPORT: dict[str, Any] = {
    "time_attr": "training_iteration",
    "perturbation_interval": 1,
    "synch": True,
    "log_config": False,  # `Run` keeps every exploit
}
"""Settings of a scheduler that decides after each report."""


def quadratic_scheduler(**changes: Any) -> PopulationBasedTraining:
    """Return a scheduler for the noisy quadratic, with Ray's default settings.

    Parameters
    ----------
    **changes
        Arguments of `PopulationBasedTraining` that differ, such as ``seed``.

    Returns
    -------
    PopulationBasedTraining
        A new scheduler, which decides after each report. It can be used for one run only.
    """
    mutations = {"lr": tune.loguniform(*LR_RANGE)}
    settings = EACH_REPORT | {"hyperparam_mutations": mutations} | changes
    return PopulationBasedTraining(**settings)
