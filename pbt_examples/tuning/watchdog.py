"""End a run that is stuck, instead of waiting forever."""

from __future__ import annotations

import time
from typing import Any

from pbt_examples.checks import check_type
from ray import tune
from ray.tune.experiment import Trial


class Watchdog(tune.Callback):
    """A Tune callback that ends a run in which no trial makes progress.

    A trial makes progress when it reports an iteration that it has never reached before.
    Reports alone are not enough: trials that set each other back keep reporting.

    Parameters
    ----------
    patience : float, default: 600
        Seconds without progress after which the run ends. It should be longer than an
        iteration, or the start of a worker process, can take.

    Raises
    ------
    ValueError
        If `patience` is not a positive number.
    TimeoutError
        During the run, which Ray then ends. The message names each unfinished trial, the
        iteration it has reached and since when.
    """

    def __init__(self, *, patience: float = 600.0) -> None:
        check_type("patience", patience, (int, float), "a number of seconds")
        if not patience > 0:
            raise ValueError(
                f"patience must be a positive number of seconds, got {patience!r}"
            )
        self._patience = patience
        self._furthest: dict[str, tuple[int, float]] = {}  # trial: iteration, time
        self._started = time.time()

    def setup(self, **info: Any) -> None:
        self._started = time.time()

    def on_trial_result(
        self, iteration: int, trials: list[Trial], trial: Trial, result: dict, **info: Any
    ) -> None:
        reached = result["training_iteration"]
        if reached > self._of(trial)[0]:
            self._furthest[trial.trial_id] = reached, time.time()

    def on_step_end(self, iteration: int, trials: list[Trial], **info: Any) -> None:
        stuck = [trial for trial in trials if not trial.is_finished()]
        latest = max((since for _, since in self._furthest.values()), default=self._started)
        if stuck and time.time() - latest > self._patience:
            states = "; ".join(sorted(self._describe(trial) for trial in stuck))
            raise TimeoutError(
                f"no trial got any further for {self._patience:g} seconds "
                f"(patience): {states}"
            )

    def _of(self, trial: Trial) -> tuple[int, float]:
        return self._furthest.get(trial.trial_id, (0, self._started))

    def _describe(self, trial: Trial) -> str:
        reached, since = self._of(trial)
        when = time.strftime("%H:%M:%S", time.localtime(since))
        return f"trial {trial} is {trial.status} at iteration {reached} since {when}"
