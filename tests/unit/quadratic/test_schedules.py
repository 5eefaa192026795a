"""Nothing beats the best schedule, and nothing beats the greedy one at its next step."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pbt_examples.quadratic import (
    STEPS,
    Reference,
    best_constant,
    best_cosine,
    best_schedule,
    expected_loss,
    expected_step,
    greedy_schedule,
    loss_curve,
)
from pbt_examples.quadratic.moments import COSINE, LR_RANGE, START
from pbt_examples.quadratic.schedules import _descend, final_loss_and_gradient
from scipy.optimize import check_grad

optimum = cache(best_schedule)  # takes the longest of them


def final(schedule):
    return loss_curve(schedule)[..., -1]


def test_the_final_losses_are_the_known_ones():
    # Measured once, independently of this code.
    assert final(optimum()) == pytest.approx(0.00543, abs=1e-5)
    assert final(best_cosine()) == pytest.approx(0.01516, abs=1e-5)
    assert final(best_constant()) == pytest.approx(0.16460, abs=1e-5)
    assert final(greedy_schedule()) == pytest.approx(0.59117, abs=1e-5)


def test_the_gradient_is_that_of_the_final_loss():
    schedule = np.random.default_rng(0).uniform(0.01, 1.8, 30)
    loss, _ = final_loss_and_gradient(schedule)
    assert loss == final(schedule)
    error = check_grad(
        lambda x: final_loss_and_gradient(x)[0],
        lambda x: final_loss_and_gradient(x)[1],
        schedule,
    )
    assert error < 1e-6


def test_nothing_beats_the_best_schedule():
    rng = np.random.default_rng(0)
    best = optimum()
    near = best * rng.lognormal(sigma=0.02, size=(2000, STEPS))
    far = np.exp(rng.uniform(*np.log(LR_RANGE), (2000, STEPS)))
    found = Reference(interval=20).winners(500).schedule
    for others in (near, far, found, best_cosine(), best_constant(), greedy_schedule()):
        assert (final(np.clip(others, *LR_RANGE)) >= final(best)).all()
    # A descent from elsewhere ends in another local minimum, with more long steps.
    assert np.exp(_descend(np.log(np.clip(best_cosine(), *LR_RANGE))).fun) > final(best)
    assert best.min() >= LR_RANGE[0] * (1 - 1e-12)
    assert best.max() <= LR_RANGE[1] * (1 + 1e-12)


def test_no_learning_rate_beats_the_greedy_one_at_the_next_step():
    moments = np.array(START)
    tried = np.linspace(*LR_RANGE, 2001)
    for lr in greedy_schedule():
        after = expected_step(moments, lr)
        assert expected_loss(after) <= expected_loss(expected_step(moments, tried)).min()
        moments = after


@pytest.mark.parametrize("shape", [np.ones(STEPS), COSINE], ids=["constant", "cosine"])
def test_no_other_multiple_of_its_shape_is_better(shape):
    schedule = best_constant() if shape[-1] == 1 else best_cosine()
    assert_allclose(schedule / schedule[0], shape / shape[0], rtol=1e-14)
    tried = np.linspace(*LR_RANGE, 5000)[:, np.newaxis] * shape
    assert final(schedule) <= final(tried).min()
