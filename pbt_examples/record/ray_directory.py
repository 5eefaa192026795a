"""Read the directory of a finished Ray Tune experiment, whoever ran it.

What is read, and why that: ``progress.csv`` of each trial, since a trial that resumes
overwrites its ``result.json`` with an older copy; ``pbt_global.txt``, the scheduler's log
of exploits; and of ``experiment_state-*.json`` and ``result.json`` only what a trial
began with. All of it is text. The pickles beside it are never opened, since a pickle can
run code.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
from pbt_examples.record.files import read_text
from pbt_examples.record.info import RunInfo
from pbt_examples.record.place_exploits import LoggedExploit, Place, place_exploits
from pbt_examples.record.tables import HISTORY_COLUMNS, exploits_table

RAY_COLUMNS = {
    "checkpoint_dir_name", "config", "date", "done", "episodes_total", "hostname",
    "iterations_since_restore", "node_ip", "pid", "should_checkpoint", "time_since_restore",
    "time_this_iter_s", "time_total_s", "timestamp", "timesteps_since_restore",
    "timesteps_total", "training_iteration", "trial_id",
}  # fmt: skip
"""What Ray adds to the metrics of a report."""

_NEEDED = (
    "training_iteration", "iterations_since_restore", "time_this_iter_s", "timestamp",
    "pid",
)  # fmt: skip


@dataclass(frozen=True)
class _Trial:
    number: int
    reports: pd.DataFrame  # rows of progress.csv, in the order in which they came
    logged: list[dict[str, Any]]  # what is left of result.json
    first_config: dict[str, Any]


def read_experiment(
    folder: Path, *, metric: str, perturbation_factors: Sequence[float]
) -> dict[str, Any]:
    """Return what `Run.from_experiment` makes a run of: tables, names and info."""
    state = _read_state(folder)
    trials = _read_trials(folder, state)
    _check_metric(metric, trials, folder)

    log = _read_log(folder / "pbt_global.txt")
    places = place_exploits(
        log, {number: trial.reports for number, trial in trials.items()}
    )
    known = [exploit for exploit, place in zip(log, places, strict=True) if place]
    if len(known) < len(log):
        warnings.warn(
            f"{len(log) - len(known)} of {len(log)} exploits in "
            f"{folder / 'pbt_global.txt'} fit no resumption in progress.csv and are left "
            "out; an interrupted run logs exploits that never took effect",
            stacklevel=3,
        )
    found = [place for place in places if place]

    names = _hyperparameters(
        [trial.first_config for trial in trials.values()], [e.new_config for e in known]
    )
    history = _history(trials, known, found, names, started=state["started"])
    _compare_configs(trials, history, names)
    exploits = _exploits(known, found, history, names, metric, perturbation_factors)
    return {
        "history": history,
        "exploits": exploits,
        "hyperparameters": names,
        "info": RunInfo(domains=dict.fromkeys(names), seconds=float(history["time"].max())),
    }


def _read_state(folder: Path) -> dict[str, Any]:
    # When it began, and of each trial: number, folder, and what is known of its
    # configuration. Restoring an experiment adds a file; the last one counts.
    files = sorted(folder.glob("experiment_state-*.json"))
    if not files:
        inside = sorted(
            file.parent.name for file in folder.glob("*/experiment_state-*.json")
        )
        hint = f"; did you mean one of its folders {sorted(set(inside))}?" if inside else ""
        raise FileNotFoundError(
            f"{folder} is not the directory of a Ray Tune experiment: it has no "
            f"experiment_state-*.json{hint}"
        )
    content = _parse(read_text(files[-1]), files[-1])
    try:
        trials = [json.loads(trial) for trial, _ in content["trial_data"]]
        status = {str(trial["trial_id"]): str(trial["status"]) for trial in trials}
        told = [
            (
                int(re.match(r"\d+", trial["experiment_tag"])[0]),  # type: ignore[index]
                folder / _own_name(trial["relative_logdir"]),
                {**trial["_Trial__unresolved_config"], **trial["evaluated_params"]},
            )
            for trial in trials
            if trial["relative_logdir"]
        ]
        started = float(content["stats"]["start_time"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{files[-1]} is not what Ray writes today: {error!r}") from None
    running = {k: v for k, v in status.items() if v not in ("TERMINATED", "ERROR")}
    if running:
        raise ValueError(f"{folder} is not finished; its trials are {running}")
    return {"started": started, "trials": told}


def _own_name(path: str) -> str:
    # Only the last part of a path, and only within the folder of the experiment.
    name = Path(path).name
    if name in ("", ".."):
        raise ValueError(f"the folder of a trial must have a name, got {path!r}")
    return name


def _read_trials(folder: Path, state: dict[str, Any]) -> dict[int, _Trial]:
    trials = {}
    for number, place, told in sorted(state["trials"], key=lambda trial: trial[0]):
        progress = place / "progress.csv"
        if not progress.exists() or not progress.stat().st_size:
            continue  # failed before its first report
        reports = _read_reports(progress)
        logged = _read_results(place / "result.json")
        # The state file does not hold what `sample_from` computed. The first report does;
        # where it is lost the later ones may be of another configuration.
        first = logged[0] if logged and logged[0].get("training_iteration") == 1 else {}
        config = _flatten(first.get("config", {}))
        trials[number] = _Trial(number, reports, logged, config | _flatten(told) | config)
    if not trials:
        raise FileNotFoundError(
            f"no trial in {folder} has a progress.csv; was the run made with "
            "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS=1?"
        )
    return trials


def _read_reports(path: Path) -> pd.DataFrame:
    text = StringIO(read_text(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it loses cells
            # This engine reads every number to the last bit, in any release of pandas.
            reports = pd.read_csv(text, engine="python", index_col=False)
    except (
        pd.errors.ParserError,
        pd.errors.ParserWarning,
        pd.errors.EmptyDataError,
    ) as error:
        raise ValueError(f"{path} is not a CSV table: {error}") from None
    missing = [column for column in _NEEDED if column not in reports]
    if missing:
        raise ValueError(f"{path} lacks the columns {missing}, which Ray writes")
    types = pd.api.types
    for column in _NEEDED:
        whole = column in ("training_iteration", "iterations_since_restore")
        fits = types.is_signed_integer_dtype if whole else types.is_numeric_dtype
        if not fits(reports[column]):
            kind = "whole numbers" if whole else "numbers"
            raise ValueError(f"{column} in {path} must hold {kind}")
    return reports


def _read_results(path: Path) -> list[dict[str, Any]]:
    lines = read_text(path).splitlines() if path.exists() else []
    reports = [_parse(line, path) for line in lines]
    for line, report in zip(lines, reports, strict=True):
        if not _is_report(report):
            raise ValueError(f"{path} has a line that is no report: {line!r}")
    return reports


def _is_report(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("config", {}), dict)
        and isinstance(entry.get("training_iteration"), int)
        and isinstance(entry.get("time_this_iter_s"), (int, float))
    )


def _read_log(path: Path) -> list[LoggedExploit]:
    if not path.exists():
        return []  # no exploit, or no PBT
    exploits = []
    for line in read_text(path).splitlines():
        entry = _parse(line, path)
        try:
            target, donor, iteration, donor_iteration, donor_config, new_config = entry
            exploits.append(
                LoggedExploit(
                    # A tag begins with the number of the trial: "3_lr=0.01".
                    target=int(re.match(r"\d+", target)[0]),  # type: ignore[index]
                    donor=int(re.match(r"\d+", donor)[0]),  # type: ignore[index]
                    iteration=int(iteration),
                    donor_iteration=int(donor_iteration),
                    donor_config=_flatten(donor_config),
                    new_config=_flatten(new_config),
                )
            )
        except (TypeError, ValueError, AttributeError):
            raise ValueError(f"{path} has a line that is no exploit: {line!r}") from None
    return exploits


def _check_metric(metric: str, trials: dict[int, _Trial], folder: Path) -> None:
    there = dict.fromkeys(name for trial in trials.values() for name in trial.reports)
    if metric not in there:
        raise ValueError(
            f"no trial in {folder} reported {metric!r}; reported were "
            f"{[name for name in there if name not in RAY_COLUMNS]}"
        )


def _hyperparameters(
    first: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]]
) -> tuple[str, ...]:
    # The directory does not say which entries PBT tunes: those that ever differ.
    seen: dict[str, set[str]] = {}
    for config in [*first, *new]:
        for name, value in config.items():
            seen.setdefault(name, set()).add(repr(value))
    return tuple(name for name, values in seen.items() if len(values) > 1)


def _history(
    trials: dict[int, _Trial],
    log: list[LoggedExploit],
    places: list[Place],
    names: Sequence[str],
    *,
    started: float,
) -> pd.DataFrame:
    lanes = []
    for number, trial in trials.items():
        begun = [
            (place.row, exploit.new_config)
            for exploit, place in zip(log, places, strict=True)
            if exploit.target == number
        ]
        rows = range(len(trial.reports))
        segments = [sum(last < row for last, _ in begun) for row in rows]
        configs = [trial.first_config, *(config for _, config in begun)]
        columns: dict[str, Any] = {
            "trial": number,
            "segment": segments,
            "iteration": trial.reports["training_iteration"],
        }
        columns |= {
            str(name): trial.reports[name]
            for name in trial.reports
            if name not in RAY_COLUMNS and name not in HISTORY_COLUMNS
        }
        columns |= {name: [configs[s].get(name) for s in segments] for name in names}
        columns["time"] = (trial.reports["timestamp"] - started).clip(lower=0)
        columns["duration"] = trial.reports["time_this_iter_s"]
        columns["pid"] = trial.reports["pid"]
        lanes.append(pd.DataFrame(columns))
    keys = ["trial", "segment", "iteration"]
    # A trial that crashed reports the rows since its last checkpoint once more. It goes
    # on from the later ones, so those count.
    history = pd.concat(lanes).drop_duplicates(keys, keep="last").sort_values(keys)
    ends = ["time", "duration", "pid"]
    order = [name for name in history if name not in ends] + ends
    return history[order].reset_index(drop=True)


def _compare_configs(
    trials: dict[int, _Trial], history: pd.DataFrame, names: Sequence[str]
) -> None:
    # What is left of result.json has the configuration of each report: an independent
    # witness of the log of exploits, and of the places that were found for them. All its
    # numbers tell a report from others, since steps of microseconds often last the same.
    rays = {"iteration": "training_iteration", "duration": "time_this_iter_s"}
    numbers = history.drop(columns=["segment", "time", "pid", *names])
    numbers = numbers.rename(columns=rays).select_dtypes("number")
    known = numbers.astype(object).where(numbers.notna(), None)
    keys = known.itertuples(index=False, name=None)
    derived = dict(zip(keys, history[list(names)].to_dict("records"), strict=True))
    compared = wrong = 0
    for number, trial in trials.items():
        for report in map(_flatten, trial.logged):
            told = {**report, "trial": number}
            key = tuple(told.get(str(name)) for name in known)
            if key in derived:
                compared += 1
                wrong += any(
                    report.get(f"config/{name}", value) != value
                    for name, value in derived[key].items()
                )
    if wrong:
        warnings.warn(
            f"{wrong} of the {compared} configurations in result.json are not those that "
            "follow from pbt_global.txt; exploits are missing in it, and from the first "
            "of them on the hyperparameters of this run are wrong",
            stacklevel=4,
        )


def _exploits(
    log: list[LoggedExploit],
    places: list[Place],
    history: pd.DataFrame,
    names: Sequence[str],
    metric: str,
    factors: Sequence[float],
) -> pd.DataFrame:
    scores = history.set_index(["trial", "segment", "iteration"])[metric].to_dict()
    segments: dict[int, int] = {}
    rows = []
    for exploit, place in zip(log, places, strict=True):
        segment = segments.get(exploit.target, 0)
        donor_segment = segments.get(exploit.donor, 0)
        segments[exploit.target] = segment + 1
        row: dict[str, Any] = {
            "iteration": place.iteration,
            "target": exploit.target,
            "donor": exploit.donor,
            "donor_iteration": place.donor_iteration,
            "segment": segment + 1,
            "donor_segment": donor_segment,
            "target_score": scores.get((exploit.target, segment, place.iteration)),
            "donor_score": scores.get(
                (exploit.donor, donor_segment, place.donor_iteration)
            ),
        }
        for name in names:
            old, new = exploit.donor_config.get(name), exploit.new_config.get(name)
            row |= {f"{name}_donor": old, f"{name}_new": new}
            row[f"{name}_operation"] = _operation(old, new, factors)
        rows.append(row)
    return exploits_table(rows, history, names)


def _operation(old: Any, new: Any, factors: Sequence[float]) -> str:
    # The log has the values only. What is neither kept nor a product was drawn, or, if
    # it is no real number, perhaps moved along a list: the log cannot tell.
    if old == new:
        return ""
    if not (isinstance(old, float) and isinstance(new, float)):
        return "changed"
    return next((f"* {by}" for by in factors if old * by == new), "resample")


def _flatten(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    # Names as Ray's own tables give them, "optimizer/lr", and plain values only: what
    # is no plain value, Ray writes as a pickle.
    return dict(_flat(nested, prefix))


def _flat(nested: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, dict) and "_type" not in value:
            yield from _flat(value, f"{prefix}{name}/")
        elif isinstance(value, (bool, int, float, str)):
            yield f"{prefix}{name}", value


def _parse(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
