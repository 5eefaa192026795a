"""Small runs from literal tables, for the tests of the figures."""

from dataclasses import replace

import pandas as pd
from pbt_examples.record.info import RunInfo
from pbt_examples.record.run import Run
from pbt_examples.record.tables import EVENT_COLUMNS, exploit_columns

HYPERPARAMETERS = ("h0", "h1", "lr")


def build(lanes, exploits, *, first, info=None, mode="max"):
    """Build a run.

    `lanes` maps each trial and segment to its iterations. `exploits` has rows of
    iteration, target, donor, donor_iteration, segment, donor_segment, and the new value
    and the operation of each hyperparameter. `first` has the first configurations.
    """
    configs = {(trial, 0): config for trial, config in enumerate(first)}
    rows = []
    for iteration, target, donor, donor_iteration, segment, donor_segment, *new in exploits:
        configs[target, segment] = tuple(new[::2])
        row = [iteration, target, donor, donor_iteration, segment, donor_segment]
        row += [score(target, segment - 1, iteration)]
        row += [score(donor, donor_segment, donor_iteration)]
        for old, value, operation in zip(
            configs[donor, donor_segment], new[::2], new[1::2], strict=True
        ):
            row += [old, value, operation]
        rows.append(row)
    history = [
        (
            trial, segment, iteration, score(trial, segment, iteration),
            *theta(trial, segment, iteration), *configs[trial, segment],
            10.0 * iteration + trial, 4.0, 1,
        )
        for (trial, segment), iterations in lanes.items()
        for iteration in iterations
    ]  # fmt: skip
    return Run(
        history=pd.DataFrame(
            history,
            columns=[
                "trial", "segment", "iteration", "Q", "theta0", "theta1",
                *HYPERPARAMETERS, "time", "duration", "pid",
            ],
        ),
        exploits=pd.DataFrame(rows, columns=exploit_columns(HYPERPARAMETERS)),
        metric="Q",
        mode=mode,
        hyperparameters=HYPERPARAMETERS,
        events=pd.DataFrame(columns=list(EVENT_COLUMNS)),
        info=RunInfo(**info or {}),
    )  # fmt: skip


def theta(trial, segment, iteration):
    """Return made-up values that are different for every point."""
    return 0.9 - 0.1 * iteration - 0.01 * segment, 0.8 - 0.1 * trial - 0.02 * iteration


def score(trial, segment, iteration):
    return 0.1 * iteration + 0.01 * trial + 0.001 * segment


def synchronous():
    """Three trials, an exploit at iteration 2 and two at 4; trial 2 wins."""
    return build(
        {
            (0, 0): range(1, 5), (0, 1): range(5, 7),
            (1, 0): range(1, 5), (1, 1): range(5, 7),
            (2, 0): range(1, 3), (2, 1): range(3, 7),
        },
        [
            (2, 2, 1, 2, 1, 0, 0.6, "resample", 0.24, "* 1.2", 0.04, "* 0.8"),
            (4, 0, 2, 4, 1, 1, 0.72, "* 1.2", 0.5, "resample", 0.048, "* 1.2"),
            (4, 1, 2, 4, 1, 1, 0.1, "resample", 0.192, "* 0.8", 0.12, "resample"),
        ],
        first=[(0.0, 1.0, 0.05), (1.0, 0.2, 0.05), (0.5, 0.4, 0.05)],
        info={
            "perturbation_interval": 2,
            "domains": {"h0": [0.0, 1.0], "h1": [0.0, 1.0], "lr": [0.005, 0.1]},
        },
    )  # fmt: skip


def asynchronous():
    """Two trials: one leaps ahead to its donor; later the other falls back to its own."""
    return build(
        {
            (0, 0): range(1, 8), (0, 1): range(7, 9),
            (1, 0): range(1, 4), (1, 1): range(6, 9),
        },
        [
            (3, 1, 0, 5, 1, 0, 0.0, "* 1.2", 0.8, "* 0.8", 0.2, "* 1.2"),
            (7, 0, 1, 6, 1, 1, 0.3, "resample", 0.7, "resample", 0.24, "* 1.2"),
        ],
        first=[(0.0, 1.0, 0.05), (1.0, 0.0, 0.05)],
        info={"perturbation_interval": 1, "domains": {"lr": [0.005, 0.1]}},
    )  # fmt: skip


def grid(trials=2, iterations=6):
    """No scheduler, no exploits."""
    return build(
        {(trial, 0): range(1, iterations + 1) for trial in range(trials)},
        [],
        first=[(trial / max(1, trials - 1), 0.5, 0.05) for trial in range(trials)],
    )


def explore_only():
    """Two trials that change their hyperparameters, and take over nothing."""
    return build(
        {
            (0, 0): range(1, 3), (0, 1): range(3, 5),
            (1, 0): range(1, 3), (1, 1): range(3, 5),
        },
        [
            (2, 0, 0, 2, 1, 0, 0.0, "* 1.2", 0.8, "* 0.8", 0.06, "* 1.2"),
            (2, 1, 1, 2, 1, 0, 0.3, "resample", 0.7, "resample", 0.04, "* 0.8"),
        ],
        first=[(0.0, 1.0, 0.05), (1.0, 0.0, 0.05)],
    )  # fmt: skip


def recorded(run):
    """Return a run with events, as if it had been recorded as it happened."""
    rows = [
        (report.time - before, report.trial, event)
        for report in run.history.itertuples()
        for before, event in [(report.duration, "start"), (0.0, "report")]
    ]
    return replace(run, events=pd.DataFrame(sorted(rows), columns=list(EVENT_COLUMNS)))
