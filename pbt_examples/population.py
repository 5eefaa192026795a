"""How a population as a whole is doing, and what a report of it costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pbt_examples.run import Run


def population_history(run: Run) -> pd.DataFrame:
    """Return the best and the median of the metric, iteration by iteration.

    Parameters
    ----------
    run : Run
        A run whose trials report the same iterations: a synchronous one, or one without
        a scheduler.

    Returns
    -------
    DataFrame
        Columns ``best`` and ``median``, indexed by iteration.
    """
    groups = run.history.groupby("iteration")[run.metric]
    best = groups.max() if run.mode == "max" else groups.min()
    return pd.DataFrame({"best": best, "median": groups.median()})


def first_reaching(run: Run, value: float) -> int | None:
    """Return the first iteration at which some trial is at least as good as `value`.

    Parameters
    ----------
    run : Run
        The run.
    value : float
        A value of its metric.

    Returns
    -------
    int or None
        The iteration; None if no trial gets there.
    """
    metric = run.history[run.metric]
    good = metric >= value if run.mode == "max" else metric <= value
    return int(run.history["iteration"][good].min()) if good.any() else None


def cost_per_report(run: Run) -> float:
    """Return what one reported iteration of a synchronous run on one slot took.

    The trials take turns in the same order in every interval. For each turn this takes
    the median over all intervals, and then the mean over the turns: what other programs
    on the machine take away now and then does not count, and what comes once an interval,
    as the decision does, counts once.

    Parameters
    ----------
    run : Run
        A synchronous run on one slot, of at least three perturbation intervals.

    Returns
    -------
    float
        Seconds of wall-clock time, start-up excluded.

    Raises
    ------
    ValueError
        If the run is not synchronous, or too short.
    """
    if not run.info.get("synch"):
        raise ValueError(f"cost_per_report needs a synchronous run, got {run!r}")
    reports = run.info["perturbation_interval"] * len(run.trials)
    intervals = len(run.history) // reports
    if intervals < 3:
        raise ValueError(f"cost_per_report needs 3 intervals, the run has {intervals}")
    arrivals = np.sort(run.history["time"].to_numpy())[: intervals * reports]
    turns = np.diff(arrivals, prepend=np.nan).reshape(intervals, reports)[1:]
    return float(np.median(turns, axis=0).mean())
