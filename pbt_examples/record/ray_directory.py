"""Read the directory of a Ray Tune experiment, whoever ran it and however it ended.

Only text is read: the states of the trials (`state_file`), their reports (`trial_reports`)
and the scheduler's log (`exploit_log`). The pickles beside them are never opened, since a
pickle can run code. The logged exploits are looked up in the reports (`place_exploits`),
and those that only the reports show are added (`lane_stories`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from pbt_examples.record.directory import Directory
from pbt_examples.record.exploit_log import LOG, LoggedExploit, read_log
from pbt_examples.record.info import PendingExploit, RunInfo, TrialState
from pbt_examples.record.lane_stories import UNKNOWN, FoundExploit, Story, tell
from pbt_examples.record.lanes import Lane
from pbt_examples.record.notes import Notes, counted, listed
from pbt_examples.record.operations import operations
from pbt_examples.record.place_exploits import Place, place_exploits
from pbt_examples.record.plain_values import Config, readable, varying
from pbt_examples.record.state_file import FINISHED, ExperimentState, KnownTrial, read_state
from pbt_examples.record.tables import HISTORY_COLUMNS, exploits_table
from pbt_examples.record.trial_reports import RAY_COLUMNS, Reports, read_reports

_NOT_KNOWN = math.nan
"""Stands in a column for a hyperparameter that no file records."""


@dataclass(frozen=True)
class Experiment:
    """The content of a directory, before it is interpreted."""

    directory: Directory
    state: ExperimentState
    reports: dict[int, Reports]
    log: list[LoggedExploit]
    notes: Notes


def open_experiment(directory: Directory) -> Experiment:
    """Read the files of an experiment.

    Raises
    ------
    FileNotFoundError
        If this is not such a directory, or no trial has reported anything.
    """
    notes = Notes()
    state = read_state(directory, notes)
    reports = _read_trials(directory, state, notes)
    tags = {trial.tag: trial.number for trial in state.trials if trial.tag}
    numbers = {trial.number for trial in state.trials}
    log = read_log(directory, tags, numbers, notes)
    return Experiment(directory, state, reports, log, notes)


def _read_trials(
    directory: Directory, state: ExperimentState, notes: Notes
) -> dict[int, Reports]:
    reports, header, headless = {}, list[str](), list[KnownTrial]()
    for trial in state.trials:
        if trial.folder is None:
            continue
        place, who = directory.folder(trial.folder), f"trial {trial.number}"
        before = [*notes.texts]
        read, columns = read_reports(place, who, header, notes)
        header = header or columns
        if not columns and "progress.csv" in place.files():
            headless.append(trial)
            notes.texts[:] = before  # it is read again below, once a header is known
        elif read:
            reports[trial.number] = read
    for trial in headless:
        place = directory.folder(trial.folder or "")
        read, _ = read_reports(place, f"trial {trial.number}", header, notes)
        if read:
            reports[trial.number] = read
    if not reports:
        raise FileNotFoundError(
            f"no trial in {directory} has reported anything yet in a progress.csv or a "
            "result.json; if the run is over, it was made with "
            "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS=1"
        )
    return dict(sorted(reports.items()))


def read_experiment(
    directory: Directory, *, metric: str | None, perturbation_factors: Sequence[float]
) -> tuple[dict[str, Any], Notes]:
    """Return the arguments that `Run.from_experiment` passes to `Run`, and the notes."""
    experiment = open_experiment(directory)
    notes = experiment.notes
    metric = _chosen_metric(metric, experiment)
    lanes = {
        number: Lane(reports.table, reports.configs)
        for number, reports in experiment.reports.items()
    }
    _hear_beginnings(lanes, experiment)
    names = varying(_all_configs(lanes, experiment.log))
    log, places = _placed(lanes, experiment.log, names, notes)
    ended = {
        trial.number: trial.last_config
        for trial in experiment.state.trials
        if trial.status in FINISHED
    }
    stories, found = tell(lanes, log, places, ended, names, notes)
    table = _Table(lanes, stories, names, experiment.state)
    history = table.history()
    hyperparameters = tuple(table.columns[name] for name in names)
    metric = table.metrics.get(metric, metric)
    exploits = _exploits(found, stories, history, table, metric, perturbation_factors)
    _note_state(experiment, lanes, notes)
    _note_unknown(history, hyperparameters, notes)
    pending = _pending(log, places, lanes, table.columns)
    info = _info(experiment, lanes, history, hyperparameters, pending)
    parts = {
        "history": history,
        "exploits": exploits,
        "hyperparameters": hyperparameters,
        "metric": metric,
        "info": info,
    }
    return parts, notes


def _chosen_metric(metric: str | None, experiment: Experiment) -> str:
    tables = [reports.table for reports in experiment.reports.values()]
    there = [
        str(name)
        for name in dict.fromkeys(chain.from_iterable(tables))
        if name not in RAY_COLUMNS
    ]
    if metric is None and experiment.state.metric in there:
        return str(experiment.state.metric)
    if metric in there:
        return metric
    ranges = [text for name in there if (text := _range(name, tables))]
    reported = f"the metrics are {listed(ranges, most=20)}" if ranges else "no metric is"
    if metric is None:
        raise ValueError(
            f"no file in {experiment.directory} says by which metric the experiment was "
            f"tuned: choose one with --metric, or with metric=… in Python; {reported}"
        )
    what = "is a column that Ray adds, not a metric" if metric in RAY_COLUMNS else ""
    raise ValueError(
        f"no trial in {experiment.directory} reported {metric!r}"
        f"{f', which {what}' if what else ''}; {reported}"
    )


def _range(name: str, tables: Sequence[pd.DataFrame]) -> str:
    columns = [table[name] for table in tables if name in table]
    numbers = [c for c in columns if pd.api.types.is_numeric_dtype(c) and c.notna().any()]
    if not numbers or any(pd.api.types.is_bool_dtype(c) for c in numbers):
        return ""
    low, high = min(c.min() for c in numbers), max(c.max() for c in numbers)
    return f"{name!r} ({low:.4g} to {high:.4g})"


def _hear_beginnings(lanes: Mapping[int, Lane], experiment: Experiment) -> None:
    # The state file does not hold what `sample_from` computed; the first report does.
    targets = {exploit.target for exploit in experiment.log}
    for trial in experiment.state.trials:
        lane = lanes.get(trial.number)
        if lane is None or not trial.first_config:
            continue
        if lane.iterations[0] > 1 and trial.number in targets:
            continue  # its beginning is missing
        lane.seen[0] = trial.first_config | lane.seen.get(0, {})


def _all_configs(
    lanes: Mapping[int, Lane], log: Sequence[LoggedExploit]
) -> Iterator[Config]:
    for lane in lanes.values():
        known: dict[int, Config] = {
            id(config): config for config in lane.configs if config is not None
        }
        yield from known.values()
        if 0 in lane.seen:
            yield lane.seen[0]
    for exploit in log:
        yield exploit.donor_config
        yield exploit.new_config


def _placed(
    lanes: Mapping[int, Lane],
    log: Sequence[LoggedExploit],
    names: tuple[str, ...],
    notes: Notes,
) -> tuple[list[LoggedExploit], list[Place | None]]:
    places = place_exploits(log, lanes, names)
    missing = places.count(None)
    if missing:
        notes.add(
            f"{missing} of the {counted(len(log), 'exploit')} in {LOG} fit no resumption "
            "in the reports and are left out; an interrupted run logs exploits that never "
            "took effect.",
            doubt=True,
        )
    return list(log), places


class _Table:
    """The history: the names of its columns, and their values."""

    def __init__(
        self,
        lanes: Mapping[int, Lane],
        stories: Mapping[int, Story],
        names: tuple[str, ...],
        state: ExperimentState,
    ) -> None:
        self.lanes, self.stories, self.state = lanes, stories, state
        kept = {
            number: np.array(
                [row for row in range(len(lane.stint)) if row not in story.void], dtype=int
            )
            for (number, lane), story in zip(lanes.items(), stories.values(), strict=True)
        }
        # A history is in the order of segments, which is that of time, and iterations.
        self.rows = kept
        reported = {
            str(name): None
            for lane in lanes.values()
            for name in lane.table
            if name not in RAY_COLUMNS
        }
        self.metrics = {
            name: _free(name, "metric", {*HISTORY_COLUMNS}) for name in reported
        }
        self.reported = {name: self._reported(name) for name in reported}
        self.values = {name: self._tuned(name) for name in names}
        taken = {*HISTORY_COLUMNS, *self.metrics.values()}
        self.columns = {name: self._column(name, taken) for name in names}

    def _reported(self, name: str) -> pd.Series:
        columns = [
            lane.table[name].iloc[self.rows[trial]]
            if name in lane.table
            else pd.Series(math.nan, index=self.rows[trial])
            for trial, lane in self.lanes.items()
        ]
        return _joined(columns)

    def _tuned(self, name: str) -> pd.Series:
        values: list[Any] = []
        for trial, lane in self.lanes.items():
            configs = self.stories[trial].configs
            of_stint = [readable(config.get(name, _NOT_KNOWN)) for config in configs]
            own = [of_stint[stint] for stint in lane.stint[self.rows[trial]].tolist()]
            if lane.has_configs:
                for at, row in enumerate(self.rows[trial].tolist()):
                    config = lane.configs[row]
                    if config is not None and name in config:
                        own[at] = readable(config[name])
            values += own
        return pd.Series(values)

    def _column(self, name: str, taken: set[str]) -> str:
        # A trial may report a hyperparameter under its name: then one column is enough,
        # and it may know what the files on configurations have lost.
        reported = self.reported.get(name)
        if reported is not None and name not in HISTORY_COLUMNS:
            tuned = self.values[name]
            both = reported.notna() & tuned.notna()
            if both.any() and (reported[both] == tuned[both]).all():
                if tuned.isna().any():
                    self.values[name] = tuned.where(tuned.notna(), reported)
                return name
        return _free(name, "config", taken)

    def history(self) -> pd.DataFrame:
        lanes, rows = self.lanes, self.rows
        columns: dict[str, Any] = {
            "trial": np.concatenate([np.full(len(rows[t]), t) for t in lanes]),
            "segment": np.concatenate(
                [
                    np.array(self.stories[t].segments)[lane.stint[rows[t]]]
                    for t, lane in lanes.items()
                ]
            ),
            "iteration": np.concatenate(
                [lane.iterations[rows[t]] for t, lane in lanes.items()]
            ),
        }
        columns |= {self.metrics[name]: self.reported[name] for name in self.reported}
        columns |= {self.columns[name]: self.values[name] for name in self.columns}
        stamps = np.concatenate([lane.stamps[rows[t]] for t, lane in lanes.items()])
        columns["time"] = np.clip(stamps - self.started(), 0, None)
        for column, name in {"duration": "time_this_iter_s", "pid": "pid"}.items():
            columns[column] = _joined(
                [lane.table[name].iloc[rows[t]] for t, lane in lanes.items()]
            )
        return pd.DataFrame(columns)

    def started(self) -> float:
        """Return when the run began: the time in the state file, or before any report."""
        firsts = [lane.stamps[0] for lane in self.lanes.values()]
        first = min((stamp for stamp in firsts if not math.isnan(stamp)), default=0.0)
        started = self.state.started
        return float(first if started is None or started > first + 1 else started)


def _joined(columns: Sequence[pd.Series]) -> pd.Series:
    filled = [c for c in columns if len(c) and c.notna().any()]
    dtypes = {column.dtype for column in filled}
    if len(dtypes) == 1 and len(filled) == len(columns):
        return pd.concat(columns, ignore_index=True)
    if all(pd.api.types.is_numeric_dtype(d) and d != np.bool_ for d in dtypes):
        parts = [column.to_numpy(np.float64, na_value=np.nan) for column in columns]
        return pd.Series(np.concatenate(parts))
    return pd.Series([value for column in columns for value in column.tolist()])


def _free(name: str, prefix: str, taken: set[str]) -> str:
    while name in taken:
        name = f"{prefix}/{name}"
    return name


def _exploits(
    found: Sequence[FoundExploit],
    stories: Mapping[int, Story],
    history: pd.DataFrame,
    table: _Table,
    metric: str,
    factors: Sequence[float],
) -> pd.DataFrame:
    keys = zip(history["trial"], history["segment"], history["iteration"], strict=True)
    scores = dict(zip(keys, history[metric], strict=True)) if found else {}
    rows: list[dict[str, Any]] = []
    for each in found:
        segment = stories[each.target].segments[each.stint]
        donor_segment = UNKNOWN
        if each.donor_stint != UNKNOWN:
            donor_segment = stories[each.donor].segments[each.donor_stint]
        rows.append(
            {
                "iteration": each.iteration,
                "target": each.target,
                "donor": each.donor,
                "donor_iteration": each.donor_iteration,
                "segment": segment,
                "donor_segment": donor_segment,
                "target_score": scores.get((each.target, segment - 1, each.iteration)),
                "donor_score": scores.get(
                    (each.donor, donor_segment, each.donor_iteration)
                ),
            }
        )
    for name, column in table.columns.items():
        olds = [each.donor_config.get(name, _NOT_KNOWN) for each in found]
        news = [each.new_config.get(name, _NOT_KNOWN) for each in found]
        known = [name in each.donor_config and name in each.new_config for each in found]
        done = operations([*zip(olds, news, strict=True)], factors, known)
        for row, old, new, operation in zip(rows, olds, news, done, strict=True):
            row[f"{column}_donor"], row[f"{column}_new"] = readable(old), readable(new)
            row[f"{column}_operation"] = operation
    return exploits_table(rows, history, list(table.columns.values()))


def _pending(
    log: Sequence[LoggedExploit],
    places: Sequence[Place | None],
    lanes: Mapping[int, Lane],
    columns: Mapping[str, str],
) -> list[PendingExploit]:
    return [
        PendingExploit(
            iteration=place.iteration,
            target=exploit.target,
            donor=exploit.donor,
            donor_iteration=place.donor_iteration,
            config={
                column: readable(exploit.new_config[name])
                for name, column in columns.items()
                if name in exploit.new_config
            },
        )
        for exploit, place in zip(log, places, strict=True)
        if place and place.stint == lanes[exploit.target].stints
    ]


def _note_state(experiment: Experiment, lanes: Mapping[int, Lane], notes: Notes) -> None:
    trials = experiment.state.trials
    silent = [trial for trial in trials if trial.number not in lanes]
    if silent:
        each = listed(f"trial {trial.number} ({trial.status})" for trial in silent)
        notes.add(f"Without any report, and so in no figure: {each}.")
    if experiment.state.restored:
        notes.add(
            f"The experiment was restored, so Ray may have lost earlier lines of {LOG}: an "
            "exploit that shows neither in these lines nor in a configuration is missing.",
            doubt=True,
        )
    failed = [trial.number for trial in trials if trial.status == "ERROR"]
    if failed:
        notes.add(f"Failed: {listed(f'trial {number}' for number in failed)}.")
    open_ = [t for t in trials if t.status not in (*FINISHED, "unknown")]
    if open_:
        each = listed(f"trial {trial.number} {trial.status}" for trial in open_)
        notes.add(
            f"The run is not finished: {each}. It is still going, was interrupted, or its "
            "scheduler left trials unfinished."
        )


def _note_unknown(history: pd.DataFrame, names: Sequence[str], notes: Notes) -> None:
    if not len(names):
        return
    rows = int(history[list(names)].isna().any(axis=1).sum())
    if rows:
        notes.add(
            f"Hyperparameters of {counted(rows, 'report')} are unknown: no file has them.",
            doubt=True,
        )


def _info(
    experiment: Experiment,
    lanes: Mapping[int, Lane],
    history: pd.DataFrame,
    names: Sequence[str],
    pending: list[PendingExploit],
) -> RunInfo:
    state = experiment.state
    stamps = [lane.stamps for lane in lanes.values()]
    last = max((s.max() for s in stamps if not np.isnan(s).any()), default=math.nan)
    seconds = float(history["time"].max())
    statuses = {trial.status for trial in state.trials}
    return RunInfo(
        domains=dict.fromkeys(names),
        seconds=None if math.isnan(seconds) else seconds,
        source=str(experiment.directory),
        ray_release=state.ray_release,
        finished=None if statuses == {"unknown"} else statuses <= {*FINISHED},
        last_report=_moment(last),
        trials=tuple(
            _trial_state(experiment.directory, trial, lanes.get(trial.number))
            for trial in state.trials
        ),
        pending=tuple(pending),
        notes=tuple(experiment.notes.texts),
    )


def _moment(stamp: float) -> str | None:
    try:
        return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return None


def _trial_state(directory: Directory, trial: KnownTrial, lane: Lane | None) -> TrialState:
    return TrialState(
        trial=trial.number,
        status=trial.status,
        reports=0 if lane is None else len(lane.iterations),
        iteration=0 if lane is None else lane.last_iteration,
        last_report=None if lane is None else _moment(float(lane.stamps[-1])),
        failures=trial.failures,
        error=_error(directory, trial),
        folder=trial.folder,
        checkpoint=_checkpoint(trial, lane),
    )


def _error(directory: Directory, trial: KnownTrial) -> str | None:
    if trial.folder is None or "error.txt" not in directory.folder(trial.folder).files():
        return None
    lines = directory.folder(trial.folder).read("error.txt").split("\n")
    written = [line.strip() for line in lines if line.strip()]
    return written[-1][:500] if written else None


def _checkpoint(trial: KnownTrial, lane: Lane | None) -> str | None:
    if lane is None or "checkpoint_dir_name" not in lane.table:
        return None
    names = lane.table["checkpoint_dir_name"].dropna()
    return f"{trial.folder}/{names.iloc[-1]}" if len(names) else None
