"""What PB2's Gaussian process believed when it chose a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pbt_examples.checks import check_integer, check_type
from pbt_examples.tuning.pb2 import PB2, small_model
from ray.tune.schedulers.pb2_utils import UCB, TV_SquaredExp, normalize, standardize
from sklearn.gaussian_process import GaussianProcessRegressor

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Belief:
    """What PB2's model expected of each value at one decision.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Values of the hyperparameter.
    mean, deviation : ndarray, shape (n,)
        The expected improvement of the metric in the next interval and its standard
        deviation, in standard deviations of the improvements seen so far.
    score : ndarray, shape (n,)
        What PB2 maximises: the mean plus a multiple of the variance.
    chosen : float
        The value that PB2 chose.
    seen_values, seen_improvements : ndarray, shape (m,)
        The data that the model was fitted to, of all iterations.
    """

    values: Array
    mean: Array
    deviation: Array
    score: Array
    chosen: float
    seen_values: Array
    seen_improvements: Array


def pb2_belief(scheduler: PB2, place: int, values: ArrayLike) -> Belief:
    """Fit the model of one exploit again, and ask it about other values.

    Parameters
    ----------
    scheduler : PB2
        The scheduler of a finished run with one hyperparameter.
    place : int
        The place of the exploit in ``scheduler.exploits``. It must be the first of its
        decision; for later ones the model also knows what has been chosen already.
    values : array_like, shape (n,)
        Values of the hyperparameter to ask about.

    Returns
    -------
    Belief

    Raises
    ------
    ValueError
        If there is more than one hyperparameter, or the model was not asked at `place`.
    """
    check_type("scheduler", scheduler, PB2, "a PB2 scheduler")
    check_integer("place", place, least=0)
    if len(scheduler.domains) != 1:
        raise ValueError(f"PB2 must tune one hyperparameter, got {scheduler.domains}")
    if place not in scheduler.asked:
        raise ValueError(
            f"place must be that of an exploit by the model, one of "
            f"{list(scheduler.asked)}, got {place}"
        )
    [(name, declared)] = scheduler.domains.items()
    ends = np.array(declared, dtype=float)
    exploit, data = scheduler.exploits[place], scheduler.asked[place]
    improved = data.assign(
        before=data.groupby(["Trial", name])["Reward"].shift(),
        passed=data.groupby(["Trial", name])["Time"].diff(),
    ).query("passed > 0")
    improvement = (
        (improved["Reward"] - improved["before"]) / improved["passed"]
    ).to_numpy()
    context = improved[["Time", "before"]].to_numpy()
    points = np.column_stack([context, improved[name]])
    extremes = np.vstack([context.max(axis=0), context.min(axis=0)])
    limits = np.column_stack([extremes, ends])
    x, y = normalize(points, limits), standardize(improvement)
    kernel = TV_SquaredExp(variance=1.0, lengthscale=1.0, epsilon=0.1)
    model = GaussianProcessRegressor(kernel, optimizer="fmin_l_bfgs_b", alpha=1e-10)
    of_donor = improved["Trial"].str.endswith(exploit.donor)
    now = normalize(context[of_donor][-1], context)
    asked = (np.asarray(values, dtype=float) - ends[0]) / (ends[1] - ends[0])
    grid = np.column_stack([np.tile(now, (len(asked), 1)), asked])
    with small_model(data):
        model.fit(x, y[:, np.newaxis])
        mean, deviation = model.predict(grid, return_std=True)
        score = [float(np.ravel(UCB(model, model, point[2:], now))[0]) for point in grid]
    return Belief(
        values=np.asarray(values, dtype=float),
        mean=np.ravel(mean),
        deviation=deviation,
        score=np.array(score),
        chosen=float(exploit.new_config[name]),
        seen_values=improved[name].to_numpy(),
        seen_improvements=y,
    )
