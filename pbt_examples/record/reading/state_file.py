"""What ``experiment_state-*.json`` says about an experiment and its trials.

Ray 2.4 and later write a list ``trial_data``, earlier releases a list ``checkpoints`` with
the same entries, some under other names. The file is written every few seconds at most, so
it may be older than the reports. Without it, the folders of the trials are enough.
"""

from __future__ import annotations

import copy
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from pbt_examples.record.reading.directory import Directory, read_if_possible
from pbt_examples.record.reading.not_yet import NoReportYetError
from pbt_examples.record.reading.notes import Notes, listed
from pbt_examples.record.reading.plain_values import Config, agree, plain_config
from pbt_examples.record.reading.trial_numbers import (
    FOLDER,
    first_entry,
    trial_id,
    trial_numbers,
)

FINISHED = ("TERMINATED", "ERROR")
REPORT_FILES = ("progress.csv", "result.json")


@dataclass(frozen=True)
class KnownTrial:
    """A trial as the state file describes it.

    Attributes
    ----------
    number : int
        0, 1, … in the order in which Ray created the trials.
    tag : str or None
        Name of the trial in the log of exploits, without what later perturbations append.
    folder : str or None
        Name of the trial's folder; None if it has none yet.
    status : str
        ``PENDING``, ``RUNNING``, ``PAUSED``, ``TERMINATED`` or ``ERROR``; ``unknown`` if
        there is no state file.
    first_config : dict
        What is known of the trial's first configuration.
    last_config : dict
        Its configuration when the state file was written.
    perturbed : bool
        Whether it may have exploited: its tag says so, or its configuration is not the
        first one, or nobody knows.
    failures : int
        How often it failed.
    names : set of str
        The entries of its configuration, without those within them.
    id : str or None
        Ray's name for it, which is also in its reports.
    attempts : tuple of str
        Folders of its earlier attempts, in the order of time: ``restart_errored`` begins a
        trial that failed again, with its number but in another folder.
    """

    number: int
    tag: str | None
    folder: str | None
    status: str
    first_config: Config = field(default_factory=dict)
    last_config: Config = field(default_factory=dict)
    perturbed: bool = True
    failures: int = 0
    names: frozenset[str] = frozenset()
    id: str | None = None
    attempts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExperimentState:
    """What is known about an experiment as a whole.

    Attributes
    ----------
    started : float or None
        POSIX time.
    metric : str or None
        The metric by which the experiment was tuned.
    ray_release : str or None
        The releases that write this format.
    restored : bool
        Whether the experiment was restored.
    trials : list of KnownTrial
        Ordered by number.
    numbered : bool
        Whether the trials have the numbers by which the log of exploits names them.
    restorations : tuple of float
        When the experiment was restored, as POSIX times; empty if that is not known.
    """

    started: float | None
    metric: str | None
    ray_release: str | None
    restored: bool
    trials: list[KnownTrial]
    numbered: bool = True
    restorations: tuple[float, ...] = ()

    @property
    def has_ended(self) -> bool:
        """Whether every trial has ended, so that nothing more is written."""
        return all(trial.status in FINISHED for trial in self.trials)


def read_state(directory: Directory, notes: Notes) -> ExperimentState:
    """Read the newest complete state file; restoring an experiment adds one."""
    names = [n for n in directory.files() if re.match(r"experiment_state-.*\.json$", n)]
    silent: ExperimentState | None = None
    for at, name in reversed([*enumerate(names)]):
        text = read_if_possible(directory, name, name, notes)
        try:
            state = _parse(json.loads(text))
        except (json.JSONDecodeError, RecursionError):
            notes.add(f"{name} is not complete and is left out.")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            notes.add(f"{name} is not what Ray writes ({error!r}) and is left out.")
        else:
            if name != names[0] and state.has_ended and not _reported(directory, state):
                silent = silent or state
                continue
            if silent:
                notes.add(
                    "The newest run under this name failed before it reported anything; "
                    "this is the one before it.",
                    doubt=True,
                )
            moments = _restorations(directory, names[:at], state)
            state = replace(state, restorations=moments)
            return _with_late_trials(directory, state, notes)
    if silent:
        return silent
    trials, numbered = _from_folders(directory)
    if not trials:
        raise _no_experiment(directory)
    notes.add(
        "There is no complete experiment_state-*.json, so the states of the trials are "
        "unknown and the trials are those whose folders were found."
    )
    if not numbered:
        notes.add(
            "Neither the folders nor the reports say which number each trial has in "
            "pbt_global.txt: they are numbered in the order of their folders, and the log "
            "is not followed, so exploits and hyperparameters may be missing.",
            doubt=True,
        )
    return ExperimentState(None, None, None, False, trials, numbered=numbered)


