"""The toy problem: climb a hidden quadratic ``Q`` through an estimate ``Qhat``.

It stands for training in practice: you want generalisation (`Q`), but you can only climb a
training objective (`Qhat`), and the hyperparameters (`h`) decide how far climbing `Qhat`
also climbs `Q`.

The problem is that of Figure 2 in Jaderberg et al., *Population Based Training of Neural
Networks*, 2017, arXiv:1711.09846, with the factor 3/4 that Ray's tutorial adds to the first
coordinate. In Ray's tutorial the gradient of ``Qhat`` has the factor but ``Qhat`` does not;
here the two agree.

Every function takes arrays whose **last** axis holds the two coordinates, so the same code
works for one trial, a population, and a grid of points.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Q_MAX = 1.2
"""The largest value of `Q`, reached at ``theta = [0, 0]``."""

CURVATURE = np.array([0.75, 1.0])
"""How steeply `Q` falls along each coordinate of theta."""


class Gradient(NamedTuple):
    """The two gradients of `Qhat`.

    Attributes
    ----------
    theta : ndarray, shape (..., 2)
        Derivative with respect to the model parameters. Training follows it.
    h : ndarray, shape (..., 2)
        Derivative with respect to the hyperparameters. PBT never uses it: PBT tunes what
        has no usable gradient.
    """

    theta: NDArray[np.float64]
    h: NDArray[np.float64]


def get_init_theta() -> NDArray[np.float64]:
    """Return the model parameters that every trial starts from.

    Returns
    -------
    ndarray, shape (2,)
        ``[0.9, 0.9]``, as a new array.
    """
    return np.array([0.9, 0.9])


def Q(theta: ArrayLike) -> NDArray[np.float64]:
    """Return the true reward, which training never sees.

    Parameters
    ----------
    theta : array_like, shape (..., 2)
        Model parameters.

    Returns
    -------
    ndarray, shape (...)
        ``1.2 - (3/4 theta0² + theta1²)``; at most 1.2.

    Raises
    ------
    ValueError
        If the last axis of `theta` does not hold two coordinates.
    """
    theta = _pairs("theta", theta)
    return np.asarray(Q_MAX - (CURVATURE * theta**2).sum(axis=-1))


def Qhat(theta: ArrayLike, h: ArrayLike) -> NDArray[np.float64]:
    """Return the estimate of `Q` that training climbs.

    Parameters
    ----------
    theta : array_like, shape (..., 2)
        Model parameters.
    h : array_like, shape (..., 2)
        Hyperparameters. With ``h = [1, 1]`` the estimate equals `Q`; a zero hides a
        coordinate from training.

    Returns
    -------
    ndarray, shape (...)
        ``1.2 - (3/4 h0 theta0² + h1 theta1²)``.

    Raises
    ------
    ValueError
        If the last axis of `theta` or of `h` does not hold two coordinates.
    """
    theta, h = _pairs("theta", theta), _pairs("h", h)
    return np.asarray(Q_MAX - (CURVATURE * h * theta**2).sum(axis=-1))


def grad_Qhat(theta: ArrayLike, h: ArrayLike) -> Gradient:
    """Return the gradients of `Qhat` with respect to theta and to h.

    Parameters
    ----------
    theta : array_like, shape (..., 2)
        Model parameters.
    h : array_like, shape (..., 2)
        Hyperparameters.

    Returns
    -------
    Gradient
        Its `theta` is ``[-3/2 h0 theta0, -2 h1 theta1]``, its `h` is
        ``[-3/4 theta0², -theta1²]``.

    Raises
    ------
    ValueError
        If the last axis of `theta` or of `h` does not hold two coordinates.
    """
    theta, h = _pairs("theta", theta), _pairs("h", h)
    return Gradient(theta=-2 * CURVATURE * h * theta, h=-CURVATURE * theta**2)


def _pairs(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers, got {values!r}") from None
    if array.ndim == 0 or array.shape[-1] != 2:
        raise ValueError(
            f"{name} must hold two coordinates along its last axis, "
            f"got an array of shape {array.shape}"
        )
    return array
