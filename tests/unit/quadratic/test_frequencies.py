"""Subpopulations decide at their own intervals, and migrants follow the rules."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from pbt_examples.quadratic import STEPS, FrequenciesReference, Reference, loss_curve


def test_the_loss_of_a_winner_is_that_of_its_schedule():
    winners = FrequenciesReference(intervals=(5, 50)).winners(50)
    assert_array_equal(loss_curve(winners.schedule)[:, -1], winners.loss)
    assert len(np.unique(winners.loss)) == 50


def test_a_single_interval_is_pbt():
    alone = FrequenciesReference(intervals=(20,)).winners(500).loss
    pbt = Reference(interval=20, trials=32).winners(500).loss
    for quantile in (0.05, 0.25, 0.5, 0.75):
        assert np.quantile(alone, quantile) == pytest.approx(
            np.quantile(pbt, quantile), rel=0.12
        )


def test_without_migration_the_winner_is_the_best_of_small_populations():
    apart = FrequenciesReference(intervals=(20, 20), migration=False).winners(500).loss
    half = Reference(interval=20, trials=16).winners(1000).loss.reshape(500, 2).min(axis=1)
    assert np.median(apart) == pytest.approx(np.median(half), rel=0.1)


def test_migration_helps_if_no_interval_is_good():
    together, apart = (
        FrequenciesReference(intervals=(5, 50), migration=migration).winners(300).loss
        for migration in (True, False)
    )
    assert np.median(together) < 0.85 * np.median(apart)


def test_without_decisions_nothing_changes():
    winners = FrequenciesReference(intervals=(STEPS, 2 * STEPS)).winners(20)
    assert (winners.schedule == winners.schedule[:, :1]).all()


@pytest.mark.parametrize("intervals", [(1, 10), (10, 1)], ids=["to slow", "to fast"])
def test_learning_rates_come_from_the_slower_only(intervals):
    # Two subpopulations of four, the second of which decides. Its ranking is 0, 1, 2, 3,
    # and trial 2, in the third quarter, is worse than the best outside, which is trial 1.
    first_moments = np.array([[50.0, 20.0, 60.0, 70.0], [10.0, 25.0, 30.0, 80.0]])
    moments = np.stack([first_moments, np.ones((2, 4))], axis=-1)[np.newaxis]
    lr = np.arange(1.0, 9.0).reshape(1, 2, 4)
    paths = np.zeros((1, 2, 4, STEPS))
    paths[0, :, :, 0] = lr[0]
    after = moments.copy(), lr.copy(), paths.copy()
    pbt = FrequenciesReference(intervals=intervals, trials=8)
    pbt._decide(1, (moments, lr, paths), after, np.random.default_rng(0))
    new_moments, new_lr, new_paths = (each[0] for each in after)
    assert new_moments[1, 2, 0] == 20.0
    assert new_paths[1, 2, 0] == 2.0
    best_inside, migrant = 5.0, 2.0
    assert new_lr[1, 2] == (best_inside if intervals == (1, 10) else migrant)
    assert new_moments[1, 3, 0] == 10.0  # the last quarter exploits the best inside
    assert_array_equal(new_lr[1, :2], [5.0, 6.0])
    assert_array_equal(new_moments[0], moments[0, 0])
    assert_array_equal(new_lr[0], lr[0, 0])


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"intervals": (0, 5)}, ValueError, "each of intervals must be at least 1, got 0"),
        ({"trials": 33}, ValueError, "a multiple of 2, .*got 33"),
        ({"trials": 6}, ValueError, "trials must be at least 8, got 6"),
        ({"intervals": 5}, TypeError, "intervals must be a sequence of numbers, got 5"),
    ],
)
def test_wrong_settings_are_refused(changes, error, message):
    with pytest.raises(error, match=message):
        FrequenciesReference(**{"intervals": (5, 50)} | changes)
