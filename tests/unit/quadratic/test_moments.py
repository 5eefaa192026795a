"""The expected moments and losses agree with noisy SGD, and with the definition."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pbt_examples.quadratic import (
    best_cosine,
    expected_loss,
    expected_step,
    greedy_schedule,
    loss_curve,
)
from pbt_examples.quadratic.moments import CURVATURE, NOISE, START

WALKERS = 100_000


def simulate(schedule, walkers=WALKERS):
    """Return the losses of SGD itself, with a noisy gradient, for many walkers."""
    rng = np.random.default_rng(0)
    theta = np.sqrt(START) * rng.choice([-1.0, 1.0], (walkers, 2))
    losses = np.empty((walkers, len(schedule)))
    for step, lr in enumerate(schedule):
        noise = CURVATURE * np.sqrt(NOISE) * rng.normal(size=theta.shape)
        gradient = CURVATURE * theta + noise
        theta = theta - lr * gradient
        losses[:, step] = 0.5 * (CURVATURE * theta**2).sum(axis=1)
    return losses


@pytest.mark.parametrize(
    "schedule",
    [np.full(20, 1.9), np.full(20, 0.38), greedy_schedule()[:20], best_cosine()[:20]],
    ids=["long steps", "constant", "greedy", "cosine"],
)
def test_expected_losses_are_the_means_of_simulated_sgd(schedule):
    losses = simulate(schedule)
    error = losses.std(axis=0) / WALKERS**0.5
    assert (np.abs(losses.mean(axis=0) - loss_curve(schedule)) < 5 * error + 1e-12).all()


def test_one_step_is_as_computed_by_hand():
    moments = expected_step([1.0, 100.0], 0.5)
    # 0.5² * 1 + 0.5² * 1, and 0.99² * 100 + 0.01² * 1
    assert_allclose(moments, [0.5, 98.0101], rtol=1e-15)
    assert_allclose(expected_loss(moments), 0.25 + 0.980101, rtol=1e-15)


def test_a_step_of_length_zero_changes_nothing():
    assert_array_equal(expected_step(START, 0.0), START)


def test_several_schedules_give_the_same_bits_as_each_alone():
    schedules = np.random.default_rng(0).uniform(0.0, 1.9, (3, 4, 30))
    together = loss_curve(schedules)
    assert together.shape == schedules.shape
    for place in np.ndindex(3, 4):
        assert_array_equal(together[place], loss_curve(schedules[place]))


def test_a_curve_can_continue_another():
    schedule = np.linspace(1.5, 0.1, 12)
    moments = np.array(START)
    for lr in schedule[:5]:
        moments = expected_step(moments, lr)
    assert_array_equal(loss_curve(schedule)[5:], loss_curve(schedule[5:], moments=moments))


@pytest.mark.parametrize("function", [expected_loss, lambda m: expected_step(m, 0.1)])
def test_anything_but_two_coordinates_is_refused(function):
    for moments in (1.0, [1.0, 2.0, 3.0]):
        with pytest.raises(ValueError, match="2 coordinates along the last axis"):
            function(moments)


@pytest.mark.parametrize("schedule", [0.1, []])
def test_a_schedule_without_steps_is_refused(schedule):
    with pytest.raises(ValueError, match="length of schedule must be at least 1, got 0"):
        loss_curve(schedule)
