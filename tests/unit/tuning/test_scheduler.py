"""The settings that the scheduler accepts and records, before any run."""

import copy
import json
import math
import random
from collections import UserDict
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
from pbt_examples.record.info import RunInfo
from pbt_examples.tuning import PopulationBasedTraining
from pbt_examples.tuning.exploit_memory import remembering
from pbt_examples.tuning.refusals import warn_of_integers
from ray import tune
from ray.tune.experiment import Trial
from ray.tune.schedulers import PopulationBasedTraining as RayPBT
from ray.tune.utils.object_cache import _ObjectCache

MUTATIONS = {"lr": tune.uniform(0.1, 0.2)}


def pbt(**settings):
    return PopulationBasedTraining(**{"hyperparam_mutations": MUTATIONS} | settings)


@pytest.mark.parametrize(("given", "seed"), [({}, 0), ({"seed": 2**32 - 1}, 2**32 - 1)])
def test_numpy_seeds_are_accepted_and_zero_is_the_default(given, seed):
    assert pbt(**given).seed == seed


def test_settings_may_be_given_by_position_as_to_rays_own_class():
    settings = PopulationBasedTraining(
        "training_iteration", "Q", "max", 3, 0, MUTATIONS, 0.4, 0.1, synch=True, seed=2
    ).settings
    assert settings == {
        "domains": {"lr": (0.1, 0.2)},
        "perturbation_interval": 3,
        "quantile_fraction": 0.4,
        "resample_probability": 0.1,
        "seed": 2,
        "synch": True,
    }


def test_the_largest_settings_are_accepted():
    settings = pbt(quantile_fraction=0.5, resample_probability=1.0).settings
    assert (settings["quantile_fraction"], settings["resample_probability"]) == (0.5, 1)


@pytest.mark.parametrize("value", [1, np.True_, True, np.int64(1)])
def test_any_value_equal_to_true_is_true(value):
    scheduler = pbt(synch=value, resample_probability=value)
    assert scheduler.settings["synch"] is True
    assert scheduler.settings["resample_probability"] == 1


def test_settings_that_are_numpy_numbers_go_into_json():
    settings = pbt(
        perturbation_interval=np.int64(3),
        quantile_fraction=np.float32(0.25),
        hyperparam_mutations={"size": [np.int64(2), np.int64(4)]},
    ).settings
    info = json.loads(json.dumps(RunInfo(**settings).as_dict()))
    assert (info["perturbation_interval"], info["quantile_fraction"]) == (3, 0.25)
    assert info["domains"] == {"size": [2, 4]}


@pytest.mark.parametrize(
    "factors", [{1.2, 0.8}, np.array([0.8, 1.2]), iter([0.8, 1.2]), (0.8, 1.2)]
)
def test_any_collection_of_factors_is_drawn_from(factors):
    scheduler = pbt(perturbation_factors=factors, resample_probability=0)
    [trial] = [type("Trial", (), {"config": {"lr": 10.0}})]
    random.seed(1)
    drawn = [RayPBT._get_new_config(scheduler, trial, trial) for _ in range(20)]
    assert {config["lr"] for config, _ in drawn} == {8.0, 12.0}
    assert {operations["lr"] for _, operations in drawn} == {"* 0.8", "* 1.2"}


def test_an_infinite_interval_means_never_and_is_recorded_as_unknown():
    settings = pbt(perturbation_interval=math.inf).settings
    assert RunInfo(**settings).perturbation_interval is None


@pytest.mark.parametrize("kind", [UserDict, MappingProxyType])
def test_any_mapping_of_mutations_is_accepted_even_nested(kind):
    mutations = kind({"o": kind({"lr": tune.uniform(0, 1)}), "k": [1, 2]})
    assert pbt(hyperparam_mutations=mutations).domains == {"o/lr": (0, 1), "k": (1, 2)}


def test_domains_have_their_ends_if_any():
    mutations = {
        "range": tune.qloguniform(0.005, 0.1, 0.0005),
        "list": [3, 1.5, 2],
        "tuple": (8, 16),
        "words": ["relu", "tanh"],
        "mixed": [1, "two"],
        "truth": [True, False],
        "choice": tune.choice([1, 2]),
        "function": lambda: 0.5,
        "endless": tune.randn(),
        "nested": {"one": tune.uniform(0, 1), "deeper": {"two": [4, 5]}},
    }
    assert PopulationBasedTraining(hyperparam_mutations=mutations).domains == {
        "range": (0.005, 0.1),
        "list": (1.5, 3),
        "tuple": (8, 16),
        "words": None,
        "mixed": None,
        "truth": None,
        "choice": None,
        "function": None,
        "endless": None,
        "nested/one": (0, 1),
        "nested/deeper/two": (4, 5),
    }


