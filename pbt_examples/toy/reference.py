"""Population Based Training of the toy problem in NumPy: many runs at once.

This is Algorithm 1 of Jaderberg et al., 2017, arXiv:1711.09846 (step, evaluate, ready,
exploit, explore) for a synchronous population, without Ray. One run of PBT is an anecdote,
but thousands of runs make a distribution. The code follows each rule of Ray's synchronous
scheduler, so that the distributions are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import InitVar, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pbt_examples.checks import check_integer, check_number, check_numbers, check_type
from pbt_examples.record.info import RunInfo
from pbt_examples.record.run import Run
from pbt_examples.toy.function import Q, grad_Qhat
from pbt_examples.toy.reference_run import Decision, make_run

Array = NDArray[np.float64]

LR_DOMAIN = (0.005, 0.1, 0.0005)
"""Ends and step of the domain from which explore resamples ``lr``, log-uniformly."""

INTERVAL = 4
"""Steps between two decisions, unless a page says otherwise."""

FACTORS = (1.2, 0.8)
"""Factors of explore, if it does not resample."""

MOST_NUMBERS = 10**9
"""The most elements of an array of results: 8 GB."""

_CHUNK = 1000  # runs that are held in memory at once
_DRAWS = 7  # random numbers of a target in one interval: a donor, and two per parameter
_WORD = 2**32  # what one element of a seed of MT19937 can hold


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
        The ``lr``, ``h0`` and ``h1`` used for the step.
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
    trials : int, optional
        Size of the population, instead of `h0`: the trials start with the first of
        0, 1, 0.01, 0.99, 0.02, 0.98, … as ``h0``. At most 64.
    h0 : tuple of float, default: (0.0, 1.0)
        One trial starts for each, with ``h = [h0, 1 - h0]``.
    lr : float, default: 0.05
        Learning rate with which every trial starts.
    theta : tuple of float, default: (0.9, 0.9)
        Model parameters with which every trial starts.
    iterations : int, default: 100
        Training steps of a trial.
    perturbation_interval : int, default: 4
        Steps between two decisions. There is no decision after the last step.
    quantile_fraction : float, default: 0.5
        Share of the population that takes over another's state, at most 0.5.
    resample_probability : float, default: 0.5
        Probability that explore resamples a hyperparameter instead of multiplying it.
    perturbation_factors : tuple of float, default: (1.2, 0.8)
        Factors with which explore multiplies, each with the same probability.
    exploit : bool, default: True
        Whether the worst trials copy the best. If not, every trial only explores.
    explore : bool, default: True
        Whether hyperparameters change at all.
    copy_h : bool, default: True
        Ray's exploit copies weights and hyperparameters. With False it copies the
        weights only, and a trial explores from its own hyperparameters, as in Figure 2
        of the paper.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type, or is outside its range.

    Notes
    -----
    As in Ray, trials are ranked by `Q`, equal ones in the order of their creation.
    ``ceil(quantile_fraction * trials)`` of them, but never more than half, are at the
    bottom, and as many at the top. Each trial at the bottom picks a random donor from the
    top; then each hyperparameter is resampled or multiplied, independently of the others.
    Products are not clipped. As in `PopulationBasedTraining`, a trial whose `Q` has
    overflowed, to NaN or to minus infinity, ranks lowest and is never a donor.

    Run number ``i`` depends only on the seed and ``i``, not on the number of runs. Each run
    has its own Mersenne Twister (MT19937), seeded with ``i`` and the words of the seed.
    This generator is short in any language, so a browser can make the same run to the last
    bit.
    """

    trials: InitVar[int | None] = None
    h0: tuple[float, ...] = (0.0, 1.0)
    lr: float = 0.05
    theta: tuple[float, float] = (0.9, 0.9)
    iterations: int = 100
    perturbation_interval: int = INTERVAL
    quantile_fraction: float = 0.5
    resample_probability: float = 0.5
    perturbation_factors: tuple[float, float] = FACTORS
    exploit: bool = True
    explore: bool = True
    copy_h: bool = True

    def __post_init__(self, trials: int | None) -> None:
        check_numbers("h0", self.h0)
        if trials is not None:
            check_integer("trials", trials, least=1, most=64)
            object.__setattr__(self, "h0", _start_values(tuple(self.h0), trials))
        check_number("lr", self.lr)
        for name in ("theta", "perturbation_factors"):
            check_numbers(name, getattr(self, name))
            if len(getattr(self, name)) != 2:
                raise ValueError(f"{name} must be two numbers, got {getattr(self, name)!r}")
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
            Number of independent runs.
        seed : int, default: 0
            Seed of all runs.

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
            Number of runs; all are held in memory.
        first : int, default: 0
            Number of the first run.
        seed : int, default: 0
            Seed of all runs.

        Yields
        ------
        State
            One per iteration. Its arrays are not changed afterwards.
        """
        for state, _ in self._simulate(runs, first=first, seed=seed):
            yield state

    def run(self, number: int = 0, *, seed: int = 0) -> Run:
        """Return one run as tables, like those of a run on Ray.

        Parameters
        ----------
        number : int, default: 0
            Number of the run: the one that ``states(1, first=number)`` yields.
        seed : int, default: 0
            Seed of all runs.

        Returns
        -------
        Run
            A run without ``time`` and ``duration``, which are not measured.
        """
        lower, upper, _ = LR_DOMAIN
        return make_run(
            self._simulate(1, first=number, seed=seed),
            perturbation_factors=self.perturbation_factors,
            info=RunInfo(
                seed=int(number),
                synch=True,
                perturbation_interval=int(self.perturbation_interval),
                quantile_fraction=float(self.quantile_fraction),
                resample_probability=float(self.resample_probability),
                domains={"lr": (lower, upper), "h0": (0.0, 1.0), "h1": (0.0, 1.0)},
            ),
        )

    def _simulate(
        self, runs: int, *, first: int, seed: int
    ) -> Iterator[tuple[State, Decision | None]]:
        for name, value in {"runs": runs, "first": first, "seed": seed}.items():
            check_integer(name, value, least=0)
        if first + runs > _WORD:
            raise ValueError(f"first + runs must be at most 2**32, got {first + runs}")
        theta = np.tile(np.array(self.theta, float), (runs, len(self.h0), 1))
        config = np.tile([[self.lr, h0, 1.0 - h0] for h0 in self.h0], (runs, 1, 1))
        draws = self._draws(runs, first=first, seed=seed)
        for iteration in range(1, self.iterations + 1):
            gradient = grad_Qhat(theta, config[..., 1:]).theta
            theta = theta + config[..., :1] * gradient
            state, decision = State(iteration, theta, Q(theta), config), None
            due = iteration % self.perturbation_interval == 0
            if due and iteration < self.iterations and (self.exploit or self.explore):
                interval = iteration // self.perturbation_interval - 1
                decision = self._decide(state, draws[:, interval])
            yield state, decision
            if decision is not None:
                theta, config = self._carry_out(state, decision)

    def _draws(self, runs: int, *, first: int, seed: int) -> Array:
        # One row per run, so that each run is the same whatever the others are.
        intervals = (self.iterations - 1) // self.perturbation_interval
        shape = (intervals, self._targets(), _DRAWS)
        rows = np.empty((runs, *shape))
        seed = int(seed)  # NumPy's integers end too soon
        words = [seed % _WORD]
        while seed := seed // _WORD:
            words.append(seed % _WORD)
        generator = np.random.RandomState(0)
        for number, row in enumerate(rows, start=first):
            generator.seed([number, *words])
            row[:] = generator.random_sample(shape)
        return rows

    def _targets(self) -> int:
        """Return the number of trials that exploit, or explore, at each interval."""
        trials = len(self.h0)
        if not self.exploit:
            return trials
        return min(math.ceil(trials * self.quantile_fraction), trials // 2)

    def _decide(self, state: State, draws: Array) -> Decision | None:
        targets, donors = self._pairs(state.Q, draws[..., 0])
        idle = (targets == donors) & self.exploit
        if idle.all():
            return None
        run = np.arange(len(targets))[:, np.newaxis]
        old = state.config[run, donors if self.copy_h else targets]
        if not self.explore:
            return Decision(targets, donors, old, None)
        # Two numbers per hyperparameter: whether to resample, and the new value.
        resample, value = draws[..., 1:4] < self.resample_probability, draws[..., 4:]
        fresh = np.concatenate([_draw_lr(value[..., :1]), value[..., 1:]], axis=-1)
        first = value < 0.5
        new = np.where(resample, fresh, old * np.where(first, *self.perturbation_factors))
        new[idle] = old[idle]
        return Decision(targets, donors, new, np.where(resample, -1, np.where(first, 0, 1)))

    def _carry_out(self, state: State, decision: Decision) -> tuple[Array, Array]:
        theta, config = state.theta.copy(), state.config.copy()
        run = np.arange(len(theta))[:, np.newaxis]
        theta[run, decision.targets] = state.theta[run, decision.donors]
        config[run, decision.targets] = decision.config
        return theta, config

    def _pairs(self, scores: Array, draws: Array) -> tuple[NDArray, NDArray]:
        # Targets and donors, each of shape (runs, targets). Where nobody can be a donor,
        # each target is its own.
        size, trials = self._targets(), scores.shape[1]
        if not self.exploit:
            everyone = np.tile(np.arange(trials), (len(scores), 1))
            return everyone, everyone
        scores = np.where(np.isnan(scores), -np.inf, scores)
        ranking = scores.argsort(axis=1, kind="stable")
        targets, top = ranking[:, :size], ranking[:, trials - size :]
        able = np.take_along_axis(scores, top, axis=1) > -np.inf  # the last ones of the top
        donors = able.sum(axis=1, keepdims=True)
        pick = size - np.maximum(donors, 1) + (draws[:, :size] * donors).astype(int)
        return targets, np.where(donors, np.take_along_axis(top, pick, axis=1), targets)


def _start_values(h0: tuple[float, ...], trials: int) -> tuple[float, ...]:
    """Return the first ``h0`` of each trial of a population."""
    if h0 != Reference.h0:
        if len(h0) == trials:
            return h0
        raise ValueError(f"trials must be {len(h0)} with h0 = {h0!r}, got {trials!r}")
    pairs = ((step / 100, (100 - step) / 100) for step in range(32))
    return tuple(value for pair in pairs for value in pair)[:trials]


def _draw_lr(uniform: Array) -> Array:
    lower, upper, step = LR_DOMAIN
    low, high = np.log(lower), np.log(upper)
    return np.round(np.exp(low + (high - low) * uniform) / step) * step
