"""What a directory says about a run besides its tables: states, times, unknowns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from pbt_examples.record.info import PendingExploit, RunInfo, TrialState
from pbt_examples.record.reading.directory import Directory
from pbt_examples.record.reading.experiment import Experiment
from pbt_examples.record.reading.lanes import Lane
from pbt_examples.record.reading.notes import Notes, counted, listed
from pbt_examples.record.reading.state_file import FINISHED, KnownTrial


def note_state(experiment: Experiment, lanes: Mapping[int, Lane], notes: Notes) -> None:
    """Note which trials failed, never reported or are unfinished."""
    trials = experiment.state.trials
    silent = [trial for trial in trials if trial.number not in lanes]
    if silent:
        each = listed(f"trial {trial.number} ({trial.status})" for trial in silent)
        notes.add(f"Without any report, and so in no figure: {each}.")
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


def note_unknown(unknown: Mapping[str, pd.Series], notes: Notes) -> None:
    """Note in how many rows a hyperparameter is unknown."""
    rows = int(pd.DataFrame(unknown).any(axis=1).sum())
    if rows:
        notes.add(
            f"Hyperparameters of {counted(rows, 'report')} are unknown: no file has them.",
            doubt=True,
        )


def note_infinite(scores: pd.Series, notes: Notes) -> None:
    """Note how many scores are infinite."""
    if not pd.api.types.is_numeric_dtype(scores):
        return
    rows = int(np.isinf(scores.to_numpy(float, na_value=np.nan)).sum())
    if rows:
        notes.add(
            f"{scores.name!r} is infinite in {counted(rows, 'report')}, which no figure "
            "can show."
        )


def note_mode(exploits: pd.DataFrame, metric: str, mode: str, notes: Notes) -> None:
    """Note that the mode is in doubt if most donors were worse than their targets."""
    others = exploits[exploits["donor"] != exploits["target"]]
    scores = others[["donor_score", "target_score"]].apply(pd.to_numeric, errors="coerce")
    better = scores["donor_score"] - scores["target_score"]
    if mode == "min":
        better = -better
    better = better[np.isfinite(better)]
    worse, good = int((better < 0).sum()), int((better > 0).sum())
    if worse > 2 * good:
        lower, other = ("lower", "min") if mode == "max" else ("higher", "max")
        notes.add(
            f"In {worse} of the {counted(len(others), 'exploit')} the donor had a {lower} "
            f"{metric!r} than the target, so {lower} values seem to be better. If they "
            f"are, give the mode: --mode {other}, or mode={other!r} in Python.",
            doubt=True,
        )


def run_info(
    experiment: Experiment,
    lanes: Mapping[int, Lane],
    history: pd.DataFrame,
    names: Sequence[str],
    pending: list[PendingExploit],
) -> RunInfo:
    """Return what is known about a run besides its tables."""
    state = experiment.state
    stamps = [lane.stamps for lane in lanes.values()]
    last = max((s.max() for s in stamps if not np.isnan(s).any()), default=math.nan)
    seconds = float(history["time"].max())
    statuses = {trial.status for trial in state.trials}
    return RunInfo(
        domains=dict.fromkeys(names),
        seconds=None if math.isnan(seconds) else seconds,
        source=experiment.directory.address,
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
    try:
        lines = directory.folder(trial.folder).read("error.txt").split("\n")
    except (OSError, ValueError):
        return None
    written = [line.strip() for line in lines if line.strip()]
    return written[-1][:500] if written else None


def _checkpoint(trial: KnownTrial, lane: Lane | None) -> str | None:
    if lane is None or "checkpoint_dir_name" not in lane.table:
        return None
    names = lane.table["checkpoint_dir_name"].dropna()
    return f"{trial.folder}/{names.iloc[-1]}" if len(names) else None
