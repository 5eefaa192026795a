"""Ray's ``PopulationBasedTraining``, made seeded, crash-proof and observable.

Every private name of Ray's that this project relies on is used in this file and its two
small neighbours, ``variations.py`` and ``warm.py``; ``tests/ray/test_ray_names.py`` fails
when one of them changes.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pbt_examples.checks import check_integer, check_number, check_numbers, check_type
from ray.tune.experiment import Trial
from ray.tune.schedulers import PopulationBasedTraining as RayPBT
from ray.tune.schedulers import TrialScheduler

MOST_REPORTS_PER_ITERATION = 4
"""In an asynchronous run, reports of a trial for each iteration on its counter."""

_MOST = {
    "burn_in_period": math.inf,
    "perturbation_interval": math.inf,
    "quantile_fraction": 0.5,
    "resample_probability": 1.0,
}
"""The largest value of a setting; none is negative."""


@dataclass(frozen=True)
class Exploit:
    """One exploit, as the scheduler decided it.

    Attributes
    ----------
    target, donor : str
        Ray's identifiers of the trial that gave up its state and of the trial whose
        state it took over.
    iteration, donor_iteration : int
        Training iteration of each at the moment of the decision.
    target_score, donor_score : float
        Value of the metric by which each was ranked.
    old_config, new_config : dict
        The donor's hyperparameters, and what explore made of them for the target.
    operations : dict
        For each hyperparameter ``"resample"``, ``"* 1.2"``, ``"* 0.8"`` and the like.
    """

    target: str
    donor: str
    iteration: int
    donor_iteration: int
    target_score: float
    donor_score: float
    old_config: dict[str, Any]
    new_config: dict[str, Any]
    operations: dict[str, Any]


class PopulationBasedTraining(RayPBT):
    """Ray's scheduler of the same name, with its own seed, and a record of exploits.

    Parameters
    ----------
    *args, **kwargs
        Those of ``ray.tune.schedulers.PopulationBasedTraining``, under the same names.
    seed : int, default: 0
        Seed of every draw that the scheduler makes.

    Attributes
    ----------
    exploits : list of Exploit
        Every exploit so far, in the order in which they happened.

    Notes
    -----
    Five things differ from Ray's class; each is needed for the same seed to give the
    same history:

    - It draws from a random state of its own. Ray's draws from the global generators
      of the driver, which other code in the driver uses as well, so that there the
      history depends on how many slots the run has.
    - A trial that crashes keeps its state. Ray's forgets when the trial was last
      perturbed; a synchronous run then waits for ever.
    - A synchronous run decides when every trial is paused and its checkpoint is safe.
      Ray's decides at the last report, when that trial, and perhaps others, are still
      saving; a process that dies in that moment costs the exploit.
    - It remembers each exploit as it happens. Ray's ``pbt_global.txt`` has the donor's
      configuration in the place of the target's, and one iteration too low.
    - It goes on where it was when an experiment is restored, if a `Recorder` is among the
      callbacks. Ray's starts anew, with its first random numbers.

    An asynchronous run has two more rules, since there an exploit can set a trial back:
    a target only takes over from a donor that is better than itself, and never where that
    would leave it with more than `MOST_REPORTS_PER_ITERATION` reports for each iteration
    on its counter. However the metric behaves, a trial that ends at iteration n has
    reported at most that many times n, and the run ends.
    """

    def __init__(self, *args: Any, seed: int = 0, **kwargs: Any) -> None:
        _check_settings(kwargs)
        check_integer("seed", seed, least=0, most=2**32 - 1)
        super().__init__(*args, **kwargs)
        self.seed = seed = int(seed)
        self.exploits: list[Exploit] = []
        self._lost_in_reset: set[Trial] = set()
        self._reports: Counter[Trial] = Counter()
        self._restored: dict[str, dict[str, Any]] = {}
        python, numpy_ = random.Random(seed), np.random.RandomState(seed)
        self._random_states = python.getstate(), numpy_.get_state()

    @property
    def domains(self) -> dict[str, tuple[float, float] | None]:
        """For each tuned hyperparameter its declared lower and upper end, if any."""
        return dict(_ends(self._hyperparam_mutations))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that a reader of a run wants to know, ready for JSON."""
        return {
            "domains": self.domains,
            "perturbation_interval": self._perturbation_interval,
            "quantile_fraction": self._quantile_fraction,
            "resample_probability": self._resample_probability,
            "seed": self.seed,
            "synch": self._synch,
        }

    @contextmanager
    def _own_random_state(self) -> Iterator[None]:
        # Ray draws from the global generators: lend them our state, and take it back
        # afterwards, so that nobody else's draws change ours, nor ours theirs.
        theirs = random.getstate(), np.random.get_state()
        random.setstate(self._random_states[0])
        np.random.set_state(self._random_states[1])
        try:
            yield
        finally:
            self._random_states = random.getstate(), np.random.get_state()
            random.setstate(theirs[0])
            np.random.set_state(theirs[1])

    def get_state(self) -> dict[str, Any]:
        """Return all that a restored run has to know to go on as this one would."""
        trials = {}
        for trial, state in self._trial_state.items():
            kept = copy(state)
            kept.last_checkpoint = None  # perhaps unfinished; the trial has its own
            trials[trial.trial_id] = {
                "position": _position(trial),
                "state": kept,
                "reports": self._reports[trial],
                "waits": self._waits(trial),
            }
        return {
            "exploits": list(self.exploits),
            "next_perturbation": self._next_perturbation_sync,
            "random_states": self._random_states,
            "trials": trials,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on where `get_state` was called; before Ray adds the restored trials."""
        self.exploits = list(state["exploits"])
        self._next_perturbation_sync = state["next_perturbation"]
        self._random_states = state["random_states"]
        self._restored = state["trials"]

    def check_restored(self) -> None:
        """Ask, when Ray has added the restored trials, whether they can go on.

        Raises
        ------
        RuntimeError
            If the run was killed after Ray had saved the trials and before it saved the
            state of the callbacks, which has that of the scheduler.
        """
        # Not in `on_trial_add`: at an error there Ray begins the experiment anew.
        for trial in self._trial_state:
            known = self._restored.get(trial.trial_id)
            if known and known["position"] != _position(trial):
                raise RuntimeError(
                    f"trial {trial} cannot go on: Ray saved it with {_position(trial)}, "
                    f"and the scheduler with {known['position']}; the run was killed in "
                    "between. Load its record with `Run.load`, or run it again"
                )

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        if trial in self._trial_state:
            self._put_back(trial)
            if trial in self._lost_in_reset:
                # Its process died while it was handed over from another trial. Ray
                # reports that twice, and takes the second time for the end of a trial
                # that is pending: let it be paused, and count the failure once.
                self._lost_in_reset.discard(trial)
                tune_controller._set_trial_status(trial, Trial.PAUSED)
                trial.run_metadata.num_failures -= 1
            return
        with self._own_random_state():  # draws what param_space leaves open
            super().on_trial_add(tune_controller, trial)
        # Ray drops the process of a paused trial that no other waits for, and starts
        # a new one when the trial goes on. Let it keep as many as there are trials.
        tune_controller._actor_cache.increase_max(trial.placement_group_factory)
        if trial.trial_id in self._restored:
            self._restore(trial)

    def _put_back(self, trial: Trial) -> None:
        # The trial crashed and is back in the queue. Keep what is known of it, or it
        # would pause at every step; but let it reach the barrier once more, or the
        # others would be compared with a state that is lost.
        state = self._trial_state[trial]
        state.last_train_time = state.last_perturbation_time

    def _restore(self, trial: Trial) -> None:
        # To a trial, the end of the driver is a crash; only one that waits at the
        # barrier, its checkpoint safe, need not get there once more.
        known = self._restored[trial.trial_id]
        self._trial_state[trial] = known["state"]
        self._reports[trial] = known["reports"]
        if not known["waits"]:
            self._put_back(trial)
        elif not trial.is_finished():
            trial.set_status(Trial.PAUSED)
        # Of trials with equal scores the first ranks lowest: keep their order.
        order = {name: place for place, name in enumerate(self._restored)}
        states = self._trial_state
        for one in sorted(states, key=lambda one: order.get(one.trial_id, len(order))):
            states[one] = states.pop(one)

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        super().on_trial_error(tune_controller, trial)
        if trial in tune_controller._resetting_trials:
            # Ray does not do this, and would wait for the reset for ever.
            tune_controller._resetting_trials.discard(trial)
            self._lost_in_reset.add(trial)

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict) -> str:
        self._reports[trial] += 1
        if self._synch and self._at_barrier(trial, result):
            state = self._trial_state[trial]
            self._save_trial_state(state, result[self._time_attr], result, trial)
            return TrialScheduler.PAUSE
        with self._own_random_state():
            return super().on_trial_result(tune_controller, trial, result)

    def choose_trial_to_run(self, tune_controller: Any) -> Trial | None:
        # Ray asks this once in each step of its loop.
        states = self._trial_state
        alive = [trial for trial in states if not trial.is_finished()]
        if self._synch and alive and all(self._waits(trial) for trial in alive):
            for trial in states.keys() - alive:  # Ray waits for those that failed, too
                states[trial].last_train_time = self._next_perturbation_sync
            last = max(alive, key=lambda trial: states[trial].last_train_time)
            with self._own_random_state():  # the report at which Ray perturbs them all
                super().on_trial_result(tune_controller, last, states[last].last_result)
        return super().choose_trial_to_run(tune_controller)

    def _at_barrier(self, trial: Trial, result: dict) -> bool:
        if self._time_attr not in result or self._metric not in result:
            return False  # Ray says what is missing
        due = self._trial_state[trial].last_perturbation_time + self._perturbation_interval
        return result[self._time_attr] >= max(due, self._burn_in_period)

    def _waits(self, trial: Trial) -> bool:
        reached = self._trial_state[trial].last_train_time >= self._next_perturbation_sync
        return reached and trial.status == Trial.PAUSED

    def _exploit(self, tune_controller: Any, trial: Trial, trial_to_clone: Trial) -> None:
        if not self._synch and not self._worth_it(trial, trial_to_clone):
            return
        super()._exploit(tune_controller, trial, trial_to_clone)
        # Or what Ray saves for a restored run would have the target as it was before.
        tune_controller._mark_trial_to_checkpoint(trial)

    def _worth_it(self, trial: Trial, trial_to_clone: Trial) -> bool:
        # An asynchronous donor may be behind its target, and two trials could set each
        # other back for ever: where scores are equal, since Ray ranks those by order of
        # creation, and where a metric gets worse with time, since whoever is behind then
        # looks better.
        target, donor = self._trial_state[trial], self._trial_state[trial_to_clone]
        resumes_at = donor.last_result["training_iteration"]
        bounded = self._reports[trial] <= MOST_REPORTS_PER_ITERATION * resumes_at
        return bounded and donor.last_score > target.last_score

    def _explores_from(self, target: Trial, donor: Trial) -> Trial:
        # Whose hyperparameters explore changes; see `WeightsOnly`.
        return donor

    def _get_new_config(self, trial: Trial, trial_to_clone: Trial) -> tuple[dict, dict]:
        source = self._explores_from(trial, trial_to_clone)
        new_config, operations = super()._get_new_config(trial, source)
        target, donor = self._trial_state[trial], self._trial_state[trial_to_clone]
        tuned = self._hyperparam_mutations
        self.exploits.append(
            Exploit(
                target=trial.trial_id,
                donor=trial_to_clone.trial_id,
                iteration=target.last_result["training_iteration"],
                donor_iteration=donor.last_result["training_iteration"],
                target_score=target.last_result[self._metric],
                donor_score=donor.last_result[self._metric],
                old_config={name: trial_to_clone.config[name] for name in tuned},
                new_config={name: new_config[name] for name in tuned},
                operations=operations,
            )
        )
        return new_config, operations


def _check_settings(settings: dict[str, Any]) -> None:
    # What Ray would take and make nonsense of.
    for name, most in _MOST.items():
        if name in settings:
            check_number(name, settings[name], least=0, most=most)
    if "perturbation_factors" in settings:
        check_numbers("perturbation_factors", settings["perturbation_factors"])
    if "synch" in settings:
        check_type("synch", settings["synch"], bool, "True or False")
    mutations = settings.get("hyperparam_mutations") or {}
    check_type("hyperparam_mutations", mutations, dict, "a dict from names to domains")
    for name, domain in mutations.items():
        if isinstance(domain, (dict, list, tuple)) and not len(domain):
            raise ValueError(f"hyperparam_mutations[{name!r}] is empty")


def _position(trial: Trial) -> dict[str, Any]:
    # From where, and with what, a trial that was saved goes on.
    checkpoint = trial.checkpoint and Path(trial.checkpoint.path).parts[-2:]
    return {"checkpoint": checkpoint, "config": dict(trial.config)}


def _ends(mutations: dict[str, Any]) -> Iterator[tuple[str, tuple[float, float] | None]]:
    for name, domain in mutations.items():
        if isinstance(domain, dict):
            yield from ((f"{name}/{inner}", ends) for inner, ends in _ends(domain))
        elif isinstance(domain, (list, tuple)) and all(
            isinstance(value, (int, float)) for value in domain
        ):
            yield name, (min(domain), max(domain))
        elif hasattr(domain, "lower"):
            yield name, (domain.lower, domain.upper)
        else:
            yield name, None
