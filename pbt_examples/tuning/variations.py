"""Schedulers with parts of PBT switched off, as in Figure 2 of the paper."""

from __future__ import annotations

from typing import Any

from pbt_examples.tuning.scheduler import PopulationBasedTraining
from ray.tune.experiment import Trial


class WeightsOnly(PopulationBasedTraining):
    """PBT whose exploit copies only the weights; each trial keeps its hyperparameters.

    Ray's exploit copies the donor's weights and hyperparameters. In the paper's toy
    example it copies only the weights, and explore, if there is any, starts from the
    target's own hyperparameters. With ``resample_probability=0`` and
    ``perturbation_factors=(1.0, 1.0)`` no hyperparameter changes at all, which is the
    paper's *exploit only*.

    Parameters
    ----------
    **settings
        Those of `PopulationBasedTraining`.
    """

    def _explores_from(self, target: Trial, donor: Trial) -> Trial:
        return target


class ExploreOnly(PopulationBasedTraining):
    """PBT without exploit: every trial changes its own hyperparameters and goes on.

    The table of exploits has a row for each change, in which the trial is its own donor.
    No weights are copied, so figures have no jump to draw.

    Parameters
    ----------
    *args, **kwargs
        Those of `PopulationBasedTraining`; `synch` must be True.

    Raises
    ------
    ValueError
        If the scheduler is asynchronous. A trial gets a new configuration only when it
        resumes, and in an asynchronous run it may not pause.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self._synch:
            raise ValueError("ExploreOnly needs synch=True, got synch=False")

    def _checkpoint_or_exploit(
        self, trial: Trial, tune_controller: Any, *quantiles: list[Trial]
    ) -> None:
        # Every trial is paused here, and will resume from its own checkpoint.
        new_config, _ = self._get_new_config(trial, trial)
        trial.set_config(new_config)
