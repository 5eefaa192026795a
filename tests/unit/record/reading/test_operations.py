"""What explore did is named where the values allow it, and not where they do not."""

import pytest
from pbt_examples.record.reading.operations import operations

FACTORS = (1.2, 0.8)


def told(*pairs, known=None, firsts=()):
    return operations(pairs, FACTORS, known or [True] * len(pairs), firsts)


def test_a_move_to_a_neighbour_in_a_list_of_floats_is_not_called_a_draw():
    # Ray moves along a list of choices to the next one, or draws one: both look alike.
    assert told((0.01, 0.001), (0.001, 0.01), (0.1, 0.01)) == ["changed"] * 3


def test_a_number_that_recurs_comes_from_a_list_however_long_it_is():
    long, longer = 0.0031622776601683794, 0.03162277660168379
    assert told((0.001, long), firsts=[long]) == ["changed"]
    assert told((0.001, long), (longer, long)) == ["changed"] * 2
    assert told((long, 0.01), (0.01, longer)) == ["changed"] * 2
    # Kept by one trial or multiplied by another, it need not come from a list.
    kept = told((0.5, long), (long, long), (long, long * 0.8))
    assert kept == ["resample", "", "* 0.8"]


@pytest.mark.parametrize(
    ("old", "new", "done"),
    [
        (64, 77, "* 1.2"),  # 76.8
        (64, 51, "* 0.8"),  # 51.2
        (3, 4, "* 1.2"),  # 3.6
        (64, 76, "* 1.2"),  # as Ray once did: it dropped the fraction
        (13, 15, "* 1.2"),
        (64, 75, "changed"),
        (1, 1, ""),  # 1.2 and 0.8 are rounded to what was there
    ],
)
def test_a_product_of_whole_numbers_is_rounded_or_truncated(old, new, done):
    assert told((old, new)) == [done]


def test_one_product_of_floats_shows_that_the_others_were_drawn():
    assert told((0.5, 0.6), (0.6, 0.25)) == ["* 1.2", "resample"]


def test_several_values_at_a_limit_were_not_drawn():
    pairs = (0.45, 0.45 * 0.8), (0.9, 0.5), (0.47, 0.5)
    assert told(*pairs) == ["* 0.8", "changed", "changed"]


def test_ratios_that_recur_are_those_of_other_factors():
    low, high = 0.12345678901234, 0.23456789012345
    assert told((low, low * 1.5), (high, high * 1.5)) == ["changed"] * 2
    assert told((0.0, low), (0.0, high)) == ["resample"] * 2


def test_a_number_with_all_its_digits_was_drawn():
    assert told((0.5, 0.7368421052631579)) == ["resample"]


@pytest.mark.parametrize(
    "pair",
    [("adam", "sgd"), (True, False), (None, 0.5), ("[1]", "[2]"), (1, True), (1, 1.5)],
)
def test_of_other_values_only_a_change_is_known(pair):
    assert told(pair) == ["changed"]


def test_a_draw_from_a_grid_may_recur_beside_products():
    # Neither a factor, since the usual ones were used, nor a limit: 0.04 is not below it.
    twice = told((0.05, 0.0185), (0.05, 0.05 * 1.2), (0.05, 0.0185), (0.05, 0.05 * 0.8))
    assert twice == ["resample", "* 1.2", "resample", "* 0.8"]
    assert told((0.05, 0.0185), (0.05, 0.0185)) == ["changed"] * 2
    cut = told((0.022, 0.0185), (0.05, 0.05 * 1.2), (0.021, 0.0185))
    assert cut == ["changed", "* 1.2", "changed"]


def test_what_is_kept_or_unknown_has_no_operation():
    assert told((0.5, 0.5), (float("nan"), 0.6), known=[True, False]) == ["", ""]
