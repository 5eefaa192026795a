"""A small neural network in NumPy that learns handwritten digits.

The terms of the toy problem, and what they mean here:

- ``theta``: the weights, all of them in one flat vector.
- ``h``: the learning rate, the weight decay, and the strength of noise on the inputs.
- ``Qhat``: what training climbs. `digits_loss` is ``-Qhat``, and depends on ``h``.
- ``Q``: `digits_accuracy` on images that training never sees.

The data are the 1,797 images of 8 × 8 pixels that scikit-learn ships (Alpaydin and
Kaynak, *Optical Recognition of Handwritten Digits*, UCI, 1998).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pbt_examples.checks import check_integer, check_number, check_numbers, check_type
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

PIXELS, HIDDEN, CLASSES = 64, 128, 10
"""Sizes of the layers."""

HYPERPARAMETERS = ("lr", "weight_decay", "noise")
"""The hyperparameters: arguments of `train_iteration`."""

WEIGHTS = PIXELS * HIDDEN + HIDDEN + HIDDEN * CLASSES + CLASSES
"""Number of elements of theta."""

SPLIT_SEED = 0
"""Seed of the permutation that splits the data."""

TRAINING, VALIDATION = 400, 600
"""Number of images in each set; the remaining 797 are the test set."""

BATCH, EPOCHS, MOMENTUM = 20, 20, 0.9
"""Images per step, passes over the training images per iteration, and the share of the
last step's velocity that a step keeps."""

Vector = NDArray[np.float64]


class Images(NamedTuple):
    """Images and their labels.

    Attributes
    ----------
    x : ndarray, shape (n, 64)
        Grey values of the pixels, 0 to 1.
    y : ndarray of int, shape (n,)
        The digit on each image.
    """

    x: Vector
    y: NDArray[np.int64]


class Split(NamedTuple):
    """The data, always split in the same way.

    Attributes
    ----------
    training : Images
        For the gradients.
    validation : Images
        For PBT to rank trials.
    test : Images
        For a single evaluation at the end; nothing may be decided by these.
    """

    training: Images
    validation: Images
    test: Images


