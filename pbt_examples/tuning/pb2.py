"""Ray's ``PB2``, which explores with a Gaussian process, made seeded and crash-proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pbt_examples.tuning.scheduler import Additions
from ray.tune.experiment import Trial
from ray.tune.schedulers.pb2 import PB2 as RayPB2  # noqa: N811
from ray.tune.utils.util import unflatten_dict
from sklearn import config_context
from threadpoolctl import threadpool_limits

MODEL = "model"
"""The operation that a record has for a value chosen by the Gaussian process."""


@contextmanager
def small_model(data: pd.DataFrame) -> Iterator[None]:
    """Let scikit-learn fit and ask a small model of these data in a ``with`` block.

    The matrices are small: more threads would only add the number of cores to what the
    last bits depend on, and checks of the arguments would take a third of the time.
    """
    # Other numbers end in an error, which names them.
    finite = bool(np.isfinite(data["Reward"].astype(float)).all())
    fewer_checks = config_context(assume_finite=finite, skip_parameter_validation=True)
    with threadpool_limits(1), fewer_checks:
        yield


class _InOrder(RayPB2):
    """Ray's class, with its data in a fixed order and a record of the model's choices."""

    data: pd.DataFrame

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.asked: dict[int, pd.DataFrame] = {}

    def _save_trial_state(self, state: Any, time: int, result: dict, trial: Trial) -> float:
        score = super()._save_trial_state(state, time, result, trial)
        # The order of reports depends on the number of slots, and those of a trial that
        # crashed, or was the last at the barrier, arrive twice.
        rows = self.data.drop_duplicates().sort_values(["Time", "Trial"], kind="stable")
        self.data = rows.reset_index(drop=True)
        return score

    def _get_new_config(self, trial: Trial, trial_to_clone: Trial) -> tuple[dict, dict]:
        before = self.data
        with small_model(before):
            new_config, _ = super()._get_new_config(trial, trial_to_clone)
        chose = len(self.data) > len(before)  # else the donor's values were kept
        if chose:
            self.asked[len(self.exploits)] = before
        operations = dict.fromkeys(self._hyperparam_bounds_flat, MODEL) if chose else {}
        return new_config, unflatten_dict(operations)


class PB2(Additions, _InOrder):
    """Ray's scheduler of the same name, with what our `PopulationBasedTraining` adds.

    Where PBT multiplies or resamples, PB2 (Population Based Bandits; Parker-Holder et
    al., 2020, arXiv:2002.02518) asks a model: a Gaussian process that predicts how much
    the metric improves in the next interval, given the time, the metric and the
    hyperparameters. Exploit is the same as in PBT. PB2 needs scikit-learn, and Ray 2.53 or
    newer.

    Parameters
    ----------
    time_attr, metric, mode, perturbation_interval, hyperparam_bounds, \
quantile_fraction, log_config, require_attrs, synch, custom_explore_fn
        As for ``ray.tune.schedulers.pb2.PB2``, in the same order and with the same
        defaults.
    seed : int, default: 0
        Seed of every draw that the scheduler makes.

    Attributes
    ----------
    exploits : list of Exploit
        Every exploit so far. The operation is ``"model"``, or none if the model had no
        data yet and the target keeps the donor's values.
    asked : dict of int to DataFrame
        Maps the place in `exploits` of each exploit that used the model to the data that
        the model was fitted to.

    Notes
    -----
    As in `PopulationBasedTraining`, the same seed gives the same history on any number
    of slots, even if workers die. For this, the data of the model are ordered by time and
    trial. In Ray's class they are in the order in which reports arrive, which affects the
    last digits of the fit. These also depend on the processor, for which linear algebra
    picks its instructions, so another kind of machine can make other choices.
    """

    _saved: ClassVar[tuple[str, ...]] = (
        "asked", "current", "data", "last_exploration_time",
    )  # fmt: skip

    def __init__(
        self,
        time_attr: str = "time_total_s",
        metric: str | None = None,
        mode: Literal["max", "min"] | None = None,
        perturbation_interval: float = 60.0,
        hyperparam_bounds: Mapping[str, Any] | None = None,
        quantile_fraction: float = 0.25,
        log_config: bool = True,
        require_attrs: bool = True,
        synch: bool = False,
        custom_explore_fn: Callable[[dict], dict] | None = None,
        *,
        seed: int = 0,
    ) -> None:
        super().__init__(
            time_attr=time_attr,
            metric=metric,
            mode=mode,
            perturbation_interval=perturbation_interval,
            hyperparam_bounds=hyperparam_bounds,
            quantile_fraction=quantile_fraction,
            log_config=log_config,
            require_attrs=require_attrs,
            synch=synch,
            custom_explore_fn=custom_explore_fn,
            seed=seed,
        )
