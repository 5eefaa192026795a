"""The network on the digits computes and learns what it should, the same way each time."""

import numpy as np
import pandas as pd
import pytest
from pbt_examples.digits import digits_accuracy, digits_loss, digits_split, retrain_digits
from pbt_examples.digits.network import (
    CLASSES,
    HIDDEN,
    PIXELS,
    TRAINING,
    VALIDATION,
    Images,
    init_state,
    train_iteration,
)

SETTING = {"lr": 0.03, "weight_decay": 1e-3, "noise": 0.2}
LAYERS = np.cumsum([0, PIXELS * HIDDEN, HIDDEN, HIDDEN * CLASSES, CLASSES])


def first(n):
    return Images(*(part[:n] for part in digits_split().training))


@pytest.mark.parametrize("layer", range(4), ids=["w1", "b1", "w2", "b2"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_gradient_agrees_with_finite_differences(layer, weight_decay):
    rng = np.random.default_rng(layer)
    theta = init_state(0).theta + 0.1 * rng.standard_normal(LAYERS[-1])
    _, gradient = digits_loss(theta, first(30), weight_decay=weight_decay)
    for weight in rng.integers(LAYERS[layer], LAYERS[layer + 1], size=20):
        step = 1e-5 * (np.arange(len(theta)) == weight)
        above, below = (
            digits_loss(theta + sign * step, first(30), weight_decay=weight_decay)[0]
            for sign in (1, -1)
        )
        assert gradient[weight] == pytest.approx((above - below) / 2e-5, abs=1e-8)


def test_an_untrained_network_has_the_loss_of_guessing():
    theta = np.zeros(LAYERS[-1])
    assert digits_loss(theta, first(50))[0] == pytest.approx(np.log(CLASSES))
    assert digits_accuracy(theta, first(50)) == (first(50).y == 0).mean()


def test_weight_decay_adds_half_the_squared_weights():
    theta = init_state(0).theta
    with_decay, _ = digits_loss(theta, first(9), weight_decay=0.5)
    without, _ = digits_loss(theta, first(9))
    assert with_decay - without == pytest.approx(0.25 * (theta**2).sum())


def test_the_split_uses_every_image_once():
    split = digits_split()
    sizes = [len(images.y) for images in split]
    assert sizes == [TRAINING, VALIDATION, 1797 - TRAINING - VALIDATION]
    assert [images.x.shape for images in split] == [(size, PIXELS) for size in sizes]
    every = np.concatenate([images.x for images in split])
    assert len(np.unique(every, axis=0)) == 1797
    assert (every.min(), every.max()) == (0, 1)


def test_the_split_depends_on_nothing_but_its_seed():
    before = digits_split()
    digits_split.cache_clear()
    np.random.seed(1)  # noqa: NPY002 - somebody else's
    for one, other in zip(before, digits_split(), strict=True):
        assert (one.x == other.x).all()
        assert (one.y == other.y).all()


def test_an_iteration_depends_on_the_state_the_setting_and_the_seed_alone():
    start = init_state(3)
    kept = start.theta.copy()
    one, loss = train_iteration(start, **SETTING, seed=3)
    assert (start.theta == kept).all()
    assert one.iteration == 1

    np.random.seed(1)  # noqa: NPY002 - somebody else's
    train_iteration(init_state(4), **SETTING, seed=4)  # nor does another trial matter
    again, same_loss = train_iteration(start, **SETTING, seed=3)
    assert (one.theta == again.theta).all()
    assert (one.velocity == again.velocity).all()
    assert loss == same_loss

    for change in ({"lr": 0.02}, {"weight_decay": 0.0}, {"noise": 0.1}, {"seed": 4}):
        other, _ = train_iteration(start, **({**SETTING, "seed": 3} | change))
        assert (other.theta != one.theta).any(), change


def test_no_iteration_sees_the_images_in_the_order_of_another():
    state, _ = train_iteration(init_state(0), **SETTING, seed=0)
    later, _ = train_iteration(state._replace(iteration=5), **SETTING, seed=0)
    now, _ = train_iteration(state, **SETTING, seed=0)
    assert (later.theta != now.theta).any()


def test_training_learns_to_read():
    start = digits_accuracy(init_state(0).theta, digits_split().validation)
    theta = retrain_digits(pd.DataFrame([SETTING] * 3), seed=0).theta
    assert start < 0.3
    assert digits_accuracy(theta, digits_split().validation) > 0.92


def test_a_schedule_is_followed_row_by_row():
    schedule = pd.DataFrame([SETTING, SETTING | {"lr": 0.001}])
    expected = init_state(7)
    for row in schedule.to_dict("records"):
        expected, _ = train_iteration(expected, **row, seed=7)
    state = retrain_digits(schedule, seed=7)
    assert np.allclose(state.theta, expected.theta, rtol=0, atol=1e-9)
    assert state.iteration == 2
