"""The progress of each trial: iterations over wall-clock time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray
from pbt_examples.figures.axes import axes_or_new
from pbt_examples.figures.style import QUIET, legend_of_trials, style_of
from pbt_examples.record.run import Run, check_events


def plot_pace(run: Run, ax: Axes | None = None) -> Axes:
    """Draw the iteration counter of each trial over wall-clock time.

    Each line is a segment: it rises while the trial trains, is level while it waits, and
    ends where the trial took over another's state. From there a vertical dashed line leads
    to the iteration of the donor, which was ahead or behind.

    Parameters
    ----------
    run : Run
        Any run that was recorded while it ran.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        `ax`, or the new one.

    Raises
    ------
    ValueError
        If the run has no events, like one that was read from Ray's directory.
    """
    check_events(run, "plot_pace")
    ax = axes_or_new(ax)
    begun = run.events["time"].min()
    for trial in run.trials:
        segments = [
            _steps(part) - [begun, 0] for _, part in run.of_trial(trial).groupby("segment")
        ]
        color = style_of(run, trial)["color"]
        ax.add_collection(LineCollection(segments, colors=color, gid=f"line-{trial}"))
    jumps = LineCollection(
        _jumps(run), colors=QUIET, linewidths=0.9, linestyles=[(0, (3, 2))], gid="jumps"
    )
    jumps.set_label("_jumps")
    ax.add_collection(jumps)
    ax.autoscale_view()
    ax.set(xlabel="time in seconds", ylabel="iteration", xlim=(0, None), ylim=(0, None))
    legend_of_trials(ax, run)
    return ax


def _steps(segment: pd.DataFrame) -> NDArray[np.float64]:
    # Draw each iteration from its start to its report, so that a wait is level.
    ends = segment[["time", "iteration"]].to_numpy(float)
    begins = ends - np.column_stack([segment["duration"], np.ones(len(ends))])
    return np.stack([begins, ends], axis=1).reshape(-1, 2)


def _jumps(run: Run) -> list[list[tuple[float, float]]]:
    begun = run.events["time"].min()
    jumps = []
    for exploit in run.exploits.to_dict("records"):
        lane = run.of_trial(exploit["target"])
        before = lane[lane["segment"] < exploit["segment"]]  # perhaps nothing was reported
        if len(before):
            at = before["time"].max() - begun
            jumps.append([(at, exploit["iteration"]), (at, exploit["donor_iteration"])])
    return jumps