def _restorations(
    directory: Directory, earlier: list[str], state: ExperimentState
) -> tuple[float, ...]:
    # Each session of an experiment has a file of its own, with its own start. Empty if
    # that of a session before is missing, back to the first one.
    moments = list[float]()
    session, others = state, [*earlier]
    while session.restored:
        if session.started is None or not others:
            return ()
        moments.insert(0, session.started)
        try:
            session = _parse(json.loads(directory.read(others.pop())))
        except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError):
            return ()
    return tuple(moments)


def _reported(directory: Directory, state: ExperimentState) -> bool:
    folders = [trial.folder for trial in state.trials if trial.folder is not None]
    return any(
        name in ("progress.csv", "result.json") and size
        for folder in folders
        for name, (size, _) in directory.folder(folder).stamps().items()
    )


def _no_experiment(directory: Directory) -> FileNotFoundError:
    if not directory.exists():
        return NoReportYetError(
            f"{directory} is not the directory of an experiment: there is no such folder"
        )
    inside = [
        name
        for name in directory.folders()
        if any(n.startswith("experiment_state-") for n in directory.folder(name).files())
    ]
    hint = ""
    if inside:
        hint = f"; did you mean one of its folders, {listed(map(repr, inside))}?"
    elif {*REPORT_FILES} & {*directory.files()}:
        hint = "; this is the folder of one trial, give the folder that contains it"
    kind = FileNotFoundError if hint else NoReportYetError
    return kind(
        f"{directory} is not the directory of a Ray Tune experiment: it has no "
        f"experiment_state-*.json{hint}"
    )


def _parse(content: dict[str, Any]) -> ExperimentState:
    if "trial_data" in content:
        entries = [_entry(one) | _entry(two) for one, two in content["trial_data"]]
        release = "2.4 or later"
    else:
        entries = [_entry(one) for one in content["checkpoints"]]
        release = "2.3 or earlier"
    trials = [_trial(entry, place) for place, entry in enumerate(entries)]
    if len({trial.number for trial in trials}) < len(trials):
        trials = [
            KnownTrial(**{**vars(trial), "number": place})
            for place, trial in enumerate(trials)
        ]
    runner = _mapping(content, "runner_data")
    metric = runner.get("_metric")
    started = _mapping(content, "stats").get("start_time")
    return ExperimentState(
        started=float(started) if isinstance(started, (int, float)) else None,
        metric=metric if isinstance(metric, str) else None,
        ray_release=release,
        restored=runner.get("_resumed") is True,
        trials=sorted(trials, key=lambda trial: trial.number),
    )


def _entry(text: Any) -> dict[str, Any]:
    entry = json.loads(text) if isinstance(text, str) else text
    if not isinstance(entry, dict):
        raise TypeError(f"a trial must be an object, got {entry!r}")
    return entry


def _trial(entry: dict[str, Any], place: int) -> KnownTrial:
    tag = str(entry.get("experiment_tag") or "")
    begin = re.match(r"\d{1,9}", tag)
    sampled = _mapping(entry, "evaluated_params")
    unresolved = _mapping(entry, "_Trial__unresolved_config")
    config = _mapping(entry, "config")
    first = plain_config(_resolved(unresolved, sampled))
    last = plain_config(config)
    kept = bool(tag) and agree(first, last, tuple(plain_config(sampled))) is True
    if "@perturbed" not in tag:
        # The present configuration is still the first one. Old releases keep no other.
        first = last | first
    failures = entry.get("num_failures")
    path = entry.get("relative_logdir") or entry.get("logdir")
    return KnownTrial(
        number=int(begin[0]) if begin else place,
        tag=base_tag(tag) or None,
        folder=_own_name(str(path)) if path else None,
        status=str(entry["status"]),
        first_config=first,
        last_config=last,
        perturbed="@perturbed" in tag or not kept,
        failures=failures if isinstance(failures, int) else 0,
        names=frozenset(str(name).partition("/")[0] for name in config),
        id=str(entry["trial_id"]) if "trial_id" in entry else None,
    )


