"""Reject what a scheduler cannot work with, before the run waits for it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import ray
from pbt_examples.checks import check_number, check_numbers, check_type
from pbt_examples.tuning.values import plain
from ray.tune.experiment import Trial
from ray.tune.search.sample import Float

_MOST = {
    "burn_in_period": math.inf,
    "perturbation_interval": math.inf,
    "quantile_fraction": 0.5,
    "resample_probability": 1.0,
}
"""The largest value of each setting; none may be negative."""


def tidy_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings in a form that Ray's schedulers can work with.

    Everything that makes sense to Ray is accepted: mappings other than ``dict``, sets of
    factors, 1 for True, an infinite interval (never), NumPy numbers.

    Raises
    ------
    TypeError, ValueError
        If a setting makes no sense.
    """
    tidy = dict(settings)
    for name, most in _MOST.items():
        if name in tidy:
            tidy[name] = _number(name, tidy[name], most)
    if "perturbation_factors" in tidy:
        factors = tidy["perturbation_factors"]
        if isinstance(factors, Iterable) and not isinstance(factors, str):
            # A set has no order, but a random choice needs one.
            in_order = sorted(factors) if isinstance(factors, (set, frozenset)) else factors
            factors = tuple(plain(factor) for factor in in_order)
        check_numbers("perturbation_factors", factors)
        tidy["perturbation_factors"] = factors
    if "synch" in tidy:
        synch = plain(tidy["synch"])
        check_type("synch", synch, (bool, int, type(None)), "True or False")
        if synch not in (0, 1, None):
            raise ValueError(f"synch must be True or False, got {synch!r}")
        tidy["synch"] = bool(synch)
    for name in ("hyperparam_mutations", "hyperparam_bounds"):
        if tidy.get(name) is not None:
            check_type(name, tidy[name], Mapping, "a mapping from names to domains")
            tidy[name] = _dict(name, tidy[name])
    return tidy


def check_concurrency(search: Any) -> None:
    """Reject a search that holds back trials for which the others would wait.

    Raises
    ------
    ValueError
        If fewer trials than the population has may exist at the same time.
    """
    most, trials = getattr(search, "max_concurrent", 0), search.total_samples
    if 0 < most < trials:
        raise ValueError(
            f"max_concurrent_trials={most} of {trials} trials: a synchronous population "
            "compares all its trials, and would wait for those that may not begin before "
            "others end. Leave max_concurrent_trials out; to run fewer at the same time, "
            "limit the resources, as with ray.init(num_cpus=...), and trials take turns"
        )


def check_resources(trials: Iterable[Trial]) -> None:
    """Reject a wait for resources that the whole cluster does not have.

    Raises
    ------
    RuntimeError
        If a trial asks for more of something than all nodes together have.
    """
    there = ray.cluster_resources()
    for trial in trials:
        asked = trial.placement_group_factory.required_resources
        if short := {name for name, amount in asked.items() if amount > there.get(name, 0)}:
            lacks = ", ".join(
                f"{asked[name]:g} {name} of {there.get(name, 0):g}"
                for name in sorted(short)
            )
            raise RuntimeError(
                f"trial {trial} cannot run: it asks for {lacks} that the cluster has, and "
                "no other trial runs. Ask for less, or add nodes before the run"
            )


def warn_of_integers(config: Mapping[str, Any], mutations: Mapping[str, Any]) -> None:
    """Warn if explore would round every value because a trial starts at an integer.

    Warns
    -----
    UserWarning
        For each hyperparameter with a continuous domain that starts at an ``int``.
    """
    for name, domain in mutations.items():
        start = config.get(name)
        if isinstance(domain, Mapping) and isinstance(start, Mapping):
            warn_of_integers(start, domain)
        elif isinstance(domain, Float) and type(start) is int:
            warnings.warn(
                f"hyperparameter {name!r} starts at the integer {start}, but its domain is "
                "continuous: explore rounds every value that descends from an integer. "
                f"Start at {float(start)} instead",
                stacklevel=2,
            )


def _number(name: str, value: Any, most: float) -> float:
    value = plain(value)
    value = int(value) if isinstance(value, bool) else value
    endless = isinstance(value, float) and value == math.inf == most
    check_number(name, 0 if endless else value, least=0, most=most)
    return value


def _dict(name: str, mapping: Mapping[str, Any]) -> dict[str, Any]:
    result = {}
    for key, domain in mapping.items():
        inner = f"{name}[{key!r}]"
        if isinstance(domain, np.ndarray):
            domain = domain.tolist()
        if isinstance(domain, (Mapping, list, tuple)) and not domain:
            raise ValueError(f"{inner} is empty")
        if isinstance(domain, Mapping):
            domain = _dict(inner, domain)
        result[key] = domain
    return result
