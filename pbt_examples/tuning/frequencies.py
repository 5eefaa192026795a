"""PBT at several intervals at once, in subpopulations that exchange weights."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, ClassVar, NamedTuple

from pbt_examples.checks import check_integer, check_numbers, check_type
from pbt_examples.tuning.scheduler import Additions
from ray.tune.experiment import Trial
from ray.tune.schedulers import PopulationBasedTraining as RayPBT


class _Move(NamedTuple):
    donor: Trial  # whose weights the target takes over
    source: Trial  # whose hyperparameters
    explores: bool


class _Unperturbed(RayPBT):
    """Ray's class, but without explore for the hyperparameters of a migrant."""

    _moves: dict[Trial, _Move]

    def _get_new_config(self, trial: Trial, trial_to_clone: Trial) -> tuple[dict, dict]:
        if self._moves[trial].explores:
            return super()._get_new_config(trial, trial_to_clone)
        return deepcopy(trial_to_clone.config), {}


class MultipleFrequencies(Additions, _Unperturbed):
    """PBT in subpopulations, each with its own perturbation interval (MF-PBT).

    A short interval makes PBT greedy and a long one makes it slow; this scheduler uses
    both (Doulazmi et al., 2025, arXiv:2506.03225). Trials are dealt to the subpopulations
    in turn. When a subpopulation decides, its worst quarter exploits its best and
    explores, as in PBT. Each trial of its third quarter takes over the weights of the best
    outside trial, if that is better. If they come from a *slower* subpopulation, the trial
    takes over the hyperparameters as well. If they come from a *faster* one, which may be
    greedy, it takes the hyperparameters of the best trial inside.

    Parameters
    ----------
    intervals : sequence of int
        Perturbation interval of each subpopulation, a multiple of the shortest.
    hyperparam_mutations, resample_probability, perturbation_factors, metric, mode, \
time_attr, custom_explore_fn, log_config, require_attrs
        As for ``ray.tune.schedulers.PopulationBasedTraining``, with its defaults, except
        that time is counted in iterations.
    seed : int, default: 0
        Seed of every draw that the scheduler makes.

    Attributes
    ----------
    exploits : list of Exploit
        Every exploit so far. One without an operation is a migration.

    Raises
    ------
    ValueError
        If an interval is not a multiple of the shortest.

    Notes
    -----
    It is synchronous: all trials meet at each multiple of the shortest interval, and only
    the subpopulations that are due decide. A migrant comes from the better half of its
    subpopulation, so no trial is target and donor at the same time.
    """

    _saved: ClassVar[tuple[str, ...]] = ("_groups",)

    def __init__(
        self,
        *,
        intervals: Sequence[int],
        hyperparam_mutations: dict[str, Any],
        resample_probability: float = 0.25,
        perturbation_factors: Iterable[float] = (1.2, 0.8),
        time_attr: str = "training_iteration",
        seed: int = 0,
        **settings: Any,
    ) -> None:
        check_type("intervals", intervals, Sequence, "a sequence of integers")
        check_numbers("intervals", intervals)
        for interval in intervals:
            check_integer("each of intervals", interval, least=1)
            if interval % min(intervals):
                raise ValueError(
                    f"intervals must be multiples of the shortest, got {list(intervals)}"
                )
        super().__init__(
            perturbation_interval=min(intervals),
            hyperparam_mutations=hyperparam_mutations,
            resample_probability=resample_probability,
            perturbation_factors=perturbation_factors,
            time_attr=time_attr,
            synch=True,
            seed=seed,
            **settings,
        )
        self.intervals = tuple(intervals)
        self._groups: dict[str, int] = {}  # of each trial, by its identifier
        self._moves = {}

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        self._groups.setdefault(trial.trial_id, len(self._groups) % len(self.intervals))
        super().on_trial_add(tune_controller, trial)

    def _quantiles(self) -> tuple[list[Trial], list[Trial]]:
        # Ray calls this once at each decision, when all trials are paused.
        self._moves = {}
        groups: list[list[Trial]] = [[] for _ in self.intervals]
        for trial, state in self._trial_state.items():
            if not trial.is_finished():
                state.last_checkpoint = trial.checkpoint
                groups[self._groups[trial.trial_id]].append(trial)
        now = max(state.last_train_time for state in self._trial_state.values())
        for group in groups:
            group.sort(key=self._score)  # the worst first
        for number, interval in enumerate(self.intervals):
            if now % interval == 0:
                self._decide(number, groups)
        # Ray lets these exploit in this order. Its own, of all others, changes at a crash.
        return [trial for trial in self._trial_state if trial in self._moves], []

    def _decide(self, number: int, groups: list[list[Trial]]) -> None:
        group = groups[number]
        size = len(group) // 4
        for target in group[:size]:
            donor = random.choice(group[len(group) - size :])
            self._moves[target] = _Move(donor, donor, explores=True)
        outside = [
            trial
            for other, trials in enumerate(groups)
            if other != number
            for trial in trials[len(trials) // 2 :]
        ]
        outside.sort(key=self._score)
        for target in reversed(group[size : 2 * size]):
            if outside and self._score(outside[-1]) > self._score(target):
                donor = outside.pop()
                other = self.intervals[self._groups[donor.trial_id]]
                slower = other > self.intervals[number]
                source = donor if slower else group[-1]
                self._moves[target] = _Move(donor, source, explores=False)

    def _score(self, trial: Trial) -> float:
        score = self._trial_state[trial].last_score
        return -math.inf if score is None or math.isnan(score) else score

    def _explores_from(self, target: Trial, donor: Trial) -> Trial:
        return self._moves[target].source

    def _checkpoint_or_exploit(
        self, trial: Trial, tune_controller: Any, *quantiles: list[Trial]
    ) -> None:
        if trial in self._moves:
            self._exploit(tune_controller, trial, self._moves[trial].donor)
