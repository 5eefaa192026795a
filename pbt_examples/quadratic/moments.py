"""The exact expected loss of stochastic gradient descent on a noisy quadratic.

The loss of the weights is ``1/2 * sum(h * theta²)``, with one curvature ``h`` for each
coordinate. A step of size ``lr`` follows a gradient with noise of variance ``(h * s)²``
in each coordinate::

    theta <- theta - lr * h * (theta + s * noise)

The expected loss depends only on the second moments ``E[theta²]``, and a formula gives
these after each step. So the expected loss of a schedule of learning rates can be computed
without any random numbers.

The problem is that of Wu et al., *Understanding Short-Horizon Bias in Stochastic
Meta-Optimization*, 2018, arXiv:1803.02021, with two coordinates: a steep one, in which
noise soon outweighs progress, and a flat one, which needs large steps for a long time.

Every function takes arrays whose **last** axis holds the two coordinates, or the steps of a
schedule, so the same code works for one trial and for thousands of populations.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pbt_examples.checks import check_integer

Array = NDArray[np.float64]

CURVATURE = np.array([1.0, 0.02])
"""How steep the loss is along each coordinate."""

NOISE = np.array([1.0, 1.0])
"""Variance of the noise, in units of the squared curvature."""

START = (1.0, 100.0)
"""Second moments of the weights before the first step."""

STEPS = 200
"""Steps of a training run."""

COSINE = 0.5 * (1 + np.cos(np.pi * np.arange(STEPS) / STEPS))
"""Half a cosine: 1 at the first step of a training, and nearly 0 at the last."""

LR_RANGE = (1e-3, 1.9)
"""Smallest and largest learning rate of a schedule. From 2 on, the steep coordinate
diverges."""


def expected_step(moments: ArrayLike, lr: ArrayLike) -> Array:
    """Return the second moments of the weights after one step.

    Parameters
    ----------
    moments : array_like, shape (..., 2)
        Second moments before the step, such as `START`.
    lr : array_like, shape (...)
        Learning rate.

    Returns
    -------
    ndarray, shape (..., 2)
        ``(1 - lr h)² moments + (lr h)² noise``: the error that the step leaves, and the
        noise that it adds.

    Raises
    ------
    ValueError
        If the last axis of `moments` does not hold two coordinates.
    """
    moments, move = _pairs(moments), np.asarray(lr)[..., np.newaxis] * CURVATURE
    return np.asarray((1 - move) ** 2 * moments + move**2 * NOISE)


def expected_loss(moments: ArrayLike) -> Array:
    """Return the expected loss of weights with these second moments.

    Parameters
    ----------
    moments : array_like, shape (..., 2)
        Second moments.

    Returns
    -------
    ndarray, shape (...)
        ``1/2 * sum(h * moments)``.

    Raises
    ------
    ValueError
        If the last axis of `moments` does not hold two coordinates.
    """
    return np.asarray(0.5 * (CURVATURE * _pairs(moments)).sum(axis=-1))


def loss_curve(schedule: ArrayLike, *, moments: ArrayLike = START) -> Array:
    """Return the expected loss after each step of a schedule.

    Parameters
    ----------
    schedule : array_like, shape (..., steps)
        Learning rates, one for each step. Leading axes hold several schedules.
    moments : array_like, shape (2,), default: START
        Second moments before the first step.

    Returns
    -------
    ndarray, shape (..., steps)
        The last column is the final loss of each schedule.

    Raises
    ------
    ValueError
        If a schedule has no steps.
    """
    schedule = np.asarray(schedule, dtype=np.float64)
    check_integer("the length of schedule", schedule.ndim and schedule.shape[-1], least=1)
    losses = np.empty(schedule.shape)
    for step in range(schedule.shape[-1]):
        moments = expected_step(moments, schedule[..., step])
        losses[..., step] = expected_loss(moments)
    return losses


def _pairs(moments: ArrayLike) -> Array:
    array = np.asarray(moments, dtype=np.float64)
    if array.ndim == 0 or array.shape[-1] != len(CURVATURE):
        raise ValueError(
            f"moments must hold {len(CURVATURE)} coordinates along the last axis, "
            f"got an array of shape {array.shape}"
        )
    return array
