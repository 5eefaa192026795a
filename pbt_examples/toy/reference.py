"""Population Based Training of the toy problem in NumPy: many runs at once.

This is Algorithm 1 of Jaderberg et al., 2017, arXiv:1711.09846 (step, evaluate, ready,
exploit, explore) for a population in step, without Ray. It is here to count: one run of
PBT is an anecdote, thousands make a distribution. What Ray does is imitated rule by
rule, so that the distributions are those of Ray's synchronous scheduler.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pbt_examples.checks import check_integer, check_number, check_numbers, check_type
from pbt_examples.toy.function import Q, get_init_theta, grad_Qhat

Array = NDArray[np.float64]

LR_DOMAIN = (0.005, 0.1, 0.0005)
"""Ends and step of the domain from which explore resamples ``lr``, log-uniformly."""

FACTORS = (1.2, 0.8)
"""What explore multiplies by where it does not resample."""

MOST_NUMBERS = 10**9
"""No array of results has more: 8 GB."""

_CHUNK = 1000  # runs that are held in memory at once
_DRAWS = 7  # random numbers a trial may need in one interval: a donor, and two a key


class State(NamedTuple):
    """Populations at one iteration, after the step and before exploit and explore.

    Attributes
    ----------
    iteration : int
        The first is 1.
    theta : ndarray, shape (runs, trials, 2)
        Model parameters.
    Q : ndarray, shape (runs, trials)
        True reward.
    config : ndarray, shape (runs, trials, 3)
        The ``lr``, ``h0`` and ``h1`` that the step was made with.
    """

    iteration: int
    theta: Array
    Q: Array
    config: Array


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Synchronous PBT of the toy problem, for any number of independent runs.

    Parameters
    ----------
    h0 : tuple of float, default: (0.0, 1.0)
        One trial begins for each, with ``h = [h0, 1 - h0]``.
    lr : float, default: 0.05
        Learning rate that every trial begins with.
    iterations : int, default: 100
        Training steps of a trial.
    perturbation_interval : int, default: 4
        Steps between two decisions. There is none after the last step.
    quantile_fraction : float, default: 0.5
        Share of the population that takes over another's state, at most 0.5.
    resample_probability : float, default: 0.5
        How often explore draws a hyperparameter anew instead of multiplying it.
    exploit : bool, default: True
        Whether the worst copy the best. Without it every trial explores on its own.
    explore : bool, default: True
        Whether hyperparameters change at all.
    copy_h : bool, default: True
        Ray's exploit copies weights and hyperparameters. With False it copies the
        weights only, and a trial explores from its own hyperparameters, as in Figure 2
        of the paper.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of another type, or outside its range.

    Notes
    -----
    As in Ray: trials are ranked by `Q`, equal ones in the order of their making;
    ``ceil(quantile_fraction * trials)`` of them, never more than half, are at the
    bottom and as many at the top; each at the bottom picks a donor at random from the
    top; each key is then resampled or multiplied on its own. What is multiplied is not
    clipped.

    Run number ``i`` is determined by the seed and ``i`` alone, however many runs are
    asked for.
    """

    h0: tuple[float, ...] = (0.0, 1.0)
    lr: float = 0.05
    iterations: int = 100
    perturbation_interval: int = 4
    quantile_fraction: float = 0.5
    resample_probability: float = 0.5
    exploit: bool = True
    explore: bool = True
    copy_h: bool = True

    def __post_init__(self) -> None:
        check_numbers("h0", self.h0)
        check_number("lr", self.lr)
        for name in ("iterations", "perturbation_interval"):
            check_integer(name, getattr(self, name), least=1)
        for name, most in {"quantile_fraction": 0.5, "resample_probability": 1.0}.items():
            check_number(name, getattr(self, name), least=0.0, most=most)
        for name in ("exploit", "explore", "copy_h"):
            check_type(name, getattr(self, name), bool, "True or False")

    def best_Q(self, runs: int, *, seed: int = 0) -> Array:
        """Return the best Q of each population at each iteration.

        Parameters
        ----------
        runs : int
            How many independent runs.
        seed : int, default: 0
            Seed of all of them.

        Returns
        -------
        ndarray, shape (runs, iterations)
            Column ``t`` belongs to iteration ``t + 1``.
        """
        check_integer("runs", runs, least=0, most=MOST_NUMBERS // self.iterations)
        best = np.empty((runs, self.iterations))
        for first in range(0, runs, _CHUNK):
            rows = slice(first, min(first + _CHUNK, runs))
            for state in self.states(rows.stop - first, first=first, seed=seed):
                best[rows, state.iteration - 1] = state.Q.max(axis=1)
        return best

    def states(self, runs: int, *, first: int = 0, seed: int = 0) -> Iterator[State]:
        """Run several populations side by side and yield them after each step.

        Parameters
        ----------
        runs : int
            How many runs; all are held in memory.
        first : int, default: 0
            Number of the first of them.
        seed : int, default: 0
            Seed of all runs.

        Yields
        ------
        State
            One an iteration. Its arrays are not changed afterwards.
        """
        for name, value in {"runs": runs, "first": first, "seed": seed}.items():
            check_integer(name, value, least=0)
        theta = np.tile(get_init_theta(), (runs, len(self.h0), 1))
        config = np.tile([[self.lr, h0, 1.0 - h0] for h0 in self.h0], (runs, 1, 1))
        draws = self._draws(runs, first=first, seed=seed)
        for iteration in range(1, self.iterations + 1):
            gradient = grad_Qhat(theta, config[..., 1:]).theta
            theta = theta + config[..., :1] * gradient
            state = State(iteration, theta, Q(theta), config)
            yield state
            if iteration % self.perturbation_interval == 0 and iteration < self.iterations:
                interval = iteration // self.perturbation_interval - 1
                theta, config = self._perturb(state, draws[:, interval])

    def _draws(self, runs: int, *, first: int, seed: int) -> Array:
        # A row for each run, wherever a chunk begins: Philox can be put forward to any
        # place of its stream. It counts in blocks of four numbers.
        intervals = (self.iterations - 1) // self.perturbation_interval
        shape = (runs, intervals, len(self.h0), _DRAWS)
        row = 4 * math.ceil(math.prod(shape[1:]) / 4)
        philox = np.random.Philox(seed)
        philox.advance(first * row // 4)
        draws = np.random.Generator(philox).random((runs, row))
        return draws[:, : math.prod(shape[1:])].reshape(shape)

    def _perturb(self, state: State, draws: Array) -> tuple[Array, Array]:
        theta, config = state.theta.copy(), state.config.copy()
        targets, donors = self._pairs(state.Q, draws[..., 0])
        run = np.arange(len(theta))[:, np.newaxis]
        theta[run, targets] = state.theta[run, donors]
        source = state.config[run, donors if self.copy_h else targets]
        if self.explore:
            source = _explore(source, draws[run, targets, 1:], self.resample_probability)
        config[run, targets] = source
        return theta, config

    def _pairs(self, scores: Array, draws: Array) -> tuple[NDArray, NDArray]:
        # Targets and donors, each of shape (runs, pairs).
        trials = scores.shape[1]
        if not self.exploit:
            everyone = np.tile(np.arange(trials), (len(scores), 1))
            return everyone, everyone
        size = min(math.ceil(trials * self.quantile_fraction), trials // 2)
        ranking = scores.argsort(axis=1, kind="stable")
        targets, top = ranking[:, :size], ranking[:, trials - size :]
        pick = (np.take_along_axis(draws, targets, axis=1) * size).astype(int)
        return targets, np.take_along_axis(top, pick, axis=1)


def _explore(config: Array, draws: Array, resample_probability: float) -> Array:
    # Two numbers a key: whether to resample, and what to.
    resample, value = draws[..., :3] < resample_probability, draws[..., 3:]
    fresh = np.concatenate([_draw_lr(value[..., :1]), value[..., 1:]], axis=-1)
    return np.where(resample, fresh, config * np.where(value < 0.5, *FACTORS))


def _draw_lr(uniform: Array) -> Array:
    lower, upper, step = LR_DOMAIN
    low, high = np.log(lower), np.log(upper)
    return np.round(np.exp(low + (high - low) * uniform) / step) * step
