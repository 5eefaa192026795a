"""How a population as a whole is doing, and how long one of its reports takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pbt_examples.checks import check_number
from pbt_examples.record.run import Run, check_run


def population_history(run: Run) -> pd.DataFrame:
    """Return the best value and the median of the metric at each iteration.

    Parameters
    ----------
    run : Run
        A run whose trials report the same iterations, such as a synchronous one or one
        without a scheduler.

    Returns
    -------
    DataFrame
        Columns ``best`` and ``median``, indexed by iteration.
    """
    check_run(run)
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
    check_run(run)
    check_number("value", value)
    metric = run.history[run.metric]
    good = metric >= value if run.mode == "max" else metric <= value
    return int(run.history["iteration"][good].min()) if good.any() else None


def cost_per_report(run: Run) -> float:
    """Return the time that one reported iteration takes.

    Reports are counted in rounds. In a round each trial gets from one decision of the
    scheduler to the next, so a round has its share of everything: steps, checkpoints,
    exploits, and changes of the trial in a slot. The result is the lower quartile of all
    rounds, since other work on the machine can only make rounds longer.

    Parameters
    ----------
    run : Run
        A run that was recorded while it ran.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    ValueError
        If the run has fewer than two rounds.
    """
    check_run(run)
    size = len(run.trials) * int(run.info.perturbation_interval or 1)
    ends = run.history["time"].sort_values().to_numpy()[size - 1 :: size]
    if len(ends) < 2:
        raise ValueError(
            f"cost_per_report needs two rounds of {size} reports and more, got {run!r}"
        )
    return float(np.quantile(np.diff(ends), 0.25, method="lower")) / size
