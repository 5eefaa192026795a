"""PBT at several intervals at once in NumPy: many runs of `MultipleFrequencies`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pbt_examples.checks import check_integer, check_numbers
from pbt_examples.quadratic.moments import START, STEPS, expected_loss, expected_step
from pbt_examples.quadratic.reference import FACTORS, Winners, draw_lr

Array = NDArray[np.float64]

RESAMPLE = 0.25
"""Probability that explore resamples a learning rate."""


@dataclass(frozen=True, kw_only=True)
class FrequenciesReference:
    """PBT of the noisy quadratic in subpopulations, each with its own interval.

    Parameters
    ----------
    intervals : tuple of int
        Steps between two decisions of each subpopulation.
    trials : int, default: 32
        Number of trials, in equal parts for the subpopulations.
    migration : bool, default: True
        Whether the subpopulations exchange anything.

    Notes
    -----
    The rules are those of `pbt_examples.tuning.MultipleFrequencies`.
    """

    intervals: tuple[int, ...]
    trials: int = 32
    migration: bool = True

    def __post_init__(self) -> None:
        check_numbers("intervals", self.intervals, least=1)
        check_integer("trials", self.trials, least=4 * len(self.intervals))
        if self.trials % len(self.intervals):
            raise ValueError(
                f"trials must be a multiple of {len(self.intervals)}, the number of "
                f"sub-populations, got {self.trials}"
            )

    def winners(self, runs: int, *, seed: int = 0) -> Winners:
        """Return the best trial of each of several runs.

        Parameters
        ----------
        runs : int
            Number of independent runs; all are held in memory.
        seed : int, default: 0
            Seed of all runs.

        Returns
        -------
        Winners
            One row per run.
        """
        check_integer("runs", runs, least=1)
        check_integer("seed", seed, least=0)
        rng = np.random.default_rng(seed)
        number = len(self.intervals)
        lr = draw_lr(rng, (runs, number, self.trials // number))
        moments = np.tile(START, (*lr.shape, 1))
        paths = np.empty((*lr.shape, STEPS))
        for step in range(1, STEPS + 1):
            paths[..., step - 1] = lr
            moments = expected_step(moments, lr)
            due = [g for g, every in enumerate(self.intervals) if step % every == 0]
            if due and step < STEPS:
                before = moments.copy(), lr.copy(), paths.copy()
                for group in due:
                    self._decide(group, before, (moments, lr, paths), rng)
        loss = expected_loss(moments).reshape(runs, -1)
        best = np.arange(runs), loss.argmin(axis=1)
        return Winners(loss[best], paths.reshape(runs, -1, STEPS)[best])

    def _decide(
        self,
        group: int,
        before: tuple[Array, Array, Array],
        after: tuple[Array, Array, Array],
        rng: np.random.Generator,
    ) -> None:
        old_moments, old_lr, old_paths = before
        moments, lr, paths = after
        loss, run = expected_loss(old_moments), np.arange(len(lr))[:, np.newaxis]
        ranking = (-loss[:, group]).argsort(axis=1, kind="stable")  # the worst first
        size = ranking.shape[1] // 4
        bottom, top = ranking[:, :size], ranking[:, -size:]
        donors = np.take_along_axis(top, rng.integers(size, size=top.shape), axis=1)
        moments[run, group, bottom] = old_moments[run, group, donors]
        paths[run, group, bottom] = old_paths[run, group, donors]
        drawn = rng.random(bottom.shape) < RESAMPLE
        multiplied = old_lr[run, group, donors] * rng.choice(FACTORS, bottom.shape)
        lr[run, group, bottom] = np.where(drawn, draw_lr(rng, bottom.shape), multiplied)
        if not self.migration or len(self.intervals) == 1:
            return
        inside = ranking[:, -1]
        groups, trials = _best_outside(loss, group, size)
        run, gone = run[:, 0], np.zeros(len(lr), dtype=int)  # migrants that have settled
        for target in ranking[:, size : 2 * size].T[::-1]:  # the best first
            migrant = groups[run, gone], trials[run, gone]
            better = loss[run, *migrant] < loss[run, group, target]
            r, to = run[better], (group, target[better])
            source_group, source = migrant[0][better], migrant[1][better]
            moments[r, *to] = old_moments[r, source_group, source]
            paths[r, *to] = old_paths[r, source_group, source]
            slower = np.array(self.intervals)[source_group] > self.intervals[group]
            theirs = old_lr[r, source_group, source]
            lr[r, *to] = np.where(slower, theirs, old_lr[r, group, inside[better]])
            gone = np.minimum(gone + better, size - 1)


def _best_outside(loss: Array, group: int, count: int) -> tuple[NDArray, NDArray]:
    """Return the best trials outside a group, from the better halves of other groups."""
    half = loss.shape[2] // 2
    ranking = loss.argsort(axis=2, kind="stable")[:, :, : loss.shape[2] - half]
    losses = np.take_along_axis(loss, ranking, axis=2)
    losses[:, group] = np.inf
    flat = losses.reshape(len(loss), -1).argsort(axis=1, kind="stable")[:, :count]
    groups = flat // ranking.shape[2]
    run = np.arange(len(loss))[:, np.newaxis]
    return groups, ranking[run, groups, flat % ranking.shape[2]]
