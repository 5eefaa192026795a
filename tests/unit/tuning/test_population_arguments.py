"""Populations refuse wrong arguments before anything starts."""

import pytest
import ray
from pbt_examples.toy import toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import (
    PerPopulation,
    Population,
    Populations,
    PopulationVariants,
    run_populations,
)
from ray.tune.experiment import Trial


def start(trainable=train_toy, populations=None, **options):
    run_populations(trainable, populations or {0: Population({})}, **options)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("trainable", 3, TypeError),
        ("populations", [Population({})], TypeError),
        ("each of populations", {0: toy_param_space()}, TypeError),
        ("metric", None, TypeError),
        ("mode", "best", ValueError),
        ("hyperparameters", "lr", TypeError),
        ("slots", 0, ValueError),
        ("folder", 3, TypeError),
        ("iterations", 0, ValueError),
        ("iterations", None, TypeError),
        ("max_failures", -1, ValueError),
        ("seed", -1, ValueError),
    ],
)
def test_a_wrong_argument_is_named_before_anything_starts(name, value, error):
    with pytest.raises(error, match=f"{name} must be .*, got"):
        start(**{name.removeprefix("each of "): value})
    assert not ray.is_initialized()


def test_there_must_be_a_population():
    with pytest.raises(ValueError, match="populations must hold at least one"):
        run_populations(train_toy, {})


@pytest.mark.parametrize("names", [(1, "1"), ("a/b", "c"), ("..", "c"), ("", "c")])
def test_with_a_folder_names_must_be_names_of_folders(names, tmp_path):
    with pytest.raises(ValueError, match="names of folders"):
        start(populations={name: Population({}) for name in names}, folder=tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("param_space", 3, TypeError),
        ("scheduler", 3, TypeError),
        ("num_samples", 0, ValueError),
    ],
)
def test_a_population_names_what_is_wrong(name, value, error):
    with pytest.raises(error, match=f"{name} must be"):
        Population(**{"param_space": {}} | {name: value})


def test_a_search_space_must_not_have_the_number_of_the_population():
    with pytest.raises(ValueError, match="must leave the entry 'population'"):
        start(populations={0: Population({"population": 1})})
    with pytest.raises(ValueError, match="num_samples must have 2 entries"):
        PopulationVariants([{}, {}], num_samples=[1])


def test_each_population_needs_its_own_scheduler():
    scheduler = toy_scheduler()
    for schedulers in ([], [scheduler, scheduler]):
        with pytest.raises(ValueError, match="one of its own for each population"):
            Populations(schedulers)
    with pytest.raises(TypeError, match="each of schedulers must be a scheduler, got 3"):
        Populations([3])


@pytest.mark.parametrize("config", [{}, {"population": 1}, {"population": -1}])
def test_a_trial_without_a_population_is_refused(config):
    with pytest.raises(ValueError, match="which of the populations 0 to 0"):
        Populations([toy_scheduler()]).on_trial_add(
            None, Trial("a", config=config, stub=True)
        )


def test_there_is_a_callback_for_each_population():
    scheduler = Populations([toy_scheduler(), toy_scheduler()])
    with pytest.raises(ValueError, match="callbacks must be 2"):
        PerPopulation(scheduler, [])
    with pytest.raises(TypeError, match="scheduler must be a Populations scheduler"):
        PerPopulation(toy_scheduler(), [])
