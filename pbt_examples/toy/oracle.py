"""Check a recorded run of the toy problem by computing it again from its exploits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.tables import require_columns
from pbt_examples.toy.function import Q, get_init_theta, grad_Qhat

_HYPERPARAMETERS = ["h0", "h1", "lr"]
_CHECKED = ["theta0", "theta1", "Q", *_HYPERPARAMETERS]


def oracle_error(run: Run) -> float:
    """Return how far a run differs from what its exploits imply.

    This takes only three things from the record: the first configuration of each trial,
    who copied whom, and the hyperparameters that explore drew. It computes everything else
    again, without Ray: every theta, every Q, and the hyperparameters in force at each step.
    So it detects a jump to the wrong donor, a checkpoint that is a step too old, or a
    hyperparameter that did not reach the worker.

    Parameters
    ----------
    run : Run
        A run of `train_toy`, or of a trainable that reports the same columns.

    Returns
    -------
    float
        Largest absolute difference over all reports, among ``theta0``, ``theta1``,
        ``Q``, ``h0``, ``h1`` and ``lr``. Zero means equal to the last bit.

    Raises
    ------
    ValueError
        If the run is not of the toy problem, or the record has a gap.
    """
    check_run(run)
    require_columns("history", run.history, _CHECKED)
    derived = _derive(run)
    recorded = run.history[_CHECKED].to_numpy(dtype=np.float64)
    return float(np.abs(recorded - derived).max())


def _derive(run: Run) -> np.ndarray:
    # One row for each row of the history, in the same order.
    lanes = dict(tuple(run.history.groupby(["trial", "segment"])))
    states: dict[tuple[int, int, int], np.ndarray] = {}
    for trial in run.trials:
        first = run.of_trial(trial).iloc[0]
        start = np.array([*get_init_theta(), 0.0, *first[_HYPERPARAMETERS]], dtype=float)
        _climb(states, lanes, (trial, 0), iteration=0, start=start)
    for exploit in run.exploits.to_dict("records"):
        donor = exploit["donor"], exploit["donor_segment"], exploit["donor_iteration"]
        if donor not in states:
            raise ValueError(
                "the record has a hole: trial {} never was at segment {}, iteration {}, "
                "yet an exploit took its state from there".format(*donor)
            )
        start = states[donor].copy()
        for column, name in enumerate(_HYPERPARAMETERS, start=3):
            start[column] = exploit.get(f"{name}_new", start[column])
        piece = exploit["target"], exploit["segment"]
        _climb(states, lanes, piece, iteration=donor[2], start=start)
    keys = run.history[["trial", "segment", "iteration"]].itertuples(index=False)
    return np.array([_state(states, tuple(key)) for key in keys])


def _climb(
    states: dict[tuple[int, int, int], np.ndarray],
    lanes: dict[Any, pd.DataFrame],
    piece: tuple[int, int],
    *,
    iteration: int,
    start: np.ndarray,
) -> None:
    # Compute the states of one segment of one trial, as far as the run went.
    theta, h, lr = start[:2], start[3:5], start[5]
    states[(*piece, iteration)] = start
    steps = lanes[piece]["iteration"].tolist() if piece in lanes else []
    if steps != list(range(iteration + 1, iteration + 1 + len(steps))):
        raise ValueError(
            "the record has a hole: segment {1} of trial {0} must go on from iteration "
            "{2} without a gap, got {3}".format(*piece, iteration, steps)
        )
    for step in steps:
        theta = theta + lr * grad_Qhat(theta, h).theta
        states[(*piece, step)] = np.array([*theta, Q(theta), *h, lr])


def _state(
    states: dict[tuple[int, int, int], np.ndarray], key: tuple[int, int, int]
) -> np.ndarray:
    if key not in states:
        raise ValueError(
            "the record has a hole: no exploit explains how trial {} came to segment {}, "
            "iteration {}".format(*key)
        )
    return states[key]
