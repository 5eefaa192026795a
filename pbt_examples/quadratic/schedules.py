"""Learning-rate schedules on the noisy quadratic: the best one, and some others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pbt_examples.quadratic.moments import (
    COSINE,
    CURVATURE,
    LR_RANGE,
    NOISE,
    START,
    STEPS,
    expected_loss,
    expected_step,
    loss_curve,
)
from scipy.optimize import minimize, minimize_scalar

Array = NDArray[np.float64]


def greedy_schedule() -> Array:
    """Return the schedule that minimises the loss after each single step.

    Returns
    -------
    ndarray, shape (STEPS,)
        Learning rates. The loss after one step is a parabola in the learning rate, so
        its minimum is known in closed form.
    """
    moments, schedule = np.array(START), np.empty(STEPS)
    for step in range(STEPS):
        lr = (CURVATURE**2 * moments).sum() / (CURVATURE**3 * (moments + NOISE)).sum()
        schedule[step] = np.clip(lr, *LR_RANGE)
        moments = expected_step(moments, schedule[step])
    return schedule


def best_constant() -> Array:
    """Return the best constant schedule.

    Returns
    -------
    ndarray, shape (STEPS,)
        The same learning rate at each step.
    """
    return _best_multiple(np.ones(STEPS))


def best_cosine() -> Array:
    """Return the best schedule that falls to zero along half a cosine.

    Returns
    -------
    ndarray, shape (STEPS,)
        Learning rates. Only the first one is free, and it is optimal.
    """
    return _best_multiple(COSINE)


def best_schedule() -> Array:
    """Return the schedule with the lowest final loss that optimisation can find.

    Returns
    -------
    ndarray, shape (STEPS,)
        The best result of L-BFGS-B with exact gradients, started from twelve schedules.

    Notes
    -----
    The loss has a local minimum for each number of longest steps before the learning
    rate falls. A descent from another schedule ends in one of these, but rarely in the
    best. So the descents start near the twelve that look best.
    """
    steps = np.arange(STEPS)
    late = np.maximum(steps - steps[:, np.newaxis] + 1, 0)  # one row per minimum
    starts = np.where(late > 0, 1 / (1 + late), LR_RANGE[1])
    best = loss_curve(starts)[:, -1].argsort()[:12]
    found = [_descend(np.log(starts[each])) for each in best]
    return np.exp(min(found, key=lambda result: result.fun).x)


def final_loss_and_gradient(schedule: Array) -> tuple[float, Array]:
    """Return the final expected loss of a schedule, and its gradient.

    Parameters
    ----------
    schedule : ndarray, shape (steps,)
        Learning rates.

    Returns
    -------
    float
        The loss.
    ndarray, shape (steps,)
        Its derivative with respect to each learning rate.
    """
    move = schedule[:, np.newaxis] * CURVATURE
    left, added = 1 - move, move**2 * NOISE
    moments, before = list(START), []  # the second moments before each step
    # Lists of floats: ten times as fast as arrays of two.
    for factors, terms in zip((left**2).tolist(), added.tolist(), strict=True):
        before.append(moments)
        moments = [f * m + t for f, m, t in zip(factors, moments, terms, strict=True)]
    # The share of a change in the moments that remains after all later steps.
    later = np.cumprod(np.vstack([np.ones(2), left[:0:-1] ** 2]), axis=0)[::-1]
    slope = 2 * CURVATURE * (move * NOISE - left * before)
    gradient = 0.5 * (CURVATURE * later * slope).sum(axis=-1)
    return float(expected_loss(moments)), gradient


def _best_multiple(shape: Array) -> Array:
    # Start from the best of many, since the loss has more than one local minimum.
    tried = np.geomspace(*LR_RANGE, 50)
    best = loss_curve(tried[:, np.newaxis] * shape)[:, -1].argmin()
    low, high = max(int(best) - 1, 0), min(int(best) + 1, len(tried) - 1)
    found = minimize_scalar(
        lambda log_lr: loss_curve(np.exp(log_lr) * shape)[-1],
        bounds=(np.log(tried[low]), np.log(tried[high])),
        method="bounded",
    )
    return np.asarray(np.exp(found.x) * shape)


def _descend(start: Array) -> Any:
    # Use logarithms of learning rates and loss, since both span orders of magnitude.
    def objective(logs: Array) -> tuple[float, Array]:
        schedule = np.exp(logs)
        loss, gradient = final_loss_and_gradient(schedule)
        return np.log(loss), gradient * schedule / loss

    return minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[tuple(np.log(LR_RANGE))] * len(start),
        options={"maxiter": 1000},
    )
