"""How a population as a whole is doing, and what a report of it costs."""

from __future__ import annotations

import pandas as pd
from pbt_examples.checks import check_number
from pbt_examples.run import Run, check_run


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
    """Return what one reported iteration cost the process that steers the run.

    All that could grow with the population happens in that process: taking the report,
    the scheduler's decision, handing a slot to the next trial. The step itself runs in a
    worker. Computing time is counted, not time on the clock, which depends on what else
    the machine is doing; start-up is not counted.

    Parameters
    ----------
    run : Run
        A run that was recorded as it happened.

    Returns
    -------
    float
        Seconds of computing time.

    Raises
    ------
    ValueError
        If the run does not know, or has fewer than two reports.
    """
    check_run(run)
    if "driver_cpu_seconds" not in run.info or len(run.history) < 2:
        raise ValueError(
            "cost_per_report needs a recorded run with two reports and more, "
            f"got {run!r} with {sorted(run.info)}"
        )
    return float(run.info["driver_cpu_seconds"]) / (len(run.history) - 1)
