"""Record every report and every exploit of a run on the driver, as they happen."""

from __future__ import annotations

import math
import platform
import time
import warnings
from collections.abc import Iterable, Sequence
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
from pbt_examples.tuning.exploit_memory import RemembersExploits, remembering
from pbt_examples.tuning.scheduler import Additions
from pbt_examples.tuning.values import recordable
from ray import tune
from ray.tune.experiment import Trial
from ray.tune.result import AUTO_RESULT_KEYS
from ray.tune.schedulers import PopulationBasedTraining as RayPBT
from ray.tune.schedulers import TrialScheduler

_RAY_KEYS = {*AUTO_RESULT_KEYS, "done", "should_checkpoint", "trial_id"}
"""Entries that the installed Ray adds to the metrics of a report.

`RAY_COLUMNS` has those of every release, for directories of any age; here it would drop
metrics of the user, such as ``warmup_time``.
"""

_NO_PROMISE = (
    "The scheduler is Ray's own {name}: the same seed may give another history, a crash "
    "can make a synchronous run wait, and a restored run starts from the beginning."
)
"""A note in the record of a run that Ray's own scheduler made."""

_GAP = "has no reports between iterations"
"""What the note on a gap says, so that there is one such note."""

_RECORD = (
    "_numbers", "_segments", "_rows", "_exploits", "_events", "_notes", "_known",
    "_metrics", "_latest",
)  # fmt: skip
"""The attributes of a recorder that a restored run continues with."""


