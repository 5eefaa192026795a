"""Several populations in one experiment, each with its own scheduler.

An experiment starts its worker processes once, however many populations it has. Here are a
scheduler, a search algorithm and a callback, each of which passes on what concerns a trial
to the trial's population.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import reduce
from operator import getitem
from typing import Any

from pbt_examples.checks import check_integer, check_type
from pbt_examples.tuning.warm_workers import WarmVariantGenerator
from ray import tune
from ray.tune.experiment import Trial
from ray.tune.schedulers import TrialScheduler
from ray.tune.search.sample import Function

ENTRY = "population"
"""The entry of a trial's configuration with the number of its population."""


class Populations(TrialScheduler):
    """A scheduler for several independent populations.

    The configuration of a trial has the number of its population under ``"population"``.
    The scheduler of each population sees only the trials of that population, so it decides
    as it would in a separate experiment, with the same random numbers.

    Parameters
    ----------
    schedulers : sequence of TrialScheduler
        One for each population 0, 1, …

    Attributes
    ----------
    schedulers : tuple of TrialScheduler
        The schedulers, by population.

    Raises
    ------
    TypeError
        If one of the `schedulers` is not a scheduler.
    ValueError
        If there are none, or if two populations share one. During the run, if the
        configuration of a trial names no population.

    Notes
    -----
    If there are fewer slots than trials, populations with a lower number go first. On one
    slot they run one after another.

    Examples
    --------
    The same experiment with four seeds:

    >>> schedulers = [PopulationBasedTraining(seed=seed, **s) for seed in range(4)]
    >>> tune.Tuner(                                                   # doctest: +SKIP
    ...     train_toy,
    ...     param_space={"population": tune.grid_search([0, 1, 2, 3])} | param_space,
    ...     tune_config=tune.TuneConfig(
    ...         scheduler=Populations(schedulers),
    ...         search_alg=WarmVariantGenerator(),
    ...         reuse_actors=True,
    ...     ),
    ... )
    """

    def __init__(self, schedulers: Sequence[TrialScheduler]) -> None:
        super().__init__()
        check_type("schedulers", schedulers, Sequence, "a sequence of schedulers")
        for scheduler in schedulers:
            check_type("each of schedulers", scheduler, TrialScheduler, "a scheduler")
        if len({id(scheduler) for scheduler in schedulers}) < max(1, len(schedulers)):
            raise ValueError(
                "schedulers must have one of its own for each population, "
                f"got {schedulers!r}"
            )
        self.schedulers = tuple(schedulers)
        self._members: list[list[Trial]] = [[] for _ in schedulers]
        self._numbers: dict[Trial, int] = {}

    def population_of(self, trial: Trial) -> int:
        """Return the number of the population to which a trial belongs."""
        return self._numbers[trial]

    def members_of(self, number: int) -> tuple[Trial, ...]:
        """Return the trials of a population that exist so far."""
        return tuple(self._members[number])

    def set_search_properties(
        self, metric: str | None, mode: str | None, **spec: Any
    ) -> bool:
        ours = super().set_search_properties(metric, mode, **spec)
        theirs = [
            scheduler.set_search_properties(metric, mode, **spec)
            for scheduler in self.schedulers
        ]
        return ours and all(theirs)

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        if trial not in self._numbers:
            self._numbers[trial] = self._number_in(trial.config)
        trials = self._members[self._numbers[trial]]
        if trial in trials:  # it crashed, and Ray puts it at the end of its own list, too
            trials.remove(trial)
        trials.append(trial)
        self._pass_on("on_trial_add", tune_controller, trial)

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        self._pass_on("on_trial_error", tune_controller, trial)

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict) -> str:
        return self._pass_on("on_trial_result", tune_controller, trial, result)

    def on_trial_complete(self, tune_controller: Any, trial: Trial, result: dict) -> None:
        self._pass_on("on_trial_complete", tune_controller, trial, result)

    def on_trial_remove(self, tune_controller: Any, trial: Trial) -> None:
        self._pass_on("on_trial_remove", tune_controller, trial)

    def choose_trial_to_run(self, tune_controller: Any) -> Trial | None:
        for scheduler, trials in zip(self.schedulers, self._members, strict=True):
            chosen = scheduler.choose_trial_to_run(_View(tune_controller, trials))
            if chosen is not None:
                return chosen
        return None

    def debug_string(self) -> str:
        return "\n".join(scheduler.debug_string() for scheduler in self.schedulers)

    def _number_in(self, config: dict[str, Any]) -> int:
        number: Any = config.get(ENTRY)
        if number not in range(len(self.schedulers)):
            raise ValueError(
                f"the configuration of each trial must say under {ENTRY!r} which of the "
                f"populations 0 to {len(self.schedulers) - 1} it belongs to, got {config!r}"
            )
        return int(number)

    def _pass_on(self, method: str, controller: Any, trial: Trial, *arguments: Any) -> Any:
        number = self._numbers[trial]
        view = _View(controller, self._members[number])
        return getattr(self.schedulers[number], method)(view, trial, *arguments)


