"""A progress bar for a terminal; silent anywhere else."""

from __future__ import annotations

from typing import Any

from ray import tune
from tqdm import tqdm


class ProgressBar(tune.Callback):
    """A Tune callback that shows the progress of a run on a terminal.

    It counts reports. If standard error is not a terminal, as on a page or in a log, it
    shows nothing.
    """

    def setup(
        self,
        stop: Any = None,
        num_samples: int | None = None,
        total_num_samples: int | None = None,
        **info: Any,
    ) -> None:
        iterations = stop.get("training_iteration") if isinstance(stop, dict) else None
        total = iterations * total_num_samples if iterations and total_num_samples else None
        self._bar = tqdm(total=total, unit=" reports", disable=None, leave=False)

    def on_trial_result(
        self, iteration: int, trials: list, trial: Any, result: dict, **info: Any
    ) -> None:
        self._bar.update()

    def on_experiment_end(self, trials: list, **info: Any) -> None:
        self._bar.close()
