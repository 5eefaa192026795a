"""Run one experiment on Ray Tune the way this project does: warm, quiet, recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from pbt_examples.progress import ProgressBar
from pbt_examples.recorder import Recorder
from pbt_examples.run import Run
from pbt_examples.scheduler import PopulationBasedTraining
from pbt_examples.session import ray_session
from pbt_examples.warm import WarmVariantGenerator
from ray import tune
from ray.tune.schedulers import TrialScheduler


def run_experiment(
    trainable: Callable[[dict[str, Any]], None],
    param_space: dict[str, Any],
    *,
    scheduler: TrialScheduler | None = None,
    iterations: int = 100,
    metric: str = "Q",
    mode: Literal["max", "min"] = "max",
    hyperparameters: Sequence[str] | None = None,
    num_samples: int = 1,
    slots: int = 1,
    seed: int = 0,
    max_failures: int = 3,
) -> Run:
    """Start Ray, run one experiment with ``tune.Tuner``, stop Ray, return the record.

    The first page of the gallery spells the same out in Ray's own words; the later
    pages use this, to talk about what is new on them.

    Parameters
    ----------
    trainable : callable
        A function trainable.
    param_space : dict
        What each trial starts from, as for ``tune.Tuner``.
    scheduler : TrialScheduler, optional
        For instance `PopulationBasedTraining`. Without one every trial runs to its end
        with the configuration that it started from.
    iterations : int, default: 100
        Training iteration at which a trial ends.
    metric, mode : str, default: "Q", "max"
        What makes a trial better than another.
    hyperparameters : sequence of str, optional
        Names to record; by default those that the scheduler tunes.
    num_samples : int, default: 1
        How often `param_space` is sampled.
    slots : int, default: 1
        How many trials run at the same time.
    seed : int, default: 0
        Seed of the draws that `param_space` asks for. The scheduler has its own.
    max_failures : int, default: 3
        How many crashes of one trial are put up with.

    Returns
    -------
    Run
        The record of the whole experiment.
    """
    recording = scheduler if isinstance(scheduler, PopulationBasedTraining) else None
    recorder = Recorder(recording, hyperparameters=hyperparameters)
    with ray_session(slots=slots) as storage_path:
        tuner = tune.Tuner(
            trainable,
            param_space=param_space,
            tune_config=tune.TuneConfig(
                metric=metric,
                mode=mode,
                num_samples=num_samples,
                scheduler=scheduler,
                search_alg=WarmVariantGenerator(random_state=seed),
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                stop={"training_iteration": iterations},
                storage_path=storage_path,
                failure_config=tune.FailureConfig(max_failures=max_failures),
                callbacks=[recorder, ProgressBar()],
                verbose=0,
            ),
        )
        tuner.fit()
    return recorder.run(metric=metric, mode=mode)