@cache
def digits_split() -> Split:
    """Return the three sets of images, which are the same in every process."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(y))
    parts = np.split(order, [TRAINING, TRAINING + VALIDATION])
    return Split(*(Images(x[part] / 16, y[part]) for part in parts))


class State(NamedTuple):
    """Everything that training needs to continue: the content of a checkpoint.

    Attributes
    ----------
    theta : ndarray, shape (n_weights,)
        The weights.
    velocity : ndarray, shape (n_weights,)
        The last step, of which momentum keeps a part.
    iteration : int
        Number of completed iterations.
    """

    theta: Vector
    velocity: Vector
    iteration: int


def init_state(seed: int) -> State:
    """Return the state before the first iteration; the weights are drawn from `seed`."""
    rng = np.random.default_rng([seed, 0])
    layers = [(PIXELS, HIDDEN), (HIDDEN, CLASSES)]
    drawn = [rng.normal(scale=rows**-0.5, size=(rows, columns)) for rows, columns in layers]
    theta = np.concatenate(
        [part.ravel() for w in drawn for part in (w, np.zeros(w.shape[1]))]
    )
    return State(theta, np.zeros_like(theta), 0)


def digits_loss(
    theta: Vector, images: Images, *, weight_decay: float = 0.0
) -> tuple[float, Vector]:
    """Return the training loss, which is ``-Qhat``, and its gradient.

    Parameters
    ----------
    theta : ndarray, shape (n_weights,)
        The weights.
    images : Images
        A minibatch.
    weight_decay : float, default: 0
        Factor of the penalty, half the sum of the squared weights.

    Returns
    -------
    value : float
        Mean cross-entropy in nats, plus the penalty for large weights.
    gradient : ndarray, shape (n_weights,)
        Derivative of `value` with respect to `theta`.
    """
    check_type("images", images, Images, "some of the Images in digits_split()")
    check_number("weight_decay", weight_decay, least=0)
    w1, b1, w2, b2 = _layers(theta)
    n = len(images.y)
    hidden = np.tanh(images.x @ w1 + b1)
    logits = hidden @ w2 + b2
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    value = -log_p[np.arange(n), images.y].mean() + weight_decay / 2 * (theta @ theta)

    gradient = weight_decay * theta
    g_w1, g_b1, g_w2, g_b2 = _layers(gradient)  # views: adding to them fills `gradient`
    d_logits = np.exp(log_p)
    d_logits[np.arange(n), images.y] -= 1
    d_logits /= n
    d_hidden = d_logits @ w2.T * (1 - hidden**2)
    g_w1 += images.x.T @ d_hidden
    g_b1 += d_hidden.sum(axis=0)
    g_w2 += hidden.T @ d_logits
    g_b2 += d_logits.sum(axis=0)
    return float(value), gradient


def digits_accuracy(theta: Vector, images: Images) -> float:
    """Return the share of `images`, 0 to 1, that the network classifies correctly."""
    check_type("images", images, Images, "some of the Images in digits_split()")
    w1, b1, w2, b2 = _layers(theta)
    guesses = (np.tanh(images.x @ w1 + b1) @ w2 + b2).argmax(axis=1)
    return float((guesses == images.y).mean())


def train_iteration(
    state: State, *, lr: float, weight_decay: float, noise: float, seed: int
) -> tuple[State, float]:
    """Return the state after one more iteration, and the mean loss.

    An iteration is `EPOCHS` passes over the training images, in minibatches of `BATCH`,
    by gradient descent with momentum.

    Parameters
    ----------
    state : State
        The state before the iteration.
    lr : float
        Learning rate.
    weight_decay : float
        See `digits_loss`.
    noise : float
        Standard deviation of the noise added to each pixel at each step.
    seed : int
        Together with the number of the iteration, it fixes the order of the images and
        the noise. No random generator outlives a call, so a checkpoint need not contain
        one, and other trials cannot affect the numbers drawn.

    Returns
    -------
    state : State
        A new state; the old one is unchanged.
    loss : float
        Mean of `digits_loss` over the minibatches.
    """
    training = digits_split().training
    theta, velocity, iteration = state.theta, state.velocity, state.iteration + 1
    rng = np.random.default_rng([seed, iteration])
    losses = []
    for rows in _minibatches(rng):
        blurred = training.x[rows] + noise * rng.standard_normal((BATCH, PIXELS))
        value, gradient = digits_loss(
            theta, Images(blurred, training.y[rows]), weight_decay=weight_decay
        )
        velocity = MOMENTUM * velocity - lr * gradient
        theta = theta + velocity
        losses.append(value)
    return State(theta, velocity, iteration), float(np.mean(losses))


def retrain_digits(schedule: pd.DataFrame, *, seed: int) -> State:
    """Train from scratch with a schedule of hyperparameters, without Ray.

    Parameters
    ----------
    schedule : DataFrame
        One row per iteration, with the columns ``lr``, ``weight_decay`` and ``noise``;
        for example ``run.ancestry(run.winner)``.
    seed : int
        Seed of the first weights, the order of the images, and the noise.

    Returns
    -------
    State
        The state after the last row. With the seed of the trial that the schedule comes
        from, it equals the state of that trial to the last bit.
    """
    check_type("schedule", schedule, pd.DataFrame, "a DataFrame")
    if missing := [name for name in HYPERPARAMETERS if name not in schedule]:
        raise ValueError(f"schedule lacks the columns {missing}; it has {[*schedule]}")
    for name in HYPERPARAMETERS if len(schedule) else ():
        check_numbers(f"schedule[{name!r}]", schedule[name].tolist(), least=0)
    check_integer("seed", seed, least=0)
    state = init_state(seed)
    with threadpool_limits(limits=1, user_api="blas"):  # as in `train_digits`
        for row in schedule.to_dict("records"):
            h = {name: row[name] for name in HYPERPARAMETERS}
            state, _ = train_iteration(state, **h, seed=seed)
    return state


def _minibatches(rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    for _ in range(EPOCHS):
        yield from rng.permutation(TRAINING).reshape(-1, BATCH)


def _layers(theta: Vector) -> tuple[Vector, Vector, Vector, Vector]:
    if np.shape(theta) != (WEIGHTS,):
        raise ValueError(f"theta must have {WEIGHTS} numbers, got shape {np.shape(theta)}")
    first = PIXELS * HIDDEN
    second = first + HIDDEN
    third = second + HIDDEN * CLASSES
    return (
        theta[:first].reshape(PIXELS, HIDDEN), theta[first:second],
        theta[second:third].reshape(HIDDEN, CLASSES), theta[third:],
    )  # fmt: skip
