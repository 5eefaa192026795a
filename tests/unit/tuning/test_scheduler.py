"""What the scheduler takes, and tells of itself, before any run."""

import pytest
from pbt_examples.tuning import PopulationBasedTraining
from ray import tune

MUTATIONS = {"lr": tune.uniform(0.1, 0.2)}


@pytest.mark.parametrize(("given", "seed"), [({}, 0), ({"seed": 2**32 - 1}, 2**32 - 1)])
def test_any_seed_of_numpy_will_do_and_zero_is_the_default(given, seed):
    assert PopulationBasedTraining(hyperparam_mutations=MUTATIONS, **given).seed == seed


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


def test_the_largest_settings_are_taken():
    settings = PopulationBasedTraining(
        hyperparam_mutations=MUTATIONS, quantile_fraction=0.5, resample_probability=1.0
    ).settings
    assert (settings["quantile_fraction"], settings["resample_probability"]) == (0.5, 1)


def test_domains_have_their_ends_where_they_have_any():
    mutations = {
        "range": tune.qloguniform(0.005, 0.1, 0.0005),
        "list": [3, 1.5, 2],
        "tuple": (8, 16),
        "words": ["relu", "tanh"],
        "mixed": [1, "two"],
        "choice": tune.choice([1, 2]),
        "function": lambda: 0.5,
        "nested": {"one": tune.uniform(0, 1), "deeper": {"two": [4, 5]}},
    }
    assert PopulationBasedTraining(hyperparam_mutations=mutations).domains == {
        "range": (0.005, 0.1),
        "list": (1.5, 3),
        "tuple": (8, 16),
        "words": None,
        "mixed": None,
        "choice": None,
        "function": None,
        "nested/one": (0, 1),
        "nested/deeper/two": (4, 5),
    }
