"""The reference does what PBT's rules say, and its distributions are the known ones."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from pbt_examples.quadratic import STEPS, Reference, best_constant, loss_curve
from pbt_examples.quadratic.moments import LR_RANGE
from pbt_examples.quadratic.reference import FACTORS

CONSTANT = loss_curve(best_constant())[-1]


def test_the_loss_of_a_winner_is_that_of_its_schedule():
    winners = Reference(interval=20).winners(100)
    assert winners.schedule.shape == (100, STEPS)
    assert_array_equal(loss_curve(winners.schedule)[:, -1], winners.loss)


@pytest.mark.parametrize(
    ("interval", "median", "spread"),
    [(1, 0.464, 0.01), (5, 0.156, 0.02), (20, 0.091, 0.015), (100, 0.165, 0.02)],
)
def test_median_losses_are_the_known_ones(interval, median, spread):
    # Measured with 200 seeds of another program.
    loss = Reference(interval=interval).winners(500).loss
    assert np.median(loss) == pytest.approx(median, abs=spread)


def test_a_run_depends_on_its_number_and_the_seed_alone():
    few, many = (Reference(interval=50, trials=4).winners(n) for n in (3, 700))
    assert_array_equal(few.schedule, many.schedule[:3])
    assert len(np.unique(many.loss)) == 700
    other = Reference(interval=50, trials=4).winners(3, seed=1)
    assert not np.isin(other.loss, many.loss).any()


@pytest.mark.parametrize("burn_in", [0, 70])
def test_learning_rates_change_at_decisions_only(burn_in):
    schedule = Reference(interval=20, burn_in=burn_in).winners(200).schedule
    changed = (np.diff(schedule) != 0).any(axis=0)
    steps = np.flatnonzero(changed) + 1  # made with the old value
    assert set(steps) == {s for s in range(20, STEPS, 20) if s >= burn_in}


def test_new_learning_rates_are_multiples_or_draws():
    schedule = Reference(interval=10, resample_probability=0.0).winners(200).schedule
    before, after = schedule[:, :-1], schedule[:, 1:]
    known = [before == after, *(before * factor == after for factor in FACTORS)]
    assert np.any(known, axis=0).all()
    drawn = Reference(interval=10, resample_probability=1.0).winners(200).schedule
    assert drawn.min() >= LR_RANGE[0]
    assert drawn.max() <= LR_RANGE[1]
    before, after = drawn[:, :-1], drawn[:, 1:]
    assert not any((before * factor == after).any() for factor in FACTORS)


def test_without_exploits_the_winner_is_the_best_of_its_constants():
    winners = Reference(interval=20, quantile_fraction=0.0).winners(500)
    assert (winners.schedule == winners.schedule[:, :1]).all()
    assert (winners.loss >= CONSTANT).all()
    more = Reference(interval=20, quantile_fraction=0.0, trials=64).winners(500)
    assert np.median(more.loss) < np.median(winners.loss)


def test_a_decay_multiplies_each_learning_rate():
    plain = Reference(interval=200).winners(200)
    decayed = Reference(interval=200, decay=True).winners(200)
    assert (np.diff(plain.schedule) == 0).all()
    assert (np.diff(decayed.schedule) < 0).all()
    assert np.median(decayed.loss) < np.median(plain.loss)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"interval": 0}, "interval must be at least 1, got 0"),
        ({"trials": 0}, "trials must be at least 1, got 0"),
        ({"burn_in": -1}, "burn_in must be at least 0, got -1"),
        ({"quantile_fraction": 0.6}, "quantile_fraction must be between 0.0 and 0.5"),
        ({"resample_probability": 2}, "resample_probability must be between 0.0 and 1.0"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_range(changes, message):
    with pytest.raises(ValueError, match=message):
        Reference(**{"interval": 20} | changes)


def test_a_decay_is_true_or_false():
    with pytest.raises(TypeError, match="decay must be True or False, got 1"):
        Reference(interval=20, decay=1)