@pytest.mark.parametrize("config", [{"lr": 0}, {"o": {"lr": 1}}])
def test_an_integer_start_in_a_continuous_domain_gives_a_warning(config):
    domain = {"lr": tune.uniform(0, 1)}
    with pytest.warns(UserWarning, match=r"'lr' starts at the integer [01].*rounds every"):
        warn_of_integers(config, {"lr": domain["lr"], "o": domain})


@pytest.mark.parametrize(
    ("start", "domain"),
    [
        (0.0, tune.uniform(0, 1)),
        (True, tune.uniform(0, 1)),
        (1, tune.randint(1, 5)),
        (1, [1, 2]),
        (1, lambda: 0.5),
    ],
)
def test_other_starts_give_no_warning(recwarn, start, domain):
    warn_of_integers({"lr": start}, {"lr": domain})
    assert not recwarn.list


def test_rays_own_scheduler_remembers_its_exploits_and_is_not_changed():
    theirs = RayPBT(hyperparam_mutations=MUTATIONS, synch=True)
    scheduler = remembering(theirs)
    assert scheduler is theirs is remembering(scheduler)
    assert isinstance(scheduler, RayPBT)
    assert type(scheduler).__name__ == "PopulationBasedTraining"
    assert copy.deepcopy(scheduler).exploits == []
    assert scheduler.settings.keys() == pbt().settings.keys() - {"seed"}


@pytest.fixture
def one_at_work():
    """A scheduler and Ray's controller, with one trial that runs and one that is paused."""
    search = SimpleNamespace(max_concurrent=0, total_samples=2, is_finished=lambda: False)
    controller = SimpleNamespace(_actor_cache=_ObjectCache(), search_alg=search)
    trials = [Trial("toy", config={"lr": 0.1}, stub=True) for _ in range(2)]
    controller.get_trials = lambda: trials
    scheduler = pbt(synch=True, metric="Q", mode="max")
    for trial in trials:
        trial.storage = SimpleNamespace(experiment_driver_staging_path="the same")
        scheduler.on_trial_add(controller, trial)
    at_work, paused = trials
    at_work.set_status(Trial.RUNNING)
    paused.set_status(Trial.PAUSED)
    return scheduler, controller, at_work, paused


def test_a_paused_trial_waits_for_the_process_of_another(one_at_work):
    scheduler, controller, _, paused = one_at_work
    assert scheduler.choose_trial_to_run(controller) is None
    controller._actor_cache.cache_object(paused.placement_group_factory, "a process")
    assert scheduler.choose_trial_to_run(controller) is paused


@pytest.mark.parametrize("paused_first", [False, True])
def test_no_process_is_handed_to_a_trial_whose_own_may_be_starting(
    one_at_work, paused_first
):
    scheduler, controller, first, last = one_at_work
    first.set_status(Trial.PAUSED if paused_first else Trial.PENDING)
    last.set_status(Trial.PENDING)
    assert scheduler.choose_trial_to_run(controller) is first
    controller._actor_cache.cache_object(first.placement_group_factory, "a process")
    expected = first if paused_first else last
    assert scheduler.choose_trial_to_run(controller) is expected


def test_a_paused_trial_does_not_wait_for_long(one_at_work, monkeypatch):
    scheduler, controller, _, paused = one_at_work
    monkeypatch.setattr("pbt_examples.tuning.scheduler.SECONDS_WITHOUT_A_PROCESS", 0.0)
    assert scheduler.choose_trial_to_run(controller) is paused


def test_a_paused_trial_does_not_wait_where_ray_hands_no_process_over(one_at_work):
    scheduler, controller, _, paused = one_at_work
    controller.search_alg.is_finished = lambda: True  # as Ray's generator is, at once
    assert scheduler.choose_trial_to_run(controller) is paused


def test_a_paused_trial_does_not_wait_where_nobody_is_at_work(one_at_work):
    scheduler, controller, at_work, paused = one_at_work
    at_work.set_status(Trial.TERMINATED)
    assert scheduler.choose_trial_to_run(controller) is paused
