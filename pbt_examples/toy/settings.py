"""The settings of the toy experiments, shared by every page but the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pbt_examples.checks import check_numbers, check_type
from pbt_examples.toy.reference import INTERVAL  # there, since it needs no Ray
from pbt_examples.tuning.scheduler import PopulationBasedTraining
from ray import tune
from ray.tune.schedulers import PopulationBasedTraining as RayPBT


def toy_param_space(h0_values: Sequence[float] = (0.0, 1.0)) -> dict[str, Any]:
    """Return Tune's ``param_space`` for the toy problem.

    Parameters
    ----------
    h0_values : sequence of float, default: (0.0, 1.0)
        One trial starts for each, with ``h = [h0, 1 - h0]``.

    Returns
    -------
    dict
        A search space for `run_experiment` or ``tune.Tuner``.
    """
    check_numbers("h0_values", h0_values)
    return {
        "h0": tune.grid_search([float(h0) for h0 in h0_values]),
        "h1": tune.sample_from(lambda config: 1.0 - config["h0"]),
        "lr": 0.05,
        "checkpoint_interval": INTERVAL,
    }


Scheduler = TypeVar("Scheduler", bound=RayPBT)


def toy_scheduler(
    kind: type[Scheduler] = PopulationBasedTraining,
    **changes: Any,
) -> Scheduler:
    """Return the scheduler of the first page of the gallery.

    Parameters
    ----------
    kind : type, default: PopulationBasedTraining
        Class of the scheduler, such as `WeightsOnly`, `ExploreOnly`, or Ray's own.
    **changes
        Arguments of `PopulationBasedTraining` that differ from those of that page.

    Returns
    -------
    PopulationBasedTraining
        A new scheduler of class `kind`. A scheduler can be used for one run only.
    """
    expected = "PopulationBasedTraining or a subclass of it"
    check_type("kind", kind, type, expected)
    if not issubclass(kind, RayPBT):
        raise TypeError(f"kind must be {expected}, got {kind!r}")
    settings: dict[str, Any] = {
        "time_attr": "training_iteration",
        "perturbation_interval": INTERVAL,
        "quantile_fraction": 0.5,
        "resample_probability": 0.5,
        "synch": True,
        "hyperparam_mutations": {
            "lr": tune.qloguniform(5e-3, 1e-1, 5e-4),
            "h0": tune.uniform(0.0, 1.0),
            "h1": tune.uniform(0.0, 1.0),
        },
        "log_config": False,  # `Run` keeps every exploit
    }
    return kind(**(settings | changes))
