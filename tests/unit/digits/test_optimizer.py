"""An optimizer with state trains as the network does, and restores its learning rate."""

import numpy as np
import pandas as pd
import pytest
from pbt_examples.digits import (
    Momentum,
    init_state,
    load_checkpoint,
    retrain_digits,
    save_checkpoint,
)


def test_it_takes_the_same_steps_as_the_network_alone():
    optimizer, theta = Momentum(lr=0.01), init_state(3).theta
    for iteration, lr in enumerate([0.01, 0.02], start=1):
        optimizer.lr = lr
        theta = optimizer.train(theta, iteration, seed=3)
    schedule = pd.DataFrame({"lr": [0.01, 0.02], "weight_decay": 0.0, "noise": 0.0})
    state = retrain_digits(schedule, seed=3)
    assert np.array_equal(theta, state.theta)
    assert np.array_equal(optimizer.velocity, state.velocity)


def test_a_checkpoint_restores_everything_including_the_learning_rate(tmp_path):
    donor, theta = Momentum(lr=0.01), init_state(0).theta
    theta = donor.train(theta, 1, seed=0)
    checkpoint = save_checkpoint(str(tmp_path), theta, donor, 1)
    target = Momentum(lr=0.5)
    restored, iteration = load_checkpoint(checkpoint, target)
    assert iteration == 1
    assert np.array_equal(restored, theta)
    assert np.array_equal(target.velocity, donor.velocity)
    assert target.lr == 0.01


def test_a_wrong_learning_rate_is_refused():
    with pytest.raises(ValueError, match="lr"):
        Momentum(lr=-1.0)
