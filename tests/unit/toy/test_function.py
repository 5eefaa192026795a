"""The toy problem is what its formulas say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pbt_examples.toy import Q, Qhat, get_init_theta, grad_Qhat
from pbt_examples.toy.function import Q_MAX

pairs = st.tuples(st.floats(-2, 2), st.floats(-2, 2))


def test_Q_has_its_maximum_of_1_2_at_the_origin():
    assert Q([0, 0]) == Q_MAX == 1.2
    away = np.random.default_rng(0).normal(size=(100, 2))
    assert (Q(away) < 1.2).all()


def test_Q_and_Qhat_have_the_values_computed_by_hand():
    assert Q([0.4, 0.5]) == pytest.approx(1.2 - (0.75 * 0.16 + 0.25))
    assert Qhat([0.4, 0.5], [2, 3]) == pytest.approx(1.2 - (0.75 * 2 * 0.16 + 3 * 0.25))


@given(pairs)
def test_Qhat_equals_Q_if_h_is_one(theta):
    assert Qhat(theta, [1, 1]) == Q(theta)


@given(theta=pairs, h=pairs)
def test_both_gradients_agree_with_finite_differences(theta, h):
    theta, h, step = np.array(theta), np.array(h), 1e-6
    gradient = grad_Qhat(theta, h)
    for axis, along in enumerate(step * np.eye(2)):
        by_theta = (Qhat(theta + along, h) - Qhat(theta - along, h)) / (2 * step)
        by_h = (Qhat(theta, h + along) - Qhat(theta, h - along)) / (2 * step)
        assert gradient.theta[axis] == pytest.approx(by_theta, abs=1e-6)
        assert gradient.h[axis] == pytest.approx(by_h, abs=1e-6)


def test_many_points_at_once_equal_the_points_one_by_one():
    rng = np.random.default_rng(0)
    theta, h = rng.normal(size=(3, 5, 2)), rng.normal(size=(3, 5, 2))
    for i in np.ndindex(3, 5):
        assert Q(theta)[i] == Q(theta[i])
        assert Qhat(theta, h)[i] == Qhat(theta[i], h[i])
        assert (grad_Qhat(theta, h).theta[i] == grad_Qhat(theta[i], h[i]).theta).all()


def test_every_trial_starts_from_its_own_array():
    get_init_theta()[0] = 7
    assert (get_init_theta() == [0.9, 0.9]).all()


@pytest.mark.parametrize(
    "function", [Q, lambda x: Qhat(x, [1, 1]), lambda x: Qhat([1, 1], x)]
)
@pytest.mark.parametrize("bad", [3.0, [1, 2, 3], []])
def test_anything_but_pairs_is_refused_with_its_shape(function, bad):
    with pytest.raises(ValueError, match=r"(theta|h) must hold two coordinates .* \(.*\)"):
        function(bad)