def _resolved(config: Mapping[str, Any], sampled: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with what was sampled, such as ``net/layers/0``, in place."""
    resolved = copy.deepcopy(dict(config))
    for name, value in sampled.items():
        *path, last = name.split("/")
        place: Any = resolved
        try:
            for part in path:
                place = place[int(part) if isinstance(place, list) else part]
            place[int(last) if isinstance(place, list) else last] = value
        except (IndexError, KeyError, TypeError, ValueError):
            resolved[name] = value  # an entry with a slash in its own name
    return resolved


def read_params(folder: Directory) -> Config:
    """Return the configuration in a trial's ``params.json``, or an empty one."""
    if "params.json" not in folder.files():
        return {}
    try:
        content = json.loads(folder.read("params.json"))
    except (OSError, ValueError, RecursionError):
        return {}
    return plain_config(content) if isinstance(content, dict) else {}


def base_tag(tag: str) -> str:
    """Return a trial's tag without what perturbations append to it."""
    return tag.partition("@perturbed")[0]


def _mapping(entry: dict[str, Any], name: str) -> Mapping[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, Mapping) else {}


def _own_name(path: str) -> str | None:
    # Only the last part of a path, so that it stays within the experiment's folder.
    name = PurePosixPath(path.replace("\\", "/")).name
    return None if name in ("", "..") or "\0" in name else name


def _trial_folders(directory: Directory) -> list[str]:
    return [
        name
        for name in directory.folders()
        if {*REPORT_FILES} & {*directory.folder(name).files()}
    ]


def _from_folders(directory: Directory) -> tuple[list[KnownTrial], bool]:
    # And whether the numbers are those of the log.
    names = _trial_folders(directory)
    numbers = trial_numbers(directory, names)
    trials = [
        KnownTrial(number, None, name, "unknown")
        for number, name in zip(numbers or range(len(names)), names, strict=True)
    ]
    return sorted(trials, key=lambda trial: trial.number), numbers is not None


def _with_late_trials(
    directory: Directory, state: ExperimentState, notes: Notes
) -> ExperimentState:
    """Add the trials of the same run that began after the state file was written."""
    state = replace(state, trials=_with_renamed_folders(directory, state, notes))
    own = {trial.folder: FOLDER.search(trial.folder or "") for trial in state.trials}
    numbers = {trial.number for trial in state.trials}
    runs = {match[1] for match in own.values() if match}
    late, strangers = list[KnownTrial](), list[str]()
    attempts = _earlier_attempts(directory, state, own)
    taken = {*own, *chain.from_iterable(attempts.values())}
    for folder in [name for name in _trial_folders(directory) if name not in taken]:
        match = FOLDER.search(folder)
        if match and match[1] in runs and int(match[2]) not in numbers:
            tag = match[2] + match[3]
            late.append(KnownTrial(int(match[2]), tag, folder, "unknown"))
        else:
            strangers.append(folder)
    if late:
        notes.add(
            "Began after Ray last wrote the state file: "
            f"{listed(f'trial {trial.number}' for trial in late)}."
        )
    if strangers:
        notes.add(
            "Left out: folders that belong to no trial of the newest state file, but "
            "probably to an earlier run under the same name, or to an earlier attempt at a "
            f"trial: {listed(strangers)}."
        )
    known = (
        replace(trial, attempts=attempts.get(trial.number, ())) for trial in state.trials
    )
    trials = sorted([*known, *late], key=lambda trial: trial.number)
    return replace(state, trials=trials)


def _earlier_attempts(
    directory: Directory, state: ExperimentState, own: Mapping[str | None, Any]
) -> dict[int, tuple[str, ...]]:
    """Return the folders that ``restart_errored`` has left behind, by trial."""
    if not state.restored:
        return {}
    # Ray calls a trial ``f7c55_00001`` at first, and ``4a19fda6`` when it is restarted.
    runs = {t.id.partition("_")[0] for t in state.trials if t.id and "_" in t.id}
    found = defaultdict[int, list[tuple[str, str]]](list)
    for folder in [name for name in _trial_folders(directory) if name not in own]:
        place = directory.folder(folder)
        run, _, number = (trial_id(place) or "").partition("_")
        name = re.sub(r"_\d{4}-\d\d-\d\d_.*$", "", folder)
        for trial in state.trials:
            is_first = run in runs and number.isdecimal() and int(number) == trial.number
            tag = (trial.tag or "").replace("/", "_")
            is_later = tag and not (runs and number) and name.endswith(f"_{tag}")
            if is_first or is_later:
                stamp = first_entry(place, "timestamp") or ""
                found[trial.number].append((stamp, folder))
    return {
        number: tuple(folder for _, folder in sorted(some))
        for number, some in found.items()
    }


def _with_renamed_folders(
    directory: Directory, state: ExperimentState, notes: Notes
) -> list[KnownTrial]:
    # A trial whose folder is gone is looked for in those that no trial has.
    there = {*directory.folders()}
    gone = [t for t in state.trials if t.folder is not None and t.folder not in there]
    others = there - {trial.folder for trial in state.trials}
    if not gone or not others:
        return state.trials
    found = defaultdict[str | None, list[str]](list)
    for folder in sorted(others & {*_trial_folders(directory)}):
        found[trial_id(directory.folder(folder))].append(folder)
    renamed = {t.number: found[t.id][0] for t in gone if t.id and len(found[t.id]) == 1}
    if renamed:
        each = listed(f"{folder} is trial {number}" for number, folder in renamed.items())
        notes.add(f"Folders that were renamed, by the trials in their reports: {each}.")
    return [
        replace(trial, folder=renamed.get(trial.number, trial.folder))
        for trial in state.trials
    ]
