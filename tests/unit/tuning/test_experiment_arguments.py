"""`run_experiment` refuses wrong arguments before it starts anything."""

import math

import pytest
import ray
from pbt_examples.toy import toy_param_space, train_toy
from pbt_examples.tuning import run_experiment

NAN, INF = math.nan, math.inf


def start(trainable=train_toy, param_space=None, **options):
    run_experiment(trainable, param_space or toy_param_space(), **options)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("trainable", 3, TypeError),
        ("param_space", [1], TypeError),
        ("scheduler", "pbt", TypeError),
        ("metric", None, TypeError),
        ("mode", "best", ValueError),
        ("hyperparameters", "lr", TypeError),
        ("patience", NAN, ValueError),
        ("slots", 0, ValueError),
        ("slots", 10**9, ValueError),
        ("slots", "2", TypeError),
        ("folder", 3, TypeError),
        *(
            (name, value, ValueError)
            for name in ("iterations", "num_samples", "max_failures", "seed")
            for value in (-1,)
        ),
        *(
            (name, value, TypeError)
            for name in ("iterations", "num_samples", "max_failures", "seed")
            for value in ("3", 1.5, NAN, INF, None)
        ),
        ("iterations", 0, ValueError),
        ("num_samples", 0, ValueError),
    ],
)
def test_a_wrong_argument_is_named_before_anything_starts(name, value, error):
    with pytest.raises(error, match=f"{name} must be .*, got"):
        start(**{name: value})
    assert not ray.is_initialized()