class _View:
    """Ray's controller of an experiment, limited to the trials of one population."""

    def __init__(self, controller: Any, trials: list[Trial]) -> None:
        self._controller, self._members = controller, trials

    def get_trials(self) -> list[Trial]:
        return self._members

    def get_live_trials(self) -> set[Trial]:
        return self._controller.get_live_trials() & set(self._members)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._controller, name)


class PopulationVariants(WarmVariantGenerator):
    """A search algorithm that gives each population its own search space.

    If all populations start alike, ``tune.grid_search`` under ``"population"`` and a
    `WarmVariantGenerator` are enough.

    Parameters
    ----------
    param_spaces : sequence of dict
        What the trials of each population start from. The ``param_space`` of the
        ``Tuner`` is added to each.
    num_samples : sequence of int, optional
        How often each of the `param_spaces` is sampled; by default once.
    seed : int, default: 0
        Seed of the random values in the `param_spaces`. Each population draws as if it
        were alone.

    Raises
    ------
    ValueError
        If one of the `param_spaces` has an entry ``"population"``, or the number of
        `num_samples` differs.
    """

    def __init__(
        self,
        param_spaces: Sequence[dict[str, Any]],
        *,
        num_samples: Sequence[int] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_type("param_spaces", param_spaces, Sequence, "a sequence of search spaces")
        check_integer("seed", seed, least=0)
        for space in param_spaces:
            check_type("each of param_spaces", space, dict, "a dict")
            if ENTRY in space:
                raise ValueError(
                    f"param_spaces must leave the entry {ENTRY!r} to PopulationVariants, "
                    f"got {space!r}"
                )
        counts = [1] * len(param_spaces) if num_samples is None else num_samples
        if len(counts) != len(param_spaces):
            raise ValueError(
                f"num_samples must have {len(param_spaces)} entries, one for each of "
                f"param_spaces, got {num_samples!r}"
            )
        for count in counts:
            check_integer("each of num_samples", count, least=1)
        self._populations = list(zip(param_spaces, counts, strict=True))
        self._seed = seed

    def add_configurations(self, experiments: Any) -> None:
        [experiment] = experiments  # a Tuner has one
        for number, (space, count) in enumerate(self._populations):
            population = copy(experiment)
            population.spec = dict(experiment.spec)
            config = experiment.spec.get("config", {}) | space | {ENTRY: number}
            population.spec["config"] = _without_functions(config)
            population.spec["num_samples"] = count
            fresh = WarmVariantGenerator(random_state=self._seed)
            self._random_state = fresh._random_state
            super().add_configurations([population])

    def next_trial(self) -> Trial | None:
        trial = super().next_trial()
        if trial is not None:
            space, _ = self._populations[trial.config[ENTRY]]
            for path, function in _functions(space):
                *parents, last = path
                inner = reduce(getitem, parents, trial.config)
                inner[last] = function.sample(config=trial.config)
        return trial


def _functions(space: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Function]]:
    """Yield the place and the function of each ``tune.sample_from`` of a search space."""
    for name, value in space.items():
        if isinstance(value, Function):
            yield (name,), value
        elif isinstance(value, dict):
            yield from (((name, *path), inner) for path, inner in _functions(value))


