"""Ray's ``PopulationBasedTraining``, made seeded, crash-proof and observable.

Every private name of Ray's that this project relies on is used in this file, and
``tests/test_ray_names.py`` fails when one of them changes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from ray.tune.experiment import Trial
from ray.tune.schedulers import PopulationBasedTraining as RayPBT


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
    Three things differ from Ray's class; each is needed for the same seed to give the
    same history:

    - It draws from a random state of its own. Ray's draws from the global generators
      of the driver, which other code in the driver uses as well, so that there the
      history depends on how many slots the run has.
    - A trial that crashes keeps its state. Ray's forgets when the trial was last
      perturbed; a synchronous run then waits for ever.
    - It remembers each exploit as it happens. Ray's ``pbt_global.txt`` has the donor's
      configuration in the place of the target's, and one iteration too low.

    An asynchronous run has one more rule, since there an exploit can set a trial back:
    a target only takes over from a donor that is better than itself.
    """

    def __init__(self, *args: Any, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seed = seed
        self.exploits: list[Exploit] = []
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

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        state = self._trial_state.get(trial)
        if state is None:
            with self._own_random_state():  # draws what param_space leaves open
                super().on_trial_add(tune_controller, trial)
        else:
            # The trial crashed and is back in the queue. Keep what is known of it, or
            # it would pause at every step; but let it reach the barrier once more, or
            # the others would be compared with a state that is lost.
            state.last_train_time = state.last_perturbation_time

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict) -> str:
        with self._own_random_state():
            return super().on_trial_result(tune_controller, trial, result)

    def _exploit(self, tune_controller: Any, trial: Trial, trial_to_clone: Trial) -> None:
        target, donor = self._trial_state[trial], self._trial_state[trial_to_clone]
        if not self._synch and donor.last_score <= target.last_score:
            # With equal scores Ray ranks by order of creation, and a trial could be
            # set back again and again without anyone gaining.
            return
        super()._exploit(tune_controller, trial, trial_to_clone)

    def _get_new_config(self, trial: Trial, trial_to_clone: Trial) -> tuple[dict, dict]:
        new_config, operations = super()._get_new_config(trial, trial_to_clone)
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
