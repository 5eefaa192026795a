"""Directories of random runs, complete, in mid-run or mixed, are read as trials report."""

import json
import shutil
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pbt_examples import Run
from synthetic_experiment import Synthetic, seeds
from witnesses import wrongs

PROPERTY = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MANY = tuple(0.8 + number / 100 for number in range(41))
"""So many factors that no two exploits give the same value."""

runs = st.builds(
    Synthetic,
    trials=st.integers(2, 6),
    interval=st.integers(1, 5),
    seed=st.integers(0, 10_000),
    synch=st.booleans(),
    factors=st.just(MANY),
)
shares = st.sampled_from([0.0, 0.5, 1.0])
"""The share of the reports that ``result.json`` has."""


def read(folder):
    """Return a run, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = Run.from_experiment(folder, metric="score")
    return run, " ".join(str(each.message) for each in caught)


def fresh(tmp_path):
    folder = tmp_path / "run"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def complete(made, iterations):
    """Run until each trial has reported."""
    made.run(iterations)
    for trial, rows in enumerate(made.rows):
        if not rows:
            made.step(trial)
    return made


@PROPERTY
@given(
    made=runs,
    iterations=st.integers(1, 25),
    results=shares,
    old=st.sampled_from(["", "0.8.7", "1.13"]),
)
def test_a_run_is_read_as_its_trials_report(tmp_path, made, iterations, results, old):
    complete(made, iterations)
    folder = made.write(fresh(tmp_path), results=results, old=old)
    run, doubts = read(folder)
    assert wrongs(run) == []
    assert not doubts
    assert len(run.exploits) + len(run.info.pending) == len(made.log)
    assert len(run.history) == sum(map(len, made.rows))


@PROPERTY
@given(
    made=runs, iterations=st.integers(2, 25), results=shares, window=st.integers(1, 12),
    draw=st.randoms(use_true_random=False),
)  # fmt: skip
def test_files_of_different_moments_are_not_misread_silently(
    tmp_path, made, iterations, results, window, draw
):
    complete(made, iterations)
    late = [moment for moment in made.moments if all(moment[0])][-window:]
    folder = made.write_in_passing(
        fresh(tmp_path), lambda: draw.choice(late), results=results
    )
    run, doubts = read(folder)
    assert doubts or wrongs(run) == []
    assert run.info.finished is False


@PROPERTY
@given(made=runs, data=st.data())
def test_a_file_that_breaks_off_is_not_misread_silently(tmp_path, made, data):
    folder = complete(made, 15).write(fresh(tmp_path), results=1.0)
    file = data.draw(st.sampled_from([p for p in sorted(folder.rglob("*")) if p.is_file()]))
    content = file.read_bytes()
    file.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    try:
        run, _ = read(folder)
    except FileNotFoundError as error:
        assert "reported anything" in str(error)  # noqa: PT017
    else:
        assert run.info.notes or wrongs(run) == []


@pytest.mark.parametrize("seed", seeds(6, 30))
@pytest.mark.parametrize("tags", ["other tags", "the same tags"])
def test_two_runs_under_one_name_are_not_misread_silently(tmp_path, seed, tags):
    results, synch = [0.0, 0.6, 1.0][seed % 3], seed % 2 == 0
    made = complete(Synthetic(seed=seed, synch=synch), 15)
    first = made.first if tags == "the same tags" else []
    before = complete(Synthetic(seed=seed + 1000, synch=synch, first=first), 15)
    log = before.log + made.log
    run, doubts = read(made.write(tmp_path / "run", results=results, log=log))
    assert doubts or wrongs(run) == []
    if tags == "other tags":
        assert wrongs(run) == []
        assert f"{len(before.log)} of the {len(log)} lines" in doubts or not before.log


@pytest.mark.parametrize("seed", seeds(2, 5))
@pytest.mark.parametrize("synch", [True, False])
def test_trials_that_began_after_the_state_file_was_written_are_there(
    tmp_path, seed, synch
):
    made = complete(Synthetic(seed=seed, synch=synch), 15)
    folder = made.write(tmp_path / "run", status="RUNNING", results=1.0)
    file = folder / "experiment_state-2026.json"
    state = json.loads(file.read_text())
    file.write_text(json.dumps(state | {"trial_data": state["trial_data"][:1]}))
    run, doubts = read(folder)
    assert run.trials == [0, 1, 2, 3]
    assert wrongs(run) == []
    assert not doubts
    assert "Began after Ray last wrote the state file: trial 1" in " ".join(run.info.notes)
