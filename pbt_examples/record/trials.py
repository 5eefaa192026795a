"""What became of each trial: one row each, with first and last values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from pbt_examples.record.info import TrialState
from pbt_examples.record.run import Run, check_run


def trials_table(run: Run) -> pd.DataFrame:
    """Return one row per trial, including those that never reported.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    DataFrame
        Columns ``trial``; ``status`` and ``error``, if the source has them;
        ``iterations`` (of the last report) and ``reports``; ``last_report`` (when it
        came: the moment in UTC, or seconds from the start of the run if no trial has a
        moment); ``exploits`` (how often the trial was the target) and ``cloned`` (how
        often it was the donor); ``best`` and ``best_at`` (the iteration of the best
        score); ``last`` (the last score, which the last report may lack); and for each
        hyperparameter ``<h>_first`` and ``<h>_last``.
    """
    check_run(run)
    states = {state.trial: state for state in run.info.trials}
    exploited = run.exploits[run.exploits["target"] != run.exploits["donor"]]
    targets = exploited["target"].value_counts()
    donors = exploited["donor"].value_counts()
    rows = []
    for trial in sorted({*run.trials, *states}):
        state = states.get(trial)
        row: dict[str, Any] = {
            "trial": trial,
            "status": state.status if state else "",
            "error": (state.error or "") if state else "",
            "last_report": _last_report(run, trial, states),
            "exploits": int(targets.get(trial, 0)),
            "cloned": int(donors.get(trial, 0)),
        }
        rows.append(row | (_reported(run, trial) if trial in run.trials else {}))
    table = pd.DataFrame(rows)
    first = ["trial", "status", "iterations", "reports", "last_report"]
    first += ["exploits", "cloned"]
    last = ["error"]
    middle = [name for name in table if name not in {*first, *last}]
    return table[[*first, *middle, *last]]


def best_report(run: Run) -> dict[str, Any]:
    """Return the report with the best score of the whole run, as a dictionary.

    Of equal scores, the one with the lowest iteration counts, then the lowest trial.

    Raises
    ------
    ValueError
        If no report has a value of the metric.
    """
    scores = run.history[run.metric]
    if scores.isna().all():
        raise ValueError(f"no report of {run!r} has a value of the metric")
    best = scores.max() if run.mode == "max" else scores.min()
    rows = run.history[scores == best].sort_values(["iteration", "trial"])
    [first] = rows.head(1).to_dict("records")  # keeps the dtype of each value
    return {str(name): value for name, value in first.items()}


def last_score(run: Run, trial: int) -> Any:
    """Return the metric in the last report of a trial that has it; NaN if none has.

    Not every report needs to have it: RLlib evaluates every tenth time, for example.
    """
    scores = run.of_trial(trial)[run.metric].dropna()
    return scores.iloc[-1] if len(scores) else math.nan


def _last_report(run: Run, trial: int, states: Mapping[int, TrialState]) -> Any:
    if any(state.last_report for state in states.values()):
        moment = states[trial].last_report if trial in states else None
        return (moment or "").removesuffix("+00:00").replace("T", " ")
    return run.of_trial(trial)["time"].max() if trial in run.trials else math.nan


def _reported(run: Run, trial: int) -> dict[str, Any]:
    lane = run.of_trial(trial)
    scores = lane[run.metric]
    found: dict[str, Any] = {
        "iterations": int(lane["iteration"].iloc[-1]),
        "reports": len(lane),
        "best": scores.max() if run.mode == "max" else scores.min(),
        "last": last_score(run, trial),
    }
    if scores.notna().any():
        reached = lane["iteration"][scores == found["best"]]
        found["best_at"] = int(reached.iloc[0])
    for name in run.hyperparameters:
        found |= {f"{name}_first": lane[name].iloc[0], f"{name}_last": lane[name].iloc[-1]}
    return found
