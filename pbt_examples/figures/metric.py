"""A metric over the iterations, trial by trial, in segments that begin with exploits."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from pbt_examples.figures.axes import axes_or_new, drawable
from pbt_examples.figures.paths import Paths
from pbt_examples.figures.style import FEW, legend_of_trials, symbols
from pbt_examples.record.run import Run
from pbt_examples.record.segments import Segment, last_shown, marked_interval, read_segments


def plot_metric_history(
    run: Run,
    ax: Axes | None = None,
    *,
    metric: str | None = None,
    until: int | None = None,
) -> Axes:
    """Draw a metric over the iterations, with one line for each trial.

    A line breaks where the trial exploited; a dashed line leads from the value that the
    trial gave up to its donor's. In an asynchronous run that line is not vertical, since
    the donor may have been ahead or behind.

    If some reports lack the metric, lines connect the values that are known. A jump then
    starts at the trial's last known value and ends on its donor's line.

    Parameters
    ----------
    run : Run
        Any run.
    ax : Axes, optional
        Where to draw; by default a new figure.
    metric : str, optional
        A numeric column of the history; by default the metric of the run.
    until : int, optional
        The last iteration to show; by default all.

    Returns
    -------
    Axes
        `ax`, or the new one.

    Raises
    ------
    ValueError
        If the history has no such column.
    """
    last = last_shown(run, until)
    ax = axes_or_new(ax)
    paths = metric_paths(run, ax, metric=metric, until=last)
    paths.show(last)
    legend_of_trials(ax, run)
    return ax


def metric_paths(
    run: Run,
    ax: Axes,
    *,
    metric: str | None = None,
    until: int | None = None,
    heads: bool = False,
) -> Paths:
    """Prepare axes for a metric, with room up to iteration `until`.

    Parameters
    ----------
    run : Run
        Any run.
    ax : Axes
        Where to draw.
    metric : str, optional
        A numeric column of the history; by default the metric of the run.
    until : int, optional
        The last iteration to be shown; by default that of the run.
    heads : bool, default: False
        Whether to draw a ring around the last point of each trial.

    Returns
    -------
    Paths
        The lines, not shown yet.
    """
    metric = run.metric if metric is None else metric
    segments = read_segments(run, ["iteration", metric])
    if run.history[metric].isna().any():
        segments = _connected(run, segments)
    interval = marked_interval(run)
    known = run.history.loc[run.history[metric].notna(), "iteration"]
    if not (known % interval == 0).any():
        interval = 1  # the few reports that have the metric are all marked
    diameter = 4.7 if len(run.trials) <= FEW else 2.8

    def diameters(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(at % interval == 0, diameter, 0)

    paths = Paths(run, ax, segments, diameters=diameters, heads=heads)

    last = run.history["iteration"].max() if until is None else until
    points = drawable(np.concatenate([each.until(last).values for each in segments]))
    ax.update_datalim(points[np.isfinite(points).all(axis=1)])
    ax.margins(x=0.02, y=0.08)
    ax.autoscale_view()
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("iteration")
    name = symbols(run, metric)[metric]
    ax.set_ylabel(name, rotation=0 if name.startswith("$") else 90, labelpad=8)
    return paths


def _connected(run: Run, segments: list[Segment]) -> list[Segment]:
    """Return segments in which values that reports lack are between those that are known.

    Each ends with its last known value, from which the jump starts.
    """
    done = {(each.trial, each.number): each for each in segments}
    exploits = zip(run.exploits["target"], run.exploits["segment"], strict=True)
    order = {place: number for number, place in enumerate(exploits, 1)}
    for place in sorted(done, key=lambda place: order.get(place, 0)):  # donors come first
        segment = done[place]
        values, jump = segment.values.copy(), segment.jump
        if jump:
            target, donor = done[segment.trial, segment.number - 1], done[jump.donor]
            latest = target.until(jump.iteration[0]).values[-1:]
            ends = [_at(target, jump.iteration[0]), _at(donor, jump.iteration[1])]
            jump = jump._replace(values=np.concatenate([latest, ends]))
            values[0] = ends[1]
        known = ~np.isnan(values).any(axis=1)
        size = 1 + np.max(np.flatnonzero(known), initial=0)
        if known.any():
            x, y = values.T
            values[:, 1] = np.interp(x, x[known], y[known], left=np.nan)
        own = segment.own & ~np.isnan(segment.values).any(axis=1)
        done[place] = segment._replace(
            iteration=segment.iteration[:size], values=values[:size], own=own[:size],
            jump=jump,
        )  # fmt: skip
    return list(done.values())


def _at(segment: Segment, iteration: float) -> NDArray[np.float64]:
    return np.array([iteration, np.interp(iteration, *segment.values.T)])