class Recorder(tune.Callback):
    """A Tune callback that keeps what Ray's own data frame loses.

    ``ResultGrid`` reads ``result.json``, which a resumed trial overwrites with an older
    copy: more than half of the rows of a synchronous run are lost. A callback on the
    driver sees every report, in order, as it arrives. See :doc:`/guide/data-model` for
    every table and column of the run that it records, with units.

    Parameters
    ----------
    scheduler : TrialScheduler, optional
        The scheduler whose exploits are recorded: this package's or Ray's own
        ``PopulationBasedTraining`` or ``PB2``, or a class derived from one of them. With
        another scheduler, or without one (grid search), the run has no exploits.
    hyperparameters : sequence of str, optional
        Names of the hyperparameters; by default those that the scheduler tunes.

    Raises
    ------
    TypeError
        If `scheduler` is not a scheduler, or `hyperparameters` are not names.
    ValueError
        During the run, if no trial has one of the `hyperparameters` in its configuration.

    Warns
    -----
    UserWarning
        During the run, if something cannot be recorded as it is. It is recorded as a
        string, or under another name, and `RunInfo.notes` says so.

    Notes
    -----
    Exploits of Ray's own schedulers are recorded as they are decided, and the decisions
    are not changed. But Ray's schedulers do not keep this package's promises: that the
    same seed gives the same history, that a crash changes nothing, and that a restored
    run continues where it stopped.

    Examples
    --------
    >>> recorder = Recorder(scheduler)                                # doctest: +SKIP
    >>> tune.RunConfig(callbacks=[recorder])                          # doctest: +SKIP
    >>> run = recorder.run(metric="Q")                                # doctest: +SKIP
    """

    def __init__(
        self,
        scheduler: TrialScheduler | None = None,
        *,
        hyperparameters: Sequence[str] | None = None,
    ) -> None:
        check_type("scheduler", scheduler, (TrialScheduler, type(None)), "a scheduler")
        self._notes: dict[str, None] = {}  # in the order in which they came up
        if isinstance(scheduler, RayPBT) and not isinstance(scheduler, Additions):
            self._notes[_NO_PROMISE.format(name=type(scheduler).__name__)] = None
            scheduler = remembering(scheduler)
        self._scheduler: RemembersExploits | None = None
        if hasattr(scheduler, "exploits"):
            self._scheduler = scheduler
        if hyperparameters is None:
            hyperparameters = list(self._scheduler.domains) if self._scheduler else []
        check_names("hyperparameters", hyperparameters)
        # The names in the configuration, and the columns that have their values.
        self._hyperparameters = {
            name: self._column(name, "tuned") for name in hyperparameters
        }
        self._begin()

    def _begin(self) -> None:
        self._metrics: dict[str, str] = {}  # the names in reports, and their columns
        self._known: set[str] = set()  # names that a configuration has had
        self._numbers: dict[str, int] = {}  # Ray's trial identifiers to 0, 1, …
        self._segments: dict[int, int] = {}
        self._rows: dict[tuple[int, int, int], dict[str, Any]] = {}
        self._latest: dict[int, tuple[int, int]] = {}  # segment, iteration of a trial
        self._exploits: list[dict[str, Any]] = []
        self._events: list[tuple[float, int, str]] = []
        self._before = 0.0  # seconds of the runs that this one restores
        self._lacks_state = self._goes_on = False
        self._started = time.monotonic()
        self._ended: float | None = None
        self._slots = 0
        self._wrong = ""  # what a report has, or lacks, that it should not

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        # Ray has read this recorder from ``tuner.pkl`` to restore the run.
        self.__dict__.update(attributes)
        self._lacks_state = True

    def setup(self, **info: Any) -> None:
        # In a restored run Ray calls this after `set_state`, when it has the trials. If
        # it cannot read the saved state, it logs that, starts from the beginning, and may
        # wait for trials that never come, so end the run here.
        if self._lacks_state:
            raise RuntimeError(
                "the experiment cannot go on: Ray's log says what is wrong with the saved "
                "state. Load the record with `Run.load`, or run it again"
            )
        if not self._goes_on:
            self._begin()  # it may have served another experiment, like the scheduler
        if self._scheduler and self._goes_on:
            self._scheduler.check_restored()
        elif self._scheduler:
            self._scheduler.exploits = []
        self._goes_on = False
        self._started, self._ended = time.monotonic() - self._before, None
        self._slots = int(ray.cluster_resources().get("CPU", 0))

    def on_trial_start(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        self._note("start", trials, trial)

    def on_trial_result(
        self, iteration: int, trials: list[Trial], trial: Trial, result: dict, **info: Any
    ) -> None:
        seconds, number = self._note("report", trials, trial)
        # Take the worker's own `config`, since the scheduler, which was called first, may
        # have given the trial a new one already.
        config = flatten(result["config"])
        self._check_names(config, trials)
        tuned = {
            column: self._kept(name, config.get(name))
            for name, column in self._hyperparameters.items()
        }
        row = {
            "trial": number,
            "segment": self._segments[number],
            "iteration": result["training_iteration"],
            "time": seconds,
            "duration": result["time_this_iter_s"],
            "pid": result["pid"],
        }
        row |= self._reported(result, tuned) | tuned
        self._note_gap(number, row["segment"], row["iteration"])
        # A trial that crashed reports the rows since its last checkpoint again. It
        # continues from the later ones, so those count.
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
        """Continue with the record that Ray saved, in a restored run."""
        self.__dict__.update(state["record"])
        self._before = state["seconds"]
        if self._scheduler:
            self._scheduler.set_state(state["scheduler"])
        self._lacks_state, self._goes_on = False, True

    def run(self, *, metric: str, mode: Literal["max", "min"] = "max") -> Run:
        """Return what has been recorded so far, even if the run failed.

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
        metric = self._metrics.get(metric, metric)
        history = pd.DataFrame(
            [self._rows[key] for key in sorted(self._rows)], columns=self._columns()
        )
        if metric not in history.columns:
            raise ValueError(
                f"metric {metric!r} was not reported; the {len(history)} reports have "
                f"{[name for name in history.columns if name not in HISTORY_COLUMNS]}"
            )
        if not pd.api.types.is_numeric_dtype(history[metric]):
            history[metric] = history[metric].map(_number).astype(float)
        names = tuple(self._hyperparameters.values())
        return Run(
            history=history,
            exploits=exploits_table(self._exploits, history, names),
            events=pd.DataFrame(self._events, columns=list(EVENT_COLUMNS)),
            metric=metric,
            mode=mode,
            hyperparameters=names,
            info=self._info(),
        )

    @property
    def reports(self) -> int:
        """The number of rows so far."""
        return len(self._rows)

    def number_of(self, name: str) -> int:
        """Return the number of the trial whose identifier is part of one of Ray's names."""
        return next(number for trial, number in self._numbers.items() if trial in name)

    def _note(self, event: str, trials: list[Trial], trial: Trial) -> tuple[float, int]:
        # Ray lists trials in the order in which it created them, until one crashes and
        # moves to the end, so number each as soon as it is seen.
        for one in trials:
            self._numbers.setdefault(one.trial_id, len(self._numbers))
        number = self._numbers[trial.trial_id]
        self._segments.setdefault(number, 0)
        seconds = time.monotonic() - self._started
        self._events.append((seconds, number, event))
        return seconds, number

    def _note_gap(self, number: int, segment: int, iteration: int) -> None:
        before, last = self._latest.get(number, (segment, iteration))
        self._latest[number] = segment, iteration
        told = any(_GAP in note for note in self._notes)
        if before == segment and iteration > last + 1 and not told:
            self._note_down(
                f"Trial {number} {_GAP} {last} and {iteration}: either the trainable sets "
                "training_iteration itself, or reports were lost, as can happen with "
                "buffered reports. There may be more gaps."
            )

    def _check_names(self, config: dict[str, Any], trials: list[Trial]) -> None:
        # The configurations of trials may have different entries, and one that only some
        # trials have may disappear.
        self._known |= config.keys()
        if any(name not in self._known for name in self._hyperparameters):
            self._known |= {name for one in trials for name in flatten(one.config)}
        known = self._known
        if unknown := [name for name in self._hyperparameters if name not in known]:
            self._wrong = (
                f"hyperparameters must be names in the configuration {sorted(known)}, "
                f"got {unknown}"
            )

    def _reported(self, result: dict[str, Any], tuned: dict[str, Any]) -> dict[str, Any]:
        # Of what Ray adds, only that by which trials are ranked.
        ranked_by = self._scheduler.metric if self._scheduler else None
        metrics = {k: v for k, v in result.items() if k not in _RAY_KEYS or k == ranked_by}
        row = {}
        for name, value in flatten(metrics).items():
            if name not in self._metrics:
                self._metrics[name] = self._column(name, "reported")
            column, kept = self._metrics[name], self._kept(name, value)
            if column in tuned and kept != tuned[column]:
                column = self._column(name, "reported", taken=tuned)
            row[column] = kept
        return row

    def _column(
        self, name: str, whose: str, *, taken: Iterable[str] = HISTORY_COLUMNS
    ) -> str:
        column, _ = recordable(name)
        if column in taken:
            column = f"{whose}_{column}"
        if column != name:
            self._note_down(
                f"{name!r} is recorded as {column!r}: the record cannot have a column of "
                "that name, or has one for something else."
            )
        return column

    def _kept(self, name: str, value: Any) -> Any:
        kept, as_string = recordable(value)
        if as_string:
            kind = type(value).__name__
            self._note_down(f"Of {name!r}, values of type {kind} are recorded as strings.")
        return kept

    def _note_down(self, note: str) -> None:
        if note not in self._notes:
            self._notes[note] = None
            warnings.warn(note, stacklevel=2)

    def _take_exploits(self) -> None:
        # Do this at the end of a step of Ray's loop, since the report at which the
        # scheduler decided, in the same step, belongs to the segment before the exploit.
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
            for name, column in self._hyperparameters.items():
                row[f"{column}_donor"] = self._kept(name, old.get(name))
                row[f"{column}_new"] = self._kept(name, new.get(name))
                row[f"{column}_operation"] = operations.get(name, "")
            self._exploits.append(row)

    def _columns(self) -> list[str]:
        reported = dict.fromkeys(name for row in self._rows.values() for name in row)
        others = [name for name in reported if name not in HISTORY_COLUMNS]
        return ["trial", "segment", "iteration", *others, "time", "duration", "pid"]

    def _seconds(self) -> float:
        # Of a run that goes on, or that was interrupted, up to the last event.
        if self._ended is not None:
            return self._ended - self._started
        return self._events[-1][0] if self._events else 0.0

    def _info(self) -> RunInfo:
        settings = dict(self._scheduler.settings) if self._scheduler else {}
        domains = settings.pop("domains", {})
        return RunInfo(
            domains={self._hyperparameters.get(n, n): ends for n, ends in domains.items()},
            seconds=self._seconds(),
            slots=self._slots,
            versions={"python": platform.python_version(), "ray": ray.__version__},
            notes=tuple(self._notes),
            **settings,
        )


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
