"""PBT of the noisy quadratic in NumPy: many runs at once.

As for the toy problem, the code follows each rule of Ray's synchronous scheduler, so that
thousands of runs have the same distribution as runs on Ray.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pbt_examples.checks import check_integer, check_number, check_type
from pbt_examples.quadratic.moments import (
    COSINE,
    LR_RANGE,
    START,
    STEPS,
    expected_loss,
    expected_step,
)

Array = NDArray[np.float64]

FACTORS = (1.2, 0.8)
"""Factors of explore, if it does not resample."""

_CHUNK = 500  # runs that are held in memory at once


class Winners(NamedTuple):
    """The best trial of each run, at the end.

    Attributes
    ----------
    loss : ndarray, shape (runs,)
        Its expected loss.
    schedule : ndarray, shape (runs, STEPS)
        The learning rates that its weights were trained with, along its ancestry.
    """

    loss: Array
    schedule: Array


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Synchronous PBT of the noisy quadratic, for any number of independent runs.

    Parameters
    ----------
    interval : int
        Steps between two decisions. There is no decision after the last step.
    trials : int, default: 16
        Size of the population.
    quantile_fraction : float, default: 0.25
        Share of the population that takes over another's state, at most 0.5.
    resample_probability : float, default: 0.25
        Probability that explore resamples a learning rate instead of multiplying it.
    burn_in : int, default: 0
        Steps before the first decision.
    decay : bool, default: False
        Whether each learning rate is multiplied by half a cosine over the run.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type, or is outside its range.

    Notes
    -----
    As in Ray, trials start with learning rates drawn log-uniformly from the range. They
    are ranked by their loss, equal ones in the order of their creation.
    ``ceil(quantile_fraction * trials)`` of them, but never more than half, are at the
    bottom, and as many at the top. Each trial at the bottom picks a random donor from the
    top, and its learning rate is resampled or multiplied. Products are not clipped.
    """

    interval: int
    trials: int = 16
    quantile_fraction: float = 0.25
    resample_probability: float = 0.25
    burn_in: int = 0
    decay: bool = False

    def __post_init__(self) -> None:
        check_integer("interval", self.interval, least=1)
        check_integer("trials", self.trials, least=1)
        check_integer("burn_in", self.burn_in, least=0)
        for name, most in {"quantile_fraction": 0.5, "resample_probability": 1.0}.items():
            check_number(name, getattr(self, name), least=0.0, most=most)
        check_type("decay", self.decay, bool, "True or False")

    def winners(self, runs: int, *, seed: int = 0) -> Winners:
        """Return the best trial of each of several runs.

        Parameters
        ----------
        runs : int
            Number of independent runs.
        seed : int, default: 0
            Seed of all runs. The first runs are the same, whatever the number of runs.

        Returns
        -------
        Winners
            One row per run.
        """
        check_integer("runs", runs, least=1)
        check_integer("seed", seed, least=0)
        chunks = []
        for number in range(math.ceil(runs / _CHUNK)):
            rng = np.random.default_rng([seed, number])
            chunks.append(self._run_chunk(rng))
        loss, schedule = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
        return Winners(loss[:runs], schedule[:runs])

    def _run_chunk(self, rng: np.random.Generator) -> Winners:
        moments = np.tile(START, (_CHUNK, self.trials, 1))
        lr = draw_lr(rng, (_CHUNK, self.trials))
        paths = np.empty((_CHUNK, self.trials, STEPS))
        factors = COSINE if self.decay else np.ones(STEPS)
        for step in range(1, STEPS + 1):
            paths[..., step - 1] = lr * factors[step - 1]
            moments = expected_step(moments, paths[..., step - 1])
            due = step % self.interval == 0 and step >= self.burn_in
            if due and step < STEPS:
                self._perturb(moments, lr, paths, rng)
        loss = expected_loss(moments)
        best = np.arange(_CHUNK), loss.argmin(axis=1)
        return Winners(loss[best], paths[best])

    def _perturb(
        self, moments: Array, lr: Array, paths: Array, rng: np.random.Generator
    ) -> None:
        # In place: exploit, then explore.
        size = min(math.ceil(self.trials * self.quantile_fraction), self.trials // 2)
        ranking = (-expected_loss(moments)).argsort(axis=1, kind="stable")
        targets, top = ranking[:, :size], ranking[:, self.trials - size :]
        donors = np.take_along_axis(top, rng.integers(max(size, 1), size=top.shape), axis=1)
        run = np.arange(_CHUNK)[:, np.newaxis]
        for state in (moments, paths):
            state[run, targets] = state[run, donors]
        resample = rng.random(targets.shape) < self.resample_probability
        fresh = draw_lr(rng, targets.shape)
        multiplied = lr[run, donors] * rng.choice(FACTORS, targets.shape)
        lr[run, targets] = np.where(resample, fresh, multiplied)


def draw_lr(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw learning rates log-uniformly from their range."""
    low, high = np.log(LR_RANGE)
    return np.exp(rng.uniform(low, high, shape))
