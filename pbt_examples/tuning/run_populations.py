"""Run several populations in one experiment, which starts its processes once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pbt_examples.checks import check_integer, check_mode, check_path, check_type
from pbt_examples.record.run import Run
from pbt_examples.tuning.experiment import (
    check_trainable,
    describe_failure,
    make_tuner,
)
from pbt_examples.tuning.keeper import Keeper
from pbt_examples.tuning.populations import (
    ENTRY,
    PerPopulation,
    Populations,
    PopulationVariants,
)
from pbt_examples.tuning.progress import ProgressBar
from pbt_examples.tuning.recorder import Recorder
from pbt_examples.tuning.session import ray_session
from pbt_examples.tuning.watchdog import Watchdog
from ray import tune
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Population:
    """The start of one population of an experiment, and its scheduler.

    Attributes
    ----------
    param_space : dict
        What each trial starts from, as for `run_experiment`.
    scheduler : TrialScheduler, optional
        For example `PopulationBasedTraining`. Without a scheduler, every trial keeps the
        configuration that it started with.
    num_samples : int, default: 1
        How often `param_space` is sampled.
    """

    param_space: dict[str, Any]
    scheduler: TrialScheduler | None = None
    num_samples: int = 1

    def __post_init__(self) -> None:
        check_type("param_space", self.param_space, dict, "a dict")
        kinds = (TrialScheduler, type(None))
        check_type("scheduler", self.scheduler, kinds, "a scheduler or None")
        check_integer("num_samples", self.num_samples, least=1)


class PopulationsFailedError(RuntimeError):
    """Some populations of an experiment failed before their end.

    Attributes
    ----------
    failures : dict
        What went wrong in each population that failed, by its name.
    runs : dict
        The record of each population that reported anything, by its name. Those that are
        not among the `failures` are complete.
    """

    def __init__(
        self, failures: Mapping[Any, str], runs: Mapping[Any, Run], populations: int
    ) -> None:
        self.failures, self.runs = dict(failures), dict(runs)
        reasons = "; ".join(f"{name!r}: {why}" for name, why in failures.items())
        super().__init__(
            f"{len(failures)} of {populations} populations failed: {reasons}; "
            f"`runs` of this error has what was recorded of {len(runs)}"
        )


def run_populations(
    trainable: Callable[[dict[str, Any]], None] | type[tune.Trainable] | str,
    populations: Mapping[Name, Population],
    *,
    iterations: int = 100,
    metric: str = "Q",
    mode: Literal["max", "min"] = "max",
    hyperparameters: Sequence[str] | None = None,
    slots: int = 1,
    seed: int = 0,
    max_failures: int = 3,
    patience: float = 600.0,
    folder: str | Path | None = None,
) -> dict[Name, Run]:
    """Run several independent populations in one experiment.

    Each run has the history that `run_experiment` would give it, bit for bit if it is
    synchronous. Starting a worker process takes longer than a small run; one experiment
    starts one process per slot, instead of one per slot and run.

    Parameters
    ----------
    trainable : callable, type or str
        As for `run_experiment`.
    populations : mapping of Population
        The populations, under names of your choice.
    iterations : int, default: 100
        Training iteration at which a trial ends.
    metric, mode : str, default: "Q", "max"
        What makes one trial better than another.
    hyperparameters : sequence of str, optional
        Names to record; by default, for each population, those that its scheduler tunes.
    slots : int, default: 1
        How many trials run at the same time. On one slot, the populations run one after
        another.
    seed : int, default: 0
        Seed of the random values in each ``param_space``. The schedulers have their own.
    max_failures : int, default: 3
        Failures allowed per trial.
    patience : float, default: 600
        Seconds without progress in any trial after which the experiment ends.
    folder : path, optional
        Save the records there while the experiment goes on, in one subfolder for each
        population, with the population's name.

    Returns
    -------
    dict of Run
        The record of each population, by its name. Times count from the start of the
        experiment, and ``info.seconds`` is the wall time of the whole experiment.

    Raises
    ------
    TypeError, ValueError
        If an argument is wrong; nothing has been started.
    PopulationsFailedError
        If populations failed, for the same reasons as in `run_experiment`. The others ran
        to their end, and the error holds all records.
    OSError
        If the storage path cannot be written to at the start.
    """
    check_trainable(trainable)
    _check_populations(populations)
    check_type("metric", metric, str, "the name of a metric")
    check_mode(mode)
    for name, value, least in [
        ("iterations", iterations, 1),
        ("max_failures", max_failures, 0),
    ]:
        check_integer(name, value, least=least)
    if folder is not None:
        check_path("folder", folder)
        _check_folders(populations)
    members = list(populations.values())
    scheduler = Populations([one.scheduler or FIFOScheduler() for one in members])
    search_alg = PopulationVariants(
        [one.param_space for one in members],
        num_samples=[one.num_samples for one in members],
        seed=seed,
    )
    recorders = {
        name: Recorder(one.scheduler, hyperparameters=hyperparameters)
        for name, one in populations.items()
    }
    callbacks = [
        PerPopulation(scheduler, list(recorders.values())),
        Watchdog(patience=patience),
        ProgressBar(),
    ]
    with ExitStack() as stack:
        storage_path = stack.enter_context(ray_session(slots=slots))
        if folder is not None:
            keepers = [
                Keeper(recorder, Path(folder, str(name)), metric=metric, mode=mode)
                for name, recorder in recorders.items()
            ]
            callbacks.append(PerPopulation(scheduler, keepers))
            for keeper in keepers:
                stack.callback(keeper.save)  # also when the run is interrupted
        tuner = make_tuner(
            trainable,
            {},
            scheduler=scheduler,
            search_alg=search_alg,
            metric=metric,
            mode=mode,
            iterations=iterations,
            max_failures=max_failures,
            callbacks=callbacks,
            storage_path=storage_path,
        )
        cause: Exception | None = None
        try:
            failures, cause = _failures(tuner.fit(), recorders)
        except (OSError, RuntimeError) as error:  # disk, watchdog, or scheduler
            failures, cause = dict.fromkeys(recorders, str(error)), error
    runs = {
        name: recorder.run(metric=metric, mode=mode)
        for name, recorder in recorders.items()
        if recorder.reports
    }
    if failures:
        raise PopulationsFailedError(failures, runs, len(populations)) from cause
    return runs


def _failures(
    results: tune.ResultGrid, recorders: Mapping[Name, Recorder]
) -> tuple[dict[Name, str], Exception | None]:
    # Keep the first trial that failed in each population, and the first error of all.
    names, cause = list(recorders), None
    failures: dict[Name, str] = {}
    for result in results:
        if result.error is not None:
            name = names[result.config[ENTRY]]
            failures.setdefault(name, describe_failure(result, recorders[name]))
            cause = cause or result.error
    return failures, cause


def _check_populations(populations: Any) -> None:
    check_type("populations", populations, Mapping, "a mapping from names to Population")
    if not populations:
        raise ValueError(f"populations must hold at least one, got {populations!r}")
    for one in populations.values():
        check_type("each of populations", one, Population, "a Population")


def _check_folders(populations: Mapping[Any, Population]) -> None:
    folders = [str(name) for name in populations]
    plain = all(
        Path(folder).name == folder and folder not in ("", "..") for folder in folders
    )
    if not plain or len(set(folders)) < len(folders):
        raise ValueError(
            "with a folder, the names of populations must be different names of folders, "
            f"got {folders}"
        )
