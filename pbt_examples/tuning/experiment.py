"""Run one experiment on Ray Tune as this project does: warm, quiet, recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from pbt_examples.checks import check_integer, check_mode, check_path, check_type
from pbt_examples.record.run import Run
from pbt_examples.tuning.keeper import Keeper
from pbt_examples.tuning.progress import ProgressBar
from pbt_examples.tuning.recorder import Recorder
from pbt_examples.tuning.session import ray_session
from pbt_examples.tuning.warm_workers import WarmVariantGenerator
from pbt_examples.tuning.watchdog import Watchdog
from ray import tune
from ray.tune.registry import get_trainable_cls
from ray.tune.schedulers import TrialScheduler


class RunFailedError(RuntimeError):
    """A run failed before its end.

    Attributes
    ----------
    run : Run or None
        The record up to then; None if no trial had reported anything.
    """

    def __init__(self, message: str, run: Run | None) -> None:
        kept = "nothing was reported" if run is None else f"`run` of this error has {run}"
        super().__init__(f"{message}; {kept}")
        self.run = run


def run_experiment(
    trainable: Callable[[dict[str, Any]], None] | type[tune.Trainable] | str,
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
    patience: float = 600.0,
    folder: str | Path | None = None,
) -> Run:
    """Start Ray, run one experiment with ``tune.Tuner``, stop Ray, return the record.

    The first page of the gallery spells out the same steps with Ray's own API. The later
    pages use this function, so that they can concentrate on what is new.

    Parameters
    ----------
    trainable : callable, type or str
        A function trainable, a class trainable, or the name under which Ray knows one:
        from ``tune.register_trainable``, or that of an RLlib algorithm.
    param_space : dict
        What each trial starts from, as for ``tune.Tuner``.
    scheduler : TrialScheduler, optional
        For example `PopulationBasedTraining`, or one of Ray's own (see `Recorder`).
        Without a scheduler, every trial keeps the configuration that it started with.
    iterations : int, default: 100
        Training iteration at which a trial ends.
    metric, mode : str, default: "Q", "max"
        What makes one trial better than another.
    hyperparameters : sequence of str, optional
        Names to record; by default those that the scheduler tunes.
    num_samples : int, default: 1
        How often `param_space` is sampled.
    slots : int, default: 1
        How many trials run at the same time.
    seed : int, default: 0
        Seed of the random values in `param_space`. The scheduler has its own.
    max_failures : int, default: 3
        Failures allowed per trial.
    patience : float, default: 600
        Seconds without progress in any trial after which the run ends.
    folder : path, optional
        Save the record there while the run goes on, so that `Run.load` can read it even
        if this process is killed.

    Returns
    -------
    Run
        The record of the whole experiment.

    Raises
    ------
    TypeError, ValueError
        If an argument is wrong; nothing has been started.
    RunFailedError
        If a trial failed more than `max_failures` times or the run got stuck (the message
        names the trial), if a trial asks for more resources than the cluster has, or if
        the disk failed (the message names the path). The error holds the record so far.
    OSError
        If the storage path cannot be written to at the start.
    """
    check_trainable(trainable)
    check_type("param_space", param_space, dict, "a dict")
    check_type("scheduler", scheduler, (TrialScheduler, type(None)), "a scheduler or None")
    check_type("metric", metric, str, "the name of a metric")
    check_mode(mode)
    # Ray takes smaller values to mean "no limit".
    for name, value, least in [
        ("iterations", iterations, 1),
        ("num_samples", num_samples, 1),
        ("max_failures", max_failures, 0),
        ("seed", seed, 0),
    ]:
        check_integer(name, value, least=least)
    if folder is not None:
        check_path("folder", folder)
    recorder = Recorder(scheduler, hyperparameters=hyperparameters)
    callbacks = [recorder, Watchdog(patience=patience), ProgressBar()]
    with ExitStack() as stack:
        storage_path = stack.enter_context(ray_session(slots=slots))
        if folder is not None:
            keeper = Keeper(recorder, folder, metric=metric, mode=mode)
            callbacks.append(keeper)
            stack.callback(keeper.save)  # also when the run is interrupted
        tuner = make_tuner(
            trainable,
            param_space,
            scheduler=scheduler,
            search_alg=WarmVariantGenerator(random_state=seed),
            num_samples=num_samples,
            metric=metric,
            mode=mode,
            iterations=iterations,
            max_failures=max_failures,
            callbacks=callbacks,
            storage_path=storage_path,
        )
        try:
            failure = _failure(tuner.fit(), recorder)
        except (OSError, RuntimeError) as error:  # disk, watchdog, or scheduler
            failure = str(error), error
    if failure is None:
        return recorder.run(metric=metric, mode=mode)
    recorded = recorder.run(metric=metric, mode=mode) if recorder.reports else None
    raise RunFailedError(failure[0], recorded) from failure[1]


def make_tuner(
    trainable: Any,
    param_space: dict[str, Any],
    *,
    scheduler: TrialScheduler | None,
    search_alg: WarmVariantGenerator,
    num_samples: int = 1,
    metric: str,
    mode: str,
    iterations: int,
    max_failures: int,
    callbacks: list[tune.Callback],
    storage_path: str,
) -> tune.Tuner:
    """Return a ``tune.Tuner`` with the settings of all experiments of this project."""
    return tune.Tuner(
        trainable,
        param_space=param_space,
        tune_config=tune.TuneConfig(
            metric=metric,
            mode=mode,
            num_samples=num_samples,
            scheduler=scheduler,
            search_alg=search_alg,
            reuse_actors=_takes_new_configurations(trainable),
        ),
        run_config=tune.RunConfig(
            stop={"training_iteration": iterations},
            storage_path=storage_path,
            failure_config=tune.FailureConfig(max_failures=max_failures),
            callbacks=callbacks,
            verbose=0,
        ),
    )


def check_trainable(trainable: Any) -> None:
    """Raise a `TypeError` or a `ValueError` unless Tune can train it."""
    if isinstance(trainable, str):
        try:
            get_trainable_cls(trainable)
        except tune.TuneError:
            raise ValueError(
                f"trainable must be a name that Ray knows, got {trainable!r}: register it "
                "with tune.register_trainable"
            ) from None
    elif not callable(trainable):
        raise TypeError(
            f"trainable must be a function, a class or a name, got {trainable!r}"
        )


def _takes_new_configurations(trainable: Any) -> bool:
    # Ray resets a process with `reset_config`, which a class may lack. The class that Ray
    # makes from a function has it.
    cls = get_trainable_cls(trainable) if isinstance(trainable, str) else trainable
    is_class = isinstance(cls, type) and issubclass(cls, tune.Trainable)
    return not is_class or cls.reset_config is not tune.Trainable.reset_config


def _failure(results: tune.ResultGrid, recorder: Recorder) -> tuple[str, Exception] | None:
    for result in results:
        if result.error is not None:
            return describe_failure(result, recorder), result.error
    return None


def describe_failure(result: tune.Result, recorder: Recorder) -> str:
    """Return which trial failed too often, and why."""
    error = result.error
    number = recorder.number_of(Path(result.path).name)
    first_line = str(error).strip().partition("\n")[0]
    if cause := getattr(error, "cause", None):  # what the trainable raised
        first_line = f"{type(cause).__name__}: {cause}"
    return f"trial {number} failed more than max_failures times: {first_line}"
