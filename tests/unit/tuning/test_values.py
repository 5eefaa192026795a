"""What a record keeps of the values that it is given."""

import json
import math
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pbt_examples import Run
from pbt_examples.record.tables import HISTORY_COLUMNS
from pbt_examples.tuning.values import as_score, recordable


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.array([[2.5]]), 2.5),
        (np.int64(3), 3),
        (np.True_, True),
        (np.str_("word"), "word"),
        (np.eye(2), [[1.0, 0.0], [0.0, 1.0]]),
        ((1, np.float64(2)), [1, 2.0]),
        ([{"a": np.int8(1)}], [{"a": 1}]),
        (None, None),
        (-(2**63), -(2**63)),
        (pd.Series([1.5]), 1.5),
    ],
)
def test_numbers_strings_and_lists_are_unchanged(value, kept):
    assert recordable(value) == (kept, False)
    assert type(recordable(value)[0]) is type(kept)


@pytest.mark.parametrize(
    ("value", "score"),
    [
        (3, 3),
        (True, 1.0),
        (2**70, 2.0**70),
        (Fraction(1, 4), 0.25),
        (np.float32(0.5), 0.5),
        (np.array([[2]]), 2),
        (math.inf, math.inf),
        (None, math.nan),
    ],
)
def test_trials_are_ranked_by_any_number(value, score):
    assert as_score(value) == pytest.approx(score, nan_ok=True)
    assert type(as_score(value)) is type(score)


@pytest.mark.parametrize("value", ["0.5", 1j, [1.0], np.array([1.0, 2.0]), {}])
def test_trials_are_ranked_only_by_numbers(value):
    with pytest.raises(TypeError, match="a metric must be a number, got"):
        as_score(value)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (2**63, "9223372036854775808"),
        (1j, "1j"),
        (date(2020, 1, 2), "2020-01-02"),
        (Path("a"), "a"),
        ("one\rtwo", "one\\rtwo"),
        ("\ud800", "\\ud800"),
        ([1, {2}], [1, "{2}"]),
        (b"raw", "b'raw'"),
    ],
)
def test_anything_else_becomes_a_string(value, kept):
    assert recordable(value) == (kept, True)


def test_a_long_array_becomes_a_summary():
    kept, as_string = recordable(np.arange(10_000))
    assert as_string
    assert len(kept) < 200


def test_nan_and_infinity_are_numbers():
    assert math.isnan(recordable(math.nan)[0])
    assert recordable(np.float32(math.inf)) == (math.inf, False)


anything = some.recursive(
    some.one_of(
        some.none(), some.booleans(), some.integers(), some.floats(), some.binary(),
        some.text(some.characters()), some.dates(), some.complex_numbers(),
    ),
    lambda each: some.lists(each) | some.dictionaries(some.text(), each),
    max_leaves=5,
)  # fmt: skip


@settings(deadline=None)
@given(some.lists(anything, min_size=1, max_size=4))
def test_every_kept_value_can_be_saved_and_restored(tmp_path_factory, values):
    kept = [recordable(value)[0] for value in values]
    rows = [
        {"trial": 0, "segment": 0, "iteration": i, "time": 0.0, "duration": 0.0, "pid": 1}
        | {"Q": float(i), "odd": value}
        for i, value in enumerate(kept)
    ]
    history = pd.DataFrame(rows, columns=[*HISTORY_COLUMNS, "Q", "odd"])
    columns = ("iteration", "target", "donor", "donor_iteration", "segment")
    columns += ("donor_segment", "target_score", "donor_score")
    run = Run(history=history, exploits=pd.DataFrame(columns=[*columns]), metric="Q")
    back = Run.load(run.save(tmp_path_factory.mktemp("run"))).history
    assert back["Q"].equals(history["Q"])
    assert json.dumps(list(back["odd"].map(str))) == json.dumps(
        list(history["odd"].map(str))
    )
