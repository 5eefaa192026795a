"""Open the directory of an experiment: states, reports and log, as far as there are any."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

import pandas as pd
from pbt_examples.record.reading.artifacts import artifacts_of
from pbt_examples.record.reading.directory import Directory
from pbt_examples.record.reading.exploit_log import LoggedExploit, read_log
from pbt_examples.record.reading.not_yet import NoMetricYetError, NoReportYetError
from pbt_examples.record.reading.notes import Notes, listed
from pbt_examples.record.reading.ray_columns import RAY_COLUMNS
from pbt_examples.record.reading.state_file import ExperimentState, KnownTrial, read_state
from pbt_examples.record.reading.trial_reports import Reports, read_reports


@dataclass(frozen=True)
class Experiment:
    """The content of a directory, before it is interpreted."""

    directory: Directory
    state: ExperimentState
    reports: dict[int, Reports]
    log: list[LoggedExploit]
    notes: Notes


def open_experiment(directory: Directory) -> Experiment:
    """Read the files of an experiment, wherever Ray has them.

    Raises
    ------
    FileNotFoundError
        If this is not such a directory, or no trial has reported anything.
    """
    try:
        return _open(directory)
    except NoReportYetError:
        for place in artifacts_of(directory):
            with suppress(NoReportYetError):
                experiment = _open(place)
                experiment.notes.add(
                    f"Ray had not copied the reports to {directory} yet: they are those "
                    f"in {place}."
                )
                return experiment
        raise


def _open(directory: Directory) -> Experiment:
    notes = Notes()
    state = read_state(directory, notes)
    reports = _read_trials(directory, state, notes)
    tags = {trial.tag: trial.number for trial in state.trials if trial.tag}
    numbers = {trial.number for trial in state.trials}
    log = read_log(directory, tags, numbers, notes) if state.numbered else []
    return Experiment(directory, state, reports, log, notes)


def _read_trials(
    directory: Directory, state: ExperimentState, notes: Notes
) -> dict[int, Reports]:
    reports, header, headless = {}, list[str](), list[KnownTrial]()
    for trial in state.trials:
        if trial.folder is None:
            continue
        place, who = directory.folder(trial.folder), f"trial {trial.number}"
        found = Notes()
        read, columns = read_reports(place, who, header, found)
        header = header or columns
        if not columns and "progress.csv" in place.files():
            headless.append(trial)  # it is read again below, once a header is known
            continue
        notes.take(found)
        if read:
            reports[trial.number] = read
    for trial in headless:
        place = directory.folder(trial.folder or "")
        read, _ = read_reports(place, f"trial {trial.number}", header, notes)
        if read:
            reports[trial.number] = read
    for trial in state.trials:
        _read_attempts(directory, trial, reports, header, notes)
    if not reports:
        raise NoReportYetError(
            f"no trial in {directory} has reported anything yet in a progress.csv or a "
            "result.json; if the run is over, it was made with "
            "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS=1, or killed before Ray copied its files "
            "from driver_artifacts, a folder below /tmp/ray/session_*/artifacts"
            f"{'; ' if notes.texts else ''}{' '.join(notes.texts[:4])}"
        )
    return dict(sorted(reports.items()))


def _read_attempts(
    directory: Directory,
    trial: KnownTrial,
    reports: dict[int, Reports],
    header: list[str],
    notes: Notes,
) -> None:
    # Put the reports of earlier attempts before those of the last one: the trial starts
    # over, as one does that has no checkpoint.
    parts = []
    for folder in trial.attempts:
        who = f"an earlier attempt at trial {trial.number}"
        read, _ = read_reports(directory.folder(folder), who, header, notes)
        parts += [read] if read else []
    if trial.number in reports:
        parts.append(reports[trial.number])
    if trial.attempts and parts:
        table = pd.concat([part.table for part in parts], ignore_index=True)
        configs = chain.from_iterable(part.configs for part in parts)
        reports[trial.number] = Reports(table, [*configs])
        notes.add(
            f"Trial {trial.number} was restarted after it had failed. The reports of its "
            f"earlier attempts come first: {listed(trial.attempts)}."
        )


def chosen_metric(metric: str | None, experiment: Experiment) -> str:
    """Return the metric to rank trials by: the one given, or that of the experiment.

    Raises
    ------
    ValueError
        If no trial reported it, or none is known; the message lists the metrics.
    """
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
    if any(metric in trial.first_config for trial in experiment.state.trials):
        what = "is a hyperparameter, not a metric"
    is_final = experiment.state.has_ended or metric in RAY_COLUMNS
    raise (ValueError if is_final else NoMetricYetError)(
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
