"""What the noisy quadratic and its schedulers cannot use is refused with an explanation."""

import math

import pandas as pd
import pytest
from pbt_examples.quadratic import STEPS, quadratic_param_space, quadratic_pb2
from pbt_examples.quadratic.moments import LR_RANGE
from pbt_examples.tuning import MultipleFrequencies, pb2_belief
from pbt_examples.tuning.pb2 import small_model
from ray import tune
from sklearn import get_config


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"interval": 0}, f"interval must be between 1 and {STEPS}, got 0"),
        ({"interval": STEPS + 1}, f"interval must be between 1 and {STEPS}"),
        ({"interval": 2.5}, "interval must be an integer, got 2.5"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"trials": 0}, "trials must be at least 1, got 0"),
        ({"decay": "cosine"}, "decay must be True or False, got 'cosine'"),
    ],
)
def test_a_wrong_search_space_is_refused(changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        quadratic_param_space(**{"interval": 10} | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, "seed must be between 0 and .*, got -1"),
        ({"quantile_fraction": 0.7}, "quantile_fraction must be between"),
        ({"hyperparam_bounds": {"lr": [2, 1]}}, "low <= high"),
    ],
)
def test_wrong_settings_of_pb2_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        quadratic_pb2(**changes)


@pytest.mark.parametrize(("reward", "finite"), [(0.5, True), (math.inf, False)])
def test_the_model_of_pb2_still_checks_for_rewards_that_are_not_finite(reward, finite):
    with small_model(pd.DataFrame({"Reward": [0.1, reward]})):
        assert get_config()["assume_finite"] is finite
    assert get_config()["assume_finite"] is False


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"lr": [0, 1], "h": [0, 1]}, "PB2 must tune one hyperparameter, got .*'h'"),
        ({"lr": [0, 1]}, r"place must be that of an exploit by the model, .*got 3"),
    ],
)
def test_a_belief_is_that_of_one_decision_about_one_hyperparameter(bounds, message):
    with pytest.raises(ValueError, match=message):
        pb2_belief(quadratic_pb2(hyperparam_bounds=bounds), 3, [0.5])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"intervals": [2, 3]}, r"multiples of the shortest, got \[2, 3\]"),
        ({"intervals": [0]}, "each of intervals must be at least 1, got 0"),
        ({"intervals": []}, "intervals must hold at least one number"),
        ({"seed": -1}, "seed must be between"),
    ],
)
def test_wrong_settings_of_subpopulations_are_refused(changes, message):
    settings = {
        "intervals": [1, 4],
        "hyperparam_mutations": {"lr": tune.loguniform(*LR_RANGE)},
    }
    with pytest.raises(ValueError, match=message):
        MultipleFrequencies(**settings | changes)
