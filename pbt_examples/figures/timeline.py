"""What each trial was doing at each moment: a lane for each trial, time along x."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from pbt_examples.figures.axes import axes_or_new
from pbt_examples.figures.style import (
    INK,
    PAPER,
    SMALL,
    WIDTH,
    legend_of_lanes,
    trial_labels,
)
from pbt_examples.record.activity import activity
from pbt_examples.record.run import Run

STATES: dict[str, dict[str, Any]] = {
    "training": {"facecolor": "#5b8fc2", "height": 0.62},
    "restored": {"facecolor": "#c2550a", "height": 0.62},
    "waiting": {"facecolor": "#8c8c8c", "height": 0.16},
}
"""The states differ in lightness and in height, not only in colour."""
TAKEOVER: dict[str, Any] = {
    "color": INK, "marker": "v", "markersize": 5.5, "linestyle": "",
    "markeredgecolor": PAPER, "markeredgewidth": 0.5,
}  # fmt: skip


def plot_timeline(run: Run, ax: Axes | None = None) -> Axes:
    """Draw when each trial was training, waiting or being restored, and its exploits.

    Parameters
    ----------
    run : Run
        A run with `events`.
    ax : Axes, optional
        Where to draw; by default a new figure, as high as the lanes need.

    Returns
    -------
    Axes
        `ax`, or the new one.

    Raises
    ------
    ValueError
        If the run has no events, like one that was read from Ray's directory.
    """
    spans = activity(run)
    ax = axes_or_new(ax, figsize=(WIDTH, 1.4 + 0.34 * len(run.trials) ** 0.9))
    labels = trial_labels(run)
    lanes = {trial: lane for lane, trial in enumerate(run.trials)}
    for state, look in STATES.items():
        bars = [
            Rectangle(
                (begin, lanes[trial] - look["height"] / 2), end - begin, look["height"]
            )
            for begin, end, trial in _rows(spans[spans["state"] == state])
        ]
        collection = PatchCollection(bars, facecolor=look["facecolor"], gid=state)
        # A white edge separates iterations, unless it would hide a short one.
        wide = [bar.get_width() > spans["end"].max() / 250 for bar in bars]
        collection.set(edgecolor=PAPER, linewidth=[0.4 if each else 0 for each in wide])
        ax.add_collection(collection)
    moments = _takeovers(run, spans)
    ax.plot(
        moments["begin"], moments["trial"].map(lanes) - 0.45, gid="exploits", zorder=4,
        clip_on=False, **TAKEOVER,
    )  # fmt: skip
    ax.update_datalim([(0, 0), (spans["end"].max(), 0)])
    ax.margins(x=0)
    ax.autoscale_view(scaley=False)  # axes that share their time get room for all
    ax.set_ylim(len(lanes) - 0.4, -0.7)
    ax.set_yticks(range(len(lanes)), [labels[trial] for trial in lanes])
    ax.tick_params(axis="y", length=0, labelsize=8.5 if len(lanes) <= 12 else SMALL)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("seconds since the first trial started")
    handles: list[Any] = [
        Patch(facecolor=look["facecolor"], label=state) for state, look in STATES.items()
    ]
    handles.append(Line2D([], [], **TAKEOVER, label="exploit"))
    legend_of_lanes(ax, handles)
    return ax


def _rows(spans: pd.DataFrame) -> list[tuple[float, float, int]]:
    return list(zip(spans["begin"], spans["end"], spans["trial"], strict=True))


def _takeovers(run: Run, spans: pd.DataFrame) -> pd.DataFrame:
    """Return when each target began to restore its donor's state."""
    begun = spans[spans["state"] == "restored"].drop_duplicates(["trial", "segment"])
    exploits = run.exploits[["target", "segment"]].rename(columns={"target": "trial"})
    return exploits.astype(int).merge(begun, on=["trial", "segment"])
