"""Populations as a whole: how good and how diverse they are, and who copied whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from pbt_examples.checks import check_type
from pbt_examples.figures.axes import axes_or_new, check_axes, drawable, new_axes
from pbt_examples.figures.style import COLORS, SMALL, WIDTH, symbols, trial_labels
from pbt_examples.record.measures import population_history
from pbt_examples.record.run import Run, check_run

MAX_READABLE = 12
"""The most trials for which labels and counts of a matrix have their usual size."""


def plot_best_and_median(
    runs: Mapping[str, Run], axes: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Draw the best and the median of the metric over the iterations of each run.

    Parameters
    ----------
    runs : mapping of str to Run
        Runs that report the same metric and the same iterations, by their names in the
        legend, from the lightest shade to the darkest.
    axes : array of Axes, optional
        Two; by default those of a new figure.

    Returns
    -------
    ndarray of Axes
        That of the best and that of the median.
    """
    _check_runs(runs)
    alone = axes is None
    if axes is None:
        axes = new_axes(1, 2, sharey=True, figsize=(WIDTH, 3.5))
    axes = check_axes(axes, 2)
    for ax, column in zip(axes, ["best", "median"], strict=True):
        for place, (name, run) in enumerate(runs.items()):
            history = population_history(run)[column]
            shade = _shade(place, len(runs))
            ax.plot(history.index, drawable(history), label=name, **shade)
        ax.set_title(f"{column} of the population")
        ax.set_xlabel("iteration")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    first = next(iter(runs.values()))
    metric = symbols(first)[first.metric]
    axes[0].set_ylabel(metric, rotation=0 if metric.startswith("$") else 90, labelpad=8)
    _legend(axes, alone)
    return axes


def plot_diversity(
    runs: Mapping[str, Run], axes: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Draw the spread of a population's hyperparameters over the iterations.

    Parameters
    ----------
    runs : mapping of str to Run
        Runs with the same hyperparameters, all of them numbers, by their names in the
        legend.
    axes : array of Axes, optional
        One for each hyperparameter; by default those of a new figure.

    Returns
    -------
    ndarray of Axes
        Each shows the standard deviation of one hyperparameter in the population.
    """
    _check_runs(runs)
    first = next(iter(runs.values()))
    names, shown = first.hyperparameters, symbols(first)
    for label, run in runs.items():
        numeric = run.history.select_dtypes("number").columns
        if not names or not set(names) <= set(numeric):
            raise ValueError(
                "runs must share one hyperparameter or more, all numbers; the first "
                f"has {list(names)}, and the numbers in {label!r} are {list(numeric)}"
            )
    alone = axes is None
    if axes is None:
        axes = new_axes(1, len(names), figsize=(WIDTH, 3.2), squeeze=False)
    axes = check_axes(axes, len(names))
    for ax, name in zip(axes, names, strict=True):
        for place, (label, run) in enumerate(runs.items()):
            spread = run.history.groupby("iteration")[name].std(ddof=0)
            shade = _shade(place, len(runs))
            ax.plot(spread.index, drawable(spread), label=label, **shade)
        title = f"spread of {shown[name]}"
        if "…" in title:  # panels are narrow
            title = title.replace("of ", "of\n", 1).replace("…", "…\n")
        ax.set_title(title)
        ax.set_xlabel("iteration")
        ax.set_ylim(0)
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes[0].set_ylabel("standard deviation")
    _legend(axes, alone)
    return axes


def plot_exploit_counts(run: Run, ax: Axes | None = None) -> NDArray[Any]:
    """Draw how often each trial copied each other trial.

    Parameters
    ----------
    run : Run
        Any run.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    ndarray of Axes, shape (2,)
        The counts, with targets from top to bottom and donors from left to right, and the
        bars above, which show how often each trial was a donor.
    """
    check_run(run)
    ax = axes_or_new(ax, figsize=(6.4, 5.8))
    table = exploit_counts(run)
    counts, number = table.to_numpy(), len(table)
    # Pale colours, on which the numbers are legible.
    ax.imshow(counts, cmap="Blues", vmin=0, vmax=2.5 * max(1, counts.max()))
    size = 8.5 if number <= MAX_READABLE else SMALL
    for target, donor in np.argwhere(counts > 0):
        ax.text(
            donor, target, f"{counts[target, donor]}", ha="center", va="center",
            fontsize=size, gid="count",
        )  # fmt: skip
    ax.set_yticks(range(number), trial_labels(run).values(), fontsize=size)
    ax.set_xticks(range(number), map(str, run.trials), fontsize=size)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_ylabel("target, which gave up its state")
    ax.set_xlabel("donor, whose state went on")
    bars = ax.inset_axes((0, 1.02, 1, 0.16), sharex=ax)
    drawn = bars.bar(range(number), counts.sum(axis=0), color=COLORS[0], width=0.72)
    bars.bar_label(drawn, fontsize=size, padding=1)
    bars.axis("off")
    return np.array([ax, bars])


def exploit_counts(run: Run) -> pd.DataFrame:
    """Return how often each trial (row) copied each other trial (column)."""
    counts = pd.crosstab(run.exploits["target"], run.exploits["donor"])
    return counts.reindex(index=run.trials, columns=run.trials, fill_value=0).astype(int)


def _check_runs(runs: Mapping[str, Run]) -> None:
    check_type("runs", runs, Mapping, "a mapping from names to runs")
    if not runs:
        raise ValueError(f"runs must have at least one run, got {runs!r}")
    for run in runs.values():
        check_run(run)


def _shade(place: int, number: int) -> dict[str, Any]:
    share = place / max(1, number - 1)  # darker and thicker from the first to the last
    color = plt.get_cmap("viridis")(0.56 * (1 - share))  # 3:1 on white
    return {"color": color, "linewidth": 1.0 + 1.2 * share}


def _legend(axes: NDArray[Any], alone: bool) -> None:
    handles, labels = axes[0].get_legend_handles_labels()
    if alone:  # the whole figure is ours, so the legend can stand below all of it
        axes[0].figure.legend(
            handles, labels, loc="outside lower left", ncols=len(labels), borderaxespad=1
        )
    else:
        axes[-1].legend(handles, labels)
