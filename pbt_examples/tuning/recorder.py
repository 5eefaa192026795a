"""Record every report and every exploit of a run on the driver, as they happen."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd
import ray
from pbt_examples.checks import check_mode, check_names, check_type
from pbt_examples.record.info import RunInfo
from pbt_examples.record.run import Run
from pbt_examples.record.tables import (
    EVENT_COLUMNS,
    HISTORY_COLUMNS,
    exploits_table,
    flatten,
)
from pbt_examples.tuning.exploits import RemembersExploits
from ray import tune
from ray.tune.experiment import Trial
from ray.tune.result import AUTO_RESULT_KEYS

_RAY_KEYS = {*AUTO_RESULT_KEYS, "done", "should_checkpoint", "trial_id"}
"""What Ray adds to the metrics of a report."""

_RECORD = ("_numbers", "_segments", "_rows", "_exploits", "_events")
"""The attributes of a recorder that a restored run goes on with."""


class Recorder(tune.Callback):
    """A Tune callback that keeps what Ray's own data frame loses.

    ``ResultGrid`` reads ``result.json`` back, which a resumed trial overwrites with an
    older copy: more than half of the rows of a synchronous run are gone. A callback on
    the driver sees every report, in order, when it arrives.

    Parameters
    ----------
    scheduler : PopulationBasedTraining or PB2, optional
        The scheduler whose exploits are recorded. Without one (grid search) the run has
        none.
    hyperparameters : sequence of str, optional
        Names of the hyperparameters; by default those that the scheduler tunes.

    Raises
    ------
    TypeError
        If `scheduler` is another one, or `hyperparameters` are no names.
    ValueError
        In the run, if the trainable reports a metric with the name of a column that the
        record has anyway, such as ``time``, or if its configuration lacks one of the
        `hyperparameters`.

    Examples
    --------
    >>> recorder = Recorder(scheduler)                                # doctest: +SKIP
    >>> tune.RunConfig(callbacks=[recorder])                          # doctest: +SKIP
    >>> run = recorder.run(metric="Q")                                # doctest: +SKIP
    """

    def __init__(
        self,
        scheduler: RemembersExploits | None = None,
        *,
        hyperparameters: Sequence[str] | None = None,
    ) -> None:
        right = "None or this project's PopulationBasedTraining or PB2"
        check_type("scheduler", scheduler, (RemembersExploits, type(None)), right)
        self._scheduler = scheduler
        if hyperparameters is None:
            hyperparameters = list(scheduler.domains) if scheduler else []
        check_names("hyperparameters", hyperparameters)
        self._hyperparameters = tuple(hyperparameters)
        self._numbers: dict[str, int] = {}  # Ray's trial identifiers to 0, 1, …
        self._segments: dict[int, int] = {}
        self._rows: dict[tuple[int, int, int], dict[str, Any]] = {}
        self._exploits: list[dict[str, Any]] = []
        self._events: list[tuple[float, int, str]] = []
        self._before = 0.0  # seconds of the runs that this one restores
        self._lacks_state = False
        self._started = self._ended = time.monotonic()
        self._slots = 0
        self._wrong = ""  # what a report has, or lacks, that it should not

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        # Ray has read this recorder from ``tuner.pkl``, to restore the run.
        self.__dict__.update(attributes)
        self._lacks_state = True

    def setup(self, **info: Any) -> None:
        # In a restored run Ray calls this after `set_state`, when it has the trials. If
        # it cannot read what was saved, it says so in its log, begins anew, and may wait
        # for trials that never come: better end here.
        if self._lacks_state:
            raise RuntimeError(
                "the experiment cannot go on: Ray's log says what is wrong with the state "
                "that was saved. Load the record with `Run.load`, or run it again"
            )
        if self._scheduler:
            self._scheduler.check_restored()
        self._ended = time.monotonic()
        self._started = self._ended - self._before
        self._slots = int(ray.cluster_resources().get("CPU", 0))

    def on_trial_start(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        self._note("start", trials, trial)

    def on_trial_result(
        self, iteration: int, trials: list[Trial], trial: Trial, result: dict, **info: Any
    ) -> None:
        seconds, number = self._note("report", trials, trial)
        # The worker's own `config`, since the scheduler, which was asked first, may
        # have given the trial a new one already.
        config = flatten(result["config"])
        metrics = {k: v for k, v in result.items() if k not in _RAY_KEYS}
        if taken := metrics.keys() & {*HISTORY_COLUMNS}:
            self._wrong = (
                f"the trainable reports {sorted(taken)}, which the record has "
                "columns for already: give these metrics other names"
            )
        if unknown := [name for name in self._hyperparameters if name not in config]:
            self._wrong = (
                f"hyperparameters must be names in the configuration {sorted(config)}, "
                f"got {unknown}"
            )
        row = {
            "trial": number,
            "segment": self._segments[number],
            "iteration": result["training_iteration"],
            "time": seconds,
            "duration": result["time_this_iter_s"],
            "pid": result["pid"],
        } | flatten(metrics)
        row |= {name: config.get(name) for name in self._hyperparameters}
        # A trial that crashed reports the rows since its last checkpoint once more.
        # It goes on from the later ones, so those count.
        self._rows[number, row["segment"], row["iteration"]] = row

    def on_trial_error(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        self._note("fail", trials, trial)

    on_trial_recover = on_trial_error

    def on_trial_complete(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        self._note("complete", trials, trial)

    def on_step_end(self, iteration: int, trials: list[Trial], **info: Any) -> None:
        self._take_exploits()
        if self._wrong:  # here, since Ray would wrap an error in the report
            raise ValueError(self._wrong)

    def on_experiment_end(self, trials: list[Trial], **info: Any) -> None:
        self._ended = time.monotonic()

    def get_state(self) -> dict[str, Any]:
        """Return the record so far, and the scheduler's state, for Ray to save."""
        scheduler = self._scheduler.get_state() if self._scheduler else None
        seconds = time.monotonic() - self._started
        record = {name: getattr(self, name) for name in _RECORD}
        return {"record": record, "scheduler": scheduler, "seconds": seconds}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on with a record that Ray has saved, in a run that is restored."""
        self.__dict__.update(state["record"])
        self._before = state["seconds"]
        if self._scheduler:
            self._scheduler.set_state(state["scheduler"])
        self._lacks_state = False

    def run(self, *, metric: str, mode: Literal["max", "min"] = "max") -> Run:
        """Return what has been recorded so far, also of a run that failed.

        Parameters
        ----------
        metric : str
            Name of the metric by which trials are ranked.
        mode : {"max", "min"}, default: "max"
            Whether larger or smaller values are better.

        Raises
        ------
        ValueError
            If nothing has been reported, or no report has such a metric.
        """
        check_type("metric", metric, str, "the name of a metric")
        check_mode(mode)
        history = pd.DataFrame(
            [self._rows[key] for key in sorted(self._rows)], columns=self._columns()
        )
        if metric not in history.columns:
            raise ValueError(
                f"metric {metric!r} was not reported; the {len(history)} reports have "
                f"{[name for name in history.columns if name not in HISTORY_COLUMNS]}"
            )
        return Run(
            history=history,
            exploits=exploits_table(self._exploits, history, self._hyperparameters),
            events=pd.DataFrame(self._events, columns=list(EVENT_COLUMNS)),
            metric=metric,
            mode=mode,
            hyperparameters=self._hyperparameters,
            info=self._info(),
        )

    @property
    def reports(self) -> int:
        """How many rows there are so far."""
        return len(self._rows)

    def number_of(self, name: str) -> int:
        """Return the number of the trial whose identifier is part of a name of Ray's."""
        return next(number for trial, number in self._numbers.items() if trial in name)

    def _note(self, event: str, trials: list[Trial], trial: Trial) -> tuple[float, int]:
        # Ray lists trials in the order in which it made them, until one crashes and
        # goes to the end: number each as soon as it is seen.
        for one in trials:
            self._numbers.setdefault(one.trial_id, len(self._numbers))
        number = self._numbers[trial.trial_id]
        self._segments.setdefault(number, 0)
        seconds = time.monotonic() - self._started
        self._events.append((seconds, number, event))
        return seconds, number

    def _take_exploits(self) -> None:
        # At the end of a step of Ray's loop, since the report that made the scheduler
        # decide, in the same step, still belongs to the segment before the exploit.
        if self._scheduler is None:
            return
        for exploit in self._scheduler.exploits[len(self._exploits) :]:
            target, donor = self._numbers[exploit.target], self._numbers[exploit.donor]
            donor_segment = self._segments[donor]  # before: a trial may be its own donor
            self._segments[target] += 1
            row = {
                "iteration": exploit.iteration,
                "target": target,
                "donor": donor,
                "donor_iteration": exploit.donor_iteration,
                "segment": self._segments[target],
                "donor_segment": donor_segment,
                "target_score": exploit.target_score,
                "donor_score": exploit.donor_score,
            }
            old, new = flatten(exploit.old_config), flatten(exploit.new_config)
            operations = flatten(exploit.operations)
            for name in self._hyperparameters:
                row[f"{name}_donor"] = old[name]
                row[f"{name}_new"] = new[name]
                row[f"{name}_operation"] = operations.get(name, "")
            self._exploits.append(row)

    def _columns(self) -> list[str]:
        reported = dict.fromkeys(name for row in self._rows.values() for name in row)
        others = [name for name in reported if name not in HISTORY_COLUMNS]
        return ["trial", "segment", "iteration", *others, "time", "duration", "pid"]

    def _info(self) -> RunInfo:
        return RunInfo(
            seconds=self._ended - self._started,
            slots=self._slots,
            versions={"python": platform.python_version(), "ray": ray.__version__},
            **(self._scheduler.settings if self._scheduler else {}),
        )
