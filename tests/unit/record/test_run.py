"""Properties of a run, checked on generated runs."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pbt_examples import Run, same_history
from pbt_examples.record.info import RunInfo
from pbt_examples.record.run import check_run
from pbt_examples.record.tables import (
    EVENT_COLUMNS,
    TIMING_COLUMNS,
    exploit_columns,
    exploits_table,
)
from plotting_runs import asynchronous, grid, synchronous

NUMBERS = st.floats(allow_nan=False)
WHOLE = st.integers(-(2**63), 2**63 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1
)
KNOWN = {"trial", "segment", "iteration", "time", "duration", "pid"}


@st.composite
def runs(draw):
    """A run as PBT makes it: trials in step, and exploits among them at some iterations."""
    trials = draw(st.integers(1, 4))
    names = draw(st.lists(NAMES.filter(lambda n: n not in KNOWN), min_size=3, max_size=3,
                          unique=True))  # fmt: skip
    metric, *hyperparameters = names
    kinds = [draw(st.sampled_from([NUMBERS, WHOLE])) for _ in hyperparameters]
    configs = {trial: [draw(kind) for kind in kinds] for trial in range(trials)}
    segments = dict.fromkeys(configs, 0)
    rows, exploits = [], []
    for iteration in range(1, draw(st.integers(1, 6)) + 1):
        scores = {trial: draw(NUMBERS) for trial in configs}
        rows += [
            [trial, segments[trial], iteration, scores[trial], *configs[trial], 0.5, 0.1, 7]
            for trial in configs
        ]
        donors = draw(st.sets(st.sampled_from(sorted(configs))))
        before = dict(segments)
        for target in sorted(set(configs) - donors) if donors else ():
            donor = draw(st.sampled_from(sorted(donors)))
            new = [draw(kind) for kind in kinds]
            segments[target] += 1
            row = [iteration, target, donor, iteration, segments[target], before[donor]]
            row += [scores[target], scores[donor]]
            for old, value in zip(configs[donor], new, strict=True):
                row += [old, value, draw(st.sampled_from(["", "resample", "* 1.2"]))]
            exploits.append(row)
            configs[target] = new
    columns = ["trial", "segment", "iteration", metric, *hyperparameters]
    history = pd.DataFrame(rows, columns=[*columns, "time", "duration", "pid"])
    return Run(
        history=history.sort_values(columns[:3]).reset_index(drop=True),
        exploits=pd.DataFrame(exploits, columns=exploit_columns(hyperparameters)),
        metric=metric,
        mode=draw(st.sampled_from(["max", "min"])),
        hyperparameters=tuple(hyperparameters),
        info=RunInfo(
            seed=draw(st.none() | st.integers(0, 2**32 - 1)),
            synch=draw(st.none() | st.booleans()),
            domains=draw(
                st.dictionaries(
                    st.text(max_size=3),
                    st.none() | st.tuples(FINITE, FINITE),
                    max_size=2,
                )
            ),
            versions=draw(st.dictionaries(st.text(max_size=3), NAMES, max_size=2)),
        ),
    )


MANY = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@MANY
@given(run=runs())
def test_a_saved_run_is_restored_to_the_last_bit(tmp_path, run):
    again = Run.load(run.save(tmp_path))
    assert same_history(run, again)
    assert same_history(again, run)
    for name in ("history", "exploits", "events"):
        assert getattr(again, name).equals(getattr(run, name)) or not len(
            getattr(run, name)
        )
        assert list(getattr(again, name)) == list(getattr(run, name))
    for name in ("metric", "mode", "hyperparameters", "info", "trials", "winner"):
        assert getattr(again, name) == getattr(run, name)


@MANY
@given(run=runs())
def test_an_ancestry_is_one_unbroken_line_through_the_history(run):
    for trial in run.trials:
        line = run.ancestry(trial)
        last = run.of_trial(trial).iloc[-1]
        assert line["iteration"].tolist() == list(range(1, int(last["iteration"]) + 1))
        assert line.iloc[-1].equals(last)
        assert line.iloc[0]["segment"] == 0
        reported = set(map(tuple, run.history.to_numpy(object).tolist()))
        assert set(map(tuple, line.to_numpy(object).tolist())) <= reported
        places = line[["trial", "segment"]].drop_duplicates().to_numpy().tolist()
        known = run.exploits[["donor", "donor_segment", "target", "segment"]]
        known = known.to_numpy().tolist()
        for one, other in pairwise(places):
            assert [*one, *other] in known


@MANY
@given(run=runs())
def test_the_winner_ends_with_the_best_metric_and_is_the_first_of_equals(run):
    ends = [run.of_trial(trial)[run.metric].iloc[-1] for trial in run.trials]
    best = max(ends) if run.mode == "max" else min(ends)
    assert run.winner == run.trials[ends.index(best)]
    assert isinstance(run.winner, int)


@MANY
@given(run=runs(), data=st.data())
def test_two_histories_are_the_same_only_to_the_last_bit(run, data):
    table = data.draw(
        st.sampled_from(["history", "exploits"] if len(run.exploits) else ["history"])
    )
    column = data.draw(st.sampled_from(list(getattr(run, table))))
    changed = getattr(run, table).copy()
    row = data.draw(st.integers(0, len(changed) - 1))
    old = changed[column][row]
    types = pd.api.types
    if types.is_float_dtype(changed[column]):
        new = np.nextafter(old, np.inf if old < 0 else -np.inf)
    elif types.is_integer_dtype(changed[column]):
        new = old + (1 if old < 0 else -1)
    else:
        new = f"{old}x"
    changed.loc[row, column] = new
    other = replace(run, **{table: changed})
    assert same_history(run, replace(run, **{table: getattr(run, table).copy()}))
    assert same_history(run, other) == (table == "history" and column in TIMING_COLUMNS)


@MANY
@given(run=runs())
def test_a_first_config_keeps_the_types_of_the_first_row(run):
    for trial in run.trials:
        config, lane = run.first_config(trial), run.of_trial(trial)
        assert list(config) == list(run.hyperparameters)
        for name, value in config.items():
            assert value == lane[name].iloc[0]
            assert np.asarray(value).dtype == lane[name].dtype


def test_anything_but_a_run_with_reports_is_refused():
    with pytest.raises(TypeError, match=r"^run must be a Run, such as Run\.load .*, got 3"):
        check_run(3)
    empty = replace(grid(), history=grid().history.iloc[:0])
    with pytest.raises(ValueError, match=r"^run must have reports, got Run\(0 trials"):
        check_run(empty)


def test_a_trial_has_its_rows_in_the_order_in_which_they_were_reported():
    lane = asynchronous().of_trial(0)
    assert lane["iteration"].tolist() == [1, 2, 3, 4, 5, 6, 7, 7, 8]
    assert lane["trial"].eq(0).all()


def test_trials_are_listed_in_order_as_plain_numbers():
    run = synchronous()
    shuffled = replace(run, history=run.history.iloc[::-1])
    assert shuffled.trials == [0, 1, 2]
    assert all(type(trial) is int for trial in shuffled.trials)


def test_a_first_config_has_exactly_the_first_hyperparameters():
    assert synchronous().first_config(2) == {"h0": 0.5, "h1": 0.4, "lr": 0.05}


def test_an_ancestry_goes_back_to_the_iteration_of_the_donor_in_an_asynchronous_run():
    line = asynchronous().ancestry(0)[["trial", "segment", "iteration"]]
    first = [[0, 0, iteration] for iteration in range(1, 6)]
    assert line.to_numpy().tolist() == [*first, [1, 1, 6], [0, 1, 7], [0, 1, 8]]
    assert line.index.tolist() == list(range(8))


def test_in_mode_min_the_winner_has_the_lowest_metric():
    run = grid(3)
    assert run.winner == 2
    assert replace(run, mode="min").winner == 0


def test_the_repr_of_a_run_has_its_size():
    assert repr(synchronous()) == "Run(3 trials, 18 reports, 3 exploits, metric 'Q')"


def test_a_run_without_a_column_is_refused_by_name(tmp_path):
    for name in ("trial", "segment", "iteration", "time", "duration", "pid", "Q", "lr"):
        history = synchronous().history.drop(columns=name)
        with pytest.raises(ValueError, match=rf"history lacks the columns \['{name}'\]"):
            replace(synchronous(), history=history)
    for name in exploit_columns([]):
        exploits = synchronous().exploits.drop(columns=name)
        with pytest.raises(ValueError, match=rf"exploits lacks the columns \['{name}'\]"):
            replace(synchronous(), exploits=exploits)


@pytest.mark.parametrize("name", exploit_columns([])[:6])
def test_places_of_exploits_must_be_whole_numbers(name):
    exploits = synchronous().exploits.astype({name: float})
    with pytest.raises(ValueError, match=f"{name} in exploits must hold whole numbers"):
        replace(synchronous(), exploits=exploits).check()


@pytest.mark.parametrize("name", ["trial", "segment", "iteration"])
def test_places_in_the_history_must_be_whole_numbers(name):
    history = synchronous().history.astype({name: float})
    with pytest.raises(ValueError, match=f"{name} in history must hold whole numbers"):
        replace(synchronous(), history=history).check()


@pytest.mark.parametrize("time", [np.nan, np.inf, -1.7e308, "soon"])
def test_events_without_a_time_are_refused(time):
    events = pd.DataFrame([(0.5, 0, "start"), (time, 0, "report")], columns=EVENT_COLUMNS)
    with pytest.raises(ValueError, match="time in events must hold seconds"):
        replace(synchronous(), events=events).check()


def test_events_of_unknown_trials_are_refused():
    events = pd.DataFrame([(0.5, 0.5, "start")], columns=EVENT_COLUMNS)
    with pytest.raises(ValueError, match="trial in events must hold whole numbers"):
        replace(synchronous(), events=events).check()


def test_an_empty_table_of_exploits_has_the_dtypes_of_a_non_empty_one():
    history = pd.DataFrame({"lr": [0.1, 0.2], "layers": [2, 3], "name": ["a", "b"]})
    values = [4, 1, 0, 4, 1, 0, 0.5, 1.0]
    values += [0.1, 0.12, "* 1.2", 2, 3, "next", "a", "b", "resample"]
    row = dict(zip(exploit_columns(list(history)), values, strict=True))
    table = exploits_table([row], history, list(history))
    assert table.to_dict("records") == [row]
    empty = exploits_table([], history, list(history))
    assert empty.empty
    assert empty.dtypes.equals(table.dtypes)
