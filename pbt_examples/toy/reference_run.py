"""Turn a simulation of one population into the tables of a `Run`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pbt_examples.record.info import RunInfo
from pbt_examples.record.run import Run
from pbt_examples.record.tables import exploits_table

HYPERPARAMETERS = ("lr", "h0", "h1")
"""In the order of a scheduler's domains, and of the arrays."""

COLUMNS = (
    "trial", "segment", "iteration", "Q", "theta0", "theta1", "h0", "h1", "lr",
    "time", "duration", "pid",
)  # fmt: skip
"""The columns of a history of `train_toy`."""


class Decision(NamedTuple):
    """The decisions in several populations after one iteration.

    Attributes
    ----------
    targets, donors : ndarray of int, shape (runs, targets)
        Numbers of trials; a trial that is its own donor only explores.
    config : ndarray, shape (runs, targets, 3)
        The new ``lr``, ``h0`` and ``h1`` of the targets.
    operation : ndarray of int, shape (runs, targets, 3), or None
        -1 if a value was resampled, else the index of the factor. None without explore.
    """

    targets: NDArray[np.intp]
    donors: NDArray[np.intp]
    config: NDArray[np.float64]
    operation: NDArray[np.int_] | None


def make_run(
    steps: Iterable[tuple[Any, Decision | None]],
    *,
    perturbation_factors: Sequence[float],
    info: RunInfo,
) -> Run:
    """Return the first population of a simulation as a run.

    Parameters
    ----------
    steps : iterable of (State, Decision or None)
        One pair per iteration.
    perturbation_factors : sequence of float
        The factors that the operations of the decisions refer to.
    info : RunInfo
        Settings of the simulation.
    """
    rows: list[dict[str, Any]] = []
    exploits: list[dict[str, Any]] = []
    segments: dict[int, int] = {}
    for state, decision in steps:
        rows += _reports(state, segments)
        if decision is not None:
            exploits += _exploits(state, decision, segments, perturbation_factors)
    history = pd.DataFrame(rows, columns=list(COLUMNS))
    history = history.sort_values(["trial", "segment", "iteration"], ignore_index=True)
    return Run(
        history=history,
        exploits=exploits_table(exploits, history, HYPERPARAMETERS),
        metric="Q",
        hyperparameters=HYPERPARAMETERS,
        info=info,
    )


def _reports(state: Any, segments: dict[int, int]) -> list[dict[str, Any]]:
    unmeasured = {"time": math.nan, "duration": math.nan, "pid": 0}
    return [
        {
            "trial": trial,
            "segment": segments.setdefault(trial, 0),
            "iteration": state.iteration,
            "Q": score,
            "theta0": theta0,
            "theta1": theta1,
            **dict(zip(HYPERPARAMETERS, config, strict=True)),
            **unmeasured,
        }
        for trial, (score, (theta0, theta1), config) in enumerate(
            zip(state.Q[0].tolist(), state.theta[0].tolist(), state.config[0].tolist(),
                strict=True)
        )
    ]  # fmt: skip


def _exploits(
    state: Any, decision: Decision, segments: dict[int, int], factors: Sequence[float]
) -> list[dict[str, Any]]:
    # By the number of the target, the order in which Ray goes through its trials.
    rows = []
    for pair in decision.targets[0].argsort():
        target, donor = int(decision.targets[0, pair]), int(decision.donors[0, pair])
        row = {
            "iteration": state.iteration,
            "target": target,
            "donor": donor,
            "donor_iteration": state.iteration,
            "segment": segments[target] + 1,
            "donor_segment": segments[donor],
            "target_score": float(state.Q[0, target]),
            "donor_score": float(state.Q[0, donor]),
        }
        for column, name in enumerate(HYPERPARAMETERS):
            row[f"{name}_donor"] = float(state.config[0, donor, column])
            row[f"{name}_new"] = float(decision.config[0, pair, column])
            row[f"{name}_operation"] = ""
            if decision.operation is not None:
                done = int(decision.operation[0, pair, column])
                row[f"{name}_operation"] = (
                    "resample" if done < 0 else f"* {float(factors[done])}"
                )
        rows.append(row)
        segments[target] += 1
    return rows
