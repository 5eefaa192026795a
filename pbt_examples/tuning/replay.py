"""Train one trial alone with the schedule that PBT found."""

from __future__ import annotations

from typing import Any

from pbt_examples.record.run import Run, check_run
from pbt_examples.record.schedule import schedule_changes
from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.utils.util import merge_dicts, unflatten_dict


class Replay(FIFOScheduler):
    """A scheduler that trains a single trial with the schedule of an ancestry.

    Parameters
    ----------
    run : Run
        A PBT run, such as one from `Run.from_experiment`.
    trial : int, optional
        The trial whose last state is trained again; by default the winner.

    Attributes
    ----------
    changes : dict
        Maps each iteration after which hyperparameters change to their new values. Those
        under the key 0 are the starting values.

    Raises
    ------
    ValueError
        If the run has no such trial or no hyperparameters, or if there is more than one
        trial to train.

    Notes
    -----
    The trainable must report a checkpoint at each iteration at which the schedule
    changes, as it did in the run. Entries of the configuration that PBT did not tune
    come from ``param_space``.

    Ray has ``PopulationBasedTrainingReplay`` for this purpose. It asks for a checkpoint
    and, at the same time, for the end of the process that should write it. In Ray 2.60
    that end stays pending and takes effect after the *next* checkpoint, which ends the
    trial. This class pauses the trial, which Ray does in the right order.

    Examples
    --------
    >>> scheduler = Replay(run)                                       # doctest: +SKIP
    >>> run_experiment(                                               # doctest: +SKIP
    ...     train_toy, {"checkpoint_interval": 4},
    ...     scheduler=scheduler, hyperparameters=run.hyperparameters,
    ... )
    """

    def __init__(self, run: Run, *, trial: int | None = None) -> None:
        super().__init__()
        check_run(run)
        if not run.hyperparameters:
            raise ValueError(f"run must have hyperparameters to replay, got {run!r}")
        self.changes = schedule_changes(run, trial)
        self._trial: Trial | None = None

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        if self._trial not in (None, trial):
            raise ValueError(
                "a replay trains one trial, but param_space and num_samples make more"
            )
        if self._trial is None:  # else it crashed, and goes on with what it had
            self._trial = trial
            self._change(trial, iteration=min(self.changes))

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict) -> str:
        if result["training_iteration"] not in self.changes:
            return TrialScheduler.CONTINUE
        self._change(trial, iteration=result["training_iteration"])
        return TrialScheduler.PAUSE  # and nobody else waits, so it goes on at once

    def _change(self, trial: Trial, *, iteration: int) -> None:
        new = unflatten_dict(self.changes[iteration], delimiter="/")
        trial.set_config(merge_dicts(trial.config, new))
