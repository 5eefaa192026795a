"""Ray's ``PopulationBasedTraining``, made seeded, crash-proof and observable.

``tests/ray/test_ray_names.py`` lists every name that this room uses of Ray beyond its
documented interface, and fails when one of them changes.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pbt_examples.checks import check_integer
from pbt_examples.record.tables import flatten
from pbt_examples.tuning.exploit_memory import RemembersExploits
from pbt_examples.tuning.refusals import (
    check_concurrency,
    check_resources,
    tidy_settings,
    warn_of_integers,
)
from pbt_examples.tuning.values import as_score, recordable
from ray.tune.experiment import Trial
from ray.tune.schedulers import TrialScheduler

MOST_REPORTS_PER_ITERATION = 4
"""In an asynchronous run, the most reports of a trial per iteration on its counter."""

SECONDS_WITHOUT_RESOURCES = 60.0
"""How long no trial runs before the scheduler asks whether one ever can."""

SECONDS_WITHOUT_A_PROCESS = 0.25
"""How long a paused trial waits for the process of another before it asks for a new one."""


class Additions(RemembersExploits):
    """What this package adds to Ray's ``PopulationBasedTraining``, as a mix-in.

    It goes before one of Ray's classes, as in ``class Safe(Additions, PB2)``, and makes it
    seeded, crash-proof and observable, as the notes of `PopulationBasedTraining` explain.
    Every number that the other class draws from the global generators, when it adds a
    trial or decides, comes from the scheduler's own random state.

    Parameters
    ----------
    seed : int, default: 0
        Seed of every draw that the scheduler makes.
    **settings
        Those of the other class.
    """

    _saved: ClassVar[tuple[str, ...]] = ()
    """Attributes of the class it is mixed with that a restored run goes on with."""

    def __init__(self, *, seed: int = 0, **settings: Any) -> None:
        check_integer("seed", seed, least=0, most=2**32 - 1)
        super().__init__(**tidy_settings(settings))
        self.seed = int(seed)
        self._restored: dict[str, dict[str, Any]] = {}
        self._begin()

    def _begin(self) -> None:
        # Also where the scheduler has served another experiment: of Ray's, a synchronous
        # one would wait for a time that is long past, and make no exploit.
        self.exploits = []
        self._trial_state.clear()
        self._next_perturbation_sync = max(
            self._perturbation_interval, self._burn_in_period
        )
        self._lost_in_reset: set[Trial] = set()
        self._failed: set[Trial] = set()
        self._warm: Counter[Any] = Counter()  # processes kept for each set of resources
        self._idle_since = math.inf
        self._ready_since = math.inf
        self._reports: Counter[Trial] = Counter()
        self._heirs: set[Trial] = set()  # that have yet to load a donor's checkpoint
        python, numpy_ = random.Random(self.seed), np.random.RandomState(self.seed)
        self._random_states = python.getstate(), numpy_.get_state()

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that matter to a reader of a run, ready for JSON."""
        return super().settings | {"seed": self.seed}

    @contextmanager
    def _own_random_state(self) -> Iterator[None]:
        # Ray draws from the global generators: lend them our state and take it back
        # afterwards, so that our draws and those of others do not affect each other.
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
        """Return all that a restored run needs in order to go on as this one would."""
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
        return super().get_state() | {
            "next_perturbation": self._next_perturbation_sync,
            "random_states": self._random_states,
            "others": {name: getattr(self, name) for name in self._saved},
            "trials": trials,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Continue from the saved state, before Ray adds the restored trials."""
        super().set_state(state)
        self.__dict__.update(state["others"])
        self._next_perturbation_sync = state["next_perturbation"]
        self._random_states = state["random_states"]
        self._restored = state["trials"]

    def check_restored(self) -> None:
        """Check, once Ray has added the restored trials, that they can go on.

        Raises
        ------
        RuntimeError
            If the run was killed after Ray had saved the trials and before it saved the
            state of the callbacks, which includes that of the scheduler.
        """
        # Not in `on_trial_add`, where Ray would answer an error with a new experiment.
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
                # reports that twice, and takes the second report for the end of a
                # pending trial: let it be paused, and count the failure once.
                self._lost_in_reset.discard(trial)
                tune_controller._set_trial_status(trial, Trial.PAUSED)
                trial.run_metadata.num_failures -= 1
            return
        known = next(iter(self._trial_state), trial)
        if known.local_experiment_path != trial.local_experiment_path:
            self._begin()
        if self._synch:
            check_concurrency(tune_controller.search_alg)
        with self._own_random_state():  # draws what param_space leaves open
            super().on_trial_add(tune_controller, trial)
        warn_of_integers(trial.config, self._hyperparam_mutations)
        self._keep_processes(tune_controller._actor_cache, trial)
        if trial.is_finished():  # it failed before the run was restored
            self._failed.add(trial)
        if trial.trial_id in self._restored:
            self._restore(trial)

    def _keep_processes(self, cache: Any, trial: Trial) -> None:
        # Ray drops the process of a paused trial if no other trial waits for one, and
        # starts a new one when the trial resumes. Let it keep as many as there are
        # trials, unless trials need different resources: an idle process could hold those
        # that another trial waits for.
        self._warm[trial.placement_group_factory] += 1
        if len(self._warm) == 1:
            cache.increase_max(trial.placement_group_factory)
        elif len(self._warm) == 2 and self._warm[trial.placement_group_factory] == 1:
            first = next(iter(self._warm))
            cache.decrease_max(first, by=self._warm[first])

    def _put_back(self, trial: Trial) -> None:
        # The trial crashed and is back in the queue. Keep its state, or it would pause at
        # every step; but let it reach the barrier again, or the others would be compared
        # with a state that is lost.
        state = self._trial_state[trial]
        state.last_train_time = state.last_perturbation_time

    def _restore(self, trial: Trial) -> None:
        # For a trial, the end of the driver is a crash. Only a trial that waits at the
        # barrier with its checkpoint saved need not reach the barrier again.
        known = self._restored[trial.trial_id]
        self._trial_state[trial] = known["state"]
        self._reports[trial] = known["reports"]
        if not known["waits"]:
            self._put_back(trial)
        elif not trial.is_finished():
            trial.set_status(Trial.PAUSED)
        # Of trials with equal scores, the first ranks lowest: keep their order.
        order = {name: place for place, name in enumerate(self._restored)}
        states = self._trial_state
        for one in sorted(states, key=lambda one: order.get(one.trial_id, len(order))):
            states[one] = states.pop(one)

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        super().on_trial_error(tune_controller, trial)
        self._failed.add(trial)
        if trial in tune_controller._resetting_trials:
            # Ray does not do this and would wait for the reset forever.
            tune_controller._resetting_trials.discard(trial)
            self._lost_in_reset.add(trial)

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict) -> str:
        self._reports[trial] += 1
        self._heirs.discard(trial)
        if self._synch and self._at_barrier(trial, result):
            state = self._trial_state[trial]
            self._save_trial_state(state, result[self._time_attr], result, trial)
            return TrialScheduler.PAUSE
        with self._own_random_state():
            return super().on_trial_result(tune_controller, trial, result)

    def choose_trial_to_run(self, tune_controller: Any) -> Trial | None:
        # Ray calls this once in each step of its loop.
        alive = [trial for trial in self._trial_state if not trial.is_finished()]
        if self._synch and alive and all(self._waits(trial) for trial in alive):
            self._perturb_all(tune_controller, alive)
        self._check_resets()
        self._check_resources(alive)
        chosen = self._heir(alive) or self._last_in_line(tune_controller, alive)
        chosen = chosen or super().choose_trial_to_run(tune_controller)
        if chosen is None or not self._soon_has_a_process(chosen, tune_controller, alive):
            self._ready_since = math.inf
            return chosen
        return None

    def _heir(self, alive: list[Trial]) -> Trial | None:
        # Where few checkpoints are kept, a donor that continues deletes the one that its
        # target has yet to load: let targets start first.
        heirs = (trial for trial in alive if trial in self._heirs)
        idle = (Trial.PENDING, Trial.PAUSED)
        return next((trial for trial in heirs if trial.status in idle), None)

    def _last_in_line(self, tune_controller: Any, alive: list[Trial]) -> Trial | None:
        # Ray hands an idle process to the trial that is named here, and ends the one that
        # may just be starting for that trial. Processes start for the first trials that
        # wait. If these are not named, a second slot gets its process even if an interval
        # takes less time than a process takes to start.
        cache = tune_controller._actor_cache
        waiting = [
            trial
            for trial in alive
            if trial.status in (Trial.PENDING, Trial.PAUSED) and not self._waits(trial)
        ]
        if not self._synch or not waiting or len(self._warm) > 1:
            return None
        if not cache.has_cached_object(waiting[0].placement_group_factory):
            return None
        return max(reversed(waiting), key=lambda trial: trial.status == Trial.PAUSED)

    def _soon_has_a_process(
        self, trial: Trial, tune_controller: Any, alive: list[Trial]
    ) -> bool:
        # Ray asks the cluster for a process for whatever trial is named here, and takes
        # that back when another trial pauses and hands over its own. Where intervals are
        # short that is soon, and all that the request does is to make reports slower.
        # Where the search is finished it is needed: else Ray hands no process over.
        resources = trial.placement_group_factory
        if tune_controller.search_alg.is_finished() or len(self._warm) > 1:
            return False
        if trial.status != Trial.PAUSED:
            return False
        if tune_controller._actor_cache.has_cached_object(resources):
            return False
        self._ready_since = min(self._ready_since, time.monotonic())
        waited = time.monotonic() - self._ready_since
        at_work = any(one.status == Trial.RUNNING for one in alive)
        return at_work and waited < SECONDS_WITHOUT_A_PROCESS

    def _perturb_all(self, tune_controller: Any, alive: list[Trial]) -> None:
        states = self._trial_state
        for trial in states.keys() - alive:  # Ray waits even for those that failed
            states[trial].last_train_time = self._next_perturbation_sync
        last = max(alive, key=lambda trial: states[trial].last_train_time)
        now = states[last].last_train_time
        # Every trial is due, but Ray checks the last one again, by a difference of times.
        states[last].last_perturbation_time = -math.inf
        with self._own_random_state():  # the report at which Ray perturbs them all
            super().on_trial_result(tune_controller, last, states[last].last_result)
        # Ray only adds the interval to the time of the barrier. If reports come at other
        # times, some trials may already have passed that next barrier: they would wait
        # for trials that need not run.
        self._next_perturbation_sync = now + self._perturbation_interval

    def _check_resets(self) -> None:
        for trial in self._trial_state.keys() - self._failed:
            if trial.status == Trial.ERROR:  # and Ray has not called on_trial_error
                raise RuntimeError(
                    f"trial {trial} could not take over the process of another. Its class "
                    "needs a `reset_config` that applies the new configuration and returns "
                    "True; or set reuse_actors=False in TuneConfig"
                )

    def _check_resources(self, alive: list[Trial]) -> None:
        # If nothing runs, a trial may need more than there is, and Ray waits.
        if not alive or any(trial.status == Trial.RUNNING for trial in alive):
            self._idle_since = math.inf
            return
        self._idle_since = min(self._idle_since, time.monotonic())
        if time.monotonic() - self._idle_since > SECONDS_WITHOUT_RESOURCES:
            check_resources(alive)
            self._idle_since = time.monotonic()  # do not ask in each step

    def _save_trial_state(
        self, state: Any, time: float, result: dict, trial: Trial
    ) -> float:
        if result is state.last_result:  # it was saved when it arrived, before the barrier
            return state.last_score
        try:
            result[self._metric] = as_score(result[self._metric])
        except TypeError as error:
            raise TypeError(f"trial {trial} reported {self._metric!r}: {error}") from None
        super()._save_trial_state(state, time, result, trial)
        if math.isnan(state.last_score):
            state.last_score = -math.inf  # Ray leaves out NaN, and the trial never recovers
        return state.last_score

    def _quantiles(self) -> tuple[list[Trial], list[Trial]]:
        lower, upper = super()._quantiles()
        donors = [one for one in upper if self._trial_state[one].last_score > -math.inf]
        return (lower, donors) if donors else ([], [])

    def _at_barrier(self, trial: Trial, result: dict) -> bool:
        if self._time_attr not in result or self._metric not in result:
            return False  # Ray's own error says what is missing
        return result[self._time_attr] >= self._next_perturbation_sync

    def _waits(self, trial: Trial) -> bool:
        reached = self._trial_state[trial].last_train_time >= self._next_perturbation_sync
        return reached and trial.status == Trial.PAUSED

    def _exploit(self, tune_controller: Any, trial: Trial, trial_to_clone: Trial) -> None:
        if not self._synch and not self._worth_it(trial, trial_to_clone):
            return
        super()._exploit(tune_controller, trial, trial_to_clone)
        if self._synch:  # else it would run ahead of others
            self._heirs.add(trial)
        # Otherwise Ray would save, for a restored run, the target as it was before.
        tune_controller._mark_trial_to_checkpoint(trial)

    def _worth_it(self, trial: Trial, trial_to_clone: Trial) -> bool:
        # An asynchronous donor may be behind its target, and two trials could set each
        # other back forever: if scores are equal, since Ray ranks those by order of
        # creation, or if the metric gets worse with time, since the one behind then looks
        # better.
        target, donor = self._trial_state[trial], self._trial_state[trial_to_clone]
        resumes_at = donor.last_result["training_iteration"]
        bounded = self._reports[trial] <= MOST_REPORTS_PER_ITERATION * resumes_at
        return bounded and donor.last_score > target.last_score


class PopulationBasedTraining(Additions):
    """Ray's scheduler of the same name, with its own seed and a record of exploits.

    Parameters
    ----------
    time_attr, metric, mode, perturbation_interval, burn_in_period, hyperparam_mutations, \
quantile_fraction, resample_probability, perturbation_factors, custom_explore_fn, \
log_config, require_attrs, synch
        As for ``ray.tune.schedulers.PopulationBasedTraining``, in the same order and with
        the same defaults.
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

    - It draws from its own random state. Ray's class draws from the global generators of
      the driver, which other code in the driver also uses, so the history depends on the
      number of slots.
    - A trial that crashes keeps its state. Ray's class forgets when the trial was last
      perturbed, and a synchronous run then waits forever.
    - A synchronous run decides when every trial is paused and its checkpoint is saved.
      Ray's class decides at the last report, when that trial, and perhaps others, are
      still saving; if a process dies at that moment, the exploit is lost.
    - It remembers each exploit as it happens. Ray's ``pbt_global.txt`` has the donor's
      configuration in the place of the target's, and an iteration that is one too low.
    - It continues where it was when an experiment is restored, if a `Recorder` is among
      the callbacks. Ray's class starts again with its first random numbers.

    An asynchronous run has two more rules, because an exploit can set a trial back there:
    a target takes over only from a donor that is better than itself, and never if that
    would leave it with more than `MOST_REPORTS_PER_ITERATION` reports per iteration on its
    counter. So a trial that ends at iteration n has reported at most that many times n,
    and the run ends, however the metric behaves.
    """

    def __init__(
        self,
        time_attr: str = "time_total_s",
        metric: str | None = None,
        mode: Literal["max", "min"] | None = None,
        perturbation_interval: float = 60.0,
        burn_in_period: float = 0.0,
        hyperparam_mutations: Mapping[str, Any] | None = None,
        quantile_fraction: float = 0.25,
        resample_probability: float = 0.25,
        perturbation_factors: Iterable[float] = (1.2, 0.8),
        custom_explore_fn: Callable[[dict], dict] | None = None,
        log_config: bool = True,
        require_attrs: bool = True,
        synch: bool = False,
        *,
        seed: int = 0,
    ) -> None:
        super().__init__(
            time_attr=time_attr,
            metric=metric,
            mode=mode,
            perturbation_interval=perturbation_interval,
            burn_in_period=burn_in_period,
            hyperparam_mutations=hyperparam_mutations,
            quantile_fraction=quantile_fraction,
            resample_probability=resample_probability,
            perturbation_factors=perturbation_factors,
            custom_explore_fn=custom_explore_fn,
            log_config=log_config,
            require_attrs=require_attrs,
            synch=synch,
            seed=seed,
        )


def _position(trial: Trial) -> dict[str, Any]:
    # The state from which a saved trial continues. Values as text: a NaN equals no other,
    # and neither do objects that were saved and read.
    checkpoint = trial.checkpoint and Path(trial.checkpoint.path).parts[-2:]
    config = {name: recordable(value) for name, value in flatten(trial.config).items()}
    known = {name: kept for name, (kept, as_string) in config.items() if not as_string}
    return {"checkpoint": checkpoint, "config": repr(sorted(known.items()))}