def _without_functions(space: dict[str, Any]) -> dict[str, Any]:
    """Return a search space without its functions of a configuration.

    A ``Tuner`` also takes them out of its own search space, and calls them once all other
    entries of a configuration have a value.
    """
    return {
        name: None
        if isinstance(value, Function)
        else _without_functions(value)
        if isinstance(value, dict)
        else value
        for name, value in space.items()
    }


class PerPopulation(tune.Callback):
    """A Tune callback that gives each population its own callback.

    Events of a trial are passed on to the callback of its population, which sees only the
    trials of that population. Events of the experiment are passed on to all.

    Parameters
    ----------
    scheduler : Populations
        The scheduler of the experiment, which knows the population of each trial.
    callbacks : sequence of tune.Callback
        One for each population, such as a `Recorder`.

    Raises
    ------
    TypeError
        If `scheduler` is not a `Populations` scheduler.
    ValueError
        If there are more or fewer `callbacks` than populations.
    """

    def __init__(self, scheduler: Populations, callbacks: Sequence[tune.Callback]) -> None:
        check_type("scheduler", scheduler, Populations, "a Populations scheduler")
        if len(callbacks) != len(scheduler.schedulers):
            raise ValueError(
                f"callbacks must be {len(scheduler.schedulers)}, one for each population, "
                f"got {len(callbacks)}"
            )
        self.callbacks = tuple(callbacks)
        self._scheduler = scheduler

    def get_state(self) -> dict[str, Any]:
        """Return the states of all callbacks, for Ray to save."""
        return {"states": [callback.get_state() for callback in self.callbacks]}

    def set_state(self, state: dict[str, Any]) -> None:
        """Give each callback the state that Ray saved, in a restored run."""
        for callback, its_state in zip(self.callbacks, state["states"], strict=True):
            if its_state is not None:
                callback.set_state(its_state)

    def setup(self, **info: Any) -> None:
        self._tell_all("setup", info)

    def on_step_begin(self, **info: Any) -> None:
        self._tell_all("on_step_begin", info)

    def on_step_end(self, **info: Any) -> None:
        self._tell_all("on_step_end", info)

    def on_experiment_end(self, **info: Any) -> None:
        self._tell_all("on_experiment_end", info)

    def on_trial_start(self, **info: Any) -> None:
        self._pass_on("on_trial_start", info)

    def on_trial_restore(self, **info: Any) -> None:
        self._pass_on("on_trial_restore", info)

    def on_trial_save(self, **info: Any) -> None:
        self._pass_on("on_trial_save", info)

    def on_trial_result(self, **info: Any) -> None:
        self._pass_on("on_trial_result", info)

    def on_trial_complete(self, **info: Any) -> None:
        self._pass_on("on_trial_complete", info)

    def on_trial_recover(self, **info: Any) -> None:
        self._pass_on("on_trial_recover", info)

    def on_trial_error(self, **info: Any) -> None:
        self._pass_on("on_trial_error", info)

    def on_checkpoint(self, **info: Any) -> None:
        self._pass_on("on_checkpoint", info)

    def _tell_all(self, event: str, info: dict[str, Any]) -> None:
        for number, callback in enumerate(self.callbacks):
            getattr(callback, event)(**self._for(number, info))

    def _pass_on(self, event: str, info: dict[str, Any]) -> None:
        number = self._scheduler.population_of(info["trial"])
        getattr(self.callbacks[number], event)(**self._for(number, info))

    def _for(self, number: int, info: dict[str, Any]) -> dict[str, Any]:
        if "trials" not in info:
            return info
        # In the order in which Ray created them, which a restored experiment forgets.
        own = sorted(self._scheduler.members_of(number), key=lambda one: one.trial_id)
        return info | {"trials": own}
