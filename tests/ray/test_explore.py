"""What Ray's explore does to each type of hyperparameter, as the guide says."""

import random

import numpy as np
import pytest
from ray import tune
from ray.tune.schedulers.pbt import _explore
from ray_releases import EXPLORE_ROUNDS

FACTORS = (1.2, 0.8)


@pytest.fixture(autouse=True)
def the_same_draws_each_time():
    states = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])


def explored(value, domain, *, resample, custom=None):
    """Return all the values that explore gives in many calls."""
    return {
        _explore({"h": value}, {"h": domain}, resample, FACTORS, custom)[0]["h"]
        for _ in range(300)
    }


def test_a_float_is_multiplied_or_drawn_inside_its_domain():
    assert explored(0.5, tune.uniform(0, 1), resample=0.0) == {0.6, 0.4}
    drawn = explored(0.5, tune.uniform(0, 1), resample=1.0)
    assert len(drawn) > 200
    assert all(0 <= value <= 1 for value in drawn)


def test_an_integer_start_makes_even_resampled_values_integers():
    assert explored(0, tune.uniform(0, 0.5), resample=1.0) == {0}
    ones = {1} if EXPLORE_ROUNDS else set()
    assert explored(1, tune.uniform(0, 1), resample=1.0) == {0} | ones
    assert len(explored(0.0, tune.uniform(0, 0.5), resample=1.0)) > 200


def test_zero_stays_zero_without_resampling():
    assert explored(0.0, tune.uniform(0, 1), resample=0.0) == {0.0}


@pytest.mark.parametrize("value", [1, 2])
def test_a_small_integer_is_a_fixed_point_of_both_factors_if_explore_rounds(value):
    smaller = set() if EXPLORE_ROUNDS else {value - 1}
    assert explored(value, tune.randint(1, 9), resample=0.0) == {value} | smaller


def test_a_product_leaves_the_declared_range():
    assert max(explored(1.0, tune.uniform(0, 1), resample=0.0)) > 1


def test_custom_explore_fn_is_called_last():
    def clip(config):
        return {"h": min(config["h"], 1.0)}

    assert explored(1.0, tune.uniform(0, 1), resample=0.0, custom=clip) == {1.0, 0.8}


def test_a_list_moves_to_a_neighbour_and_stays_at_its_end():
    sizes = [32, 64, 128, 256]
    assert explored(64, sizes, resample=0.0) == {32, 128}
    assert explored(256, sizes, resample=0.0) == {128, 256}


def test_a_choice_of_numbers_is_taken_for_a_continuous_range():
    more = 77 if EXPLORE_ROUNDS else 76  # of 76.8
    assert explored(64, tune.choice([32, 64, 128]), resample=0.0) == {51, more}


def test_a_choice_of_names_cannot_be_multiplied():
    with pytest.raises(TypeError):
        explored("relu", tune.choice(["relu", "tanh"]), resample=0.0)


def test_a_boolean_of_a_choice_flips_only_when_drawn():
    multiplied = {True} if EXPLORE_ROUNDS else {0, 1}  # before, booleans were integers
    assert explored(True, tune.choice([True, False]), resample=0.0) == multiplied
    assert explored(True, tune.choice([True, False]), resample=1.0) == {True, False}


def test_a_nested_hyperparameter_is_explored_in_its_place():
    config, operations = _explore(
        {"optimizer": {"lr": 0.5, "fixed": 1}},
        {"optimizer": {"lr": tune.uniform(0, 1)}},
        0.0,
        FACTORS,
        None,
    )
    assert config["optimizer"]["lr"] in {0.6, 0.4}
    assert config["optimizer"]["fixed"] == 1
    assert operations["optimizer"]["lr"].startswith("* ")
