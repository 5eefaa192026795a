"""After a restore, ``progress.csv`` may go on with other columns, without a header."""

import csv
import io
import json

import pytest
from experiment_directory import write_experiment
from pbt_examples import Run

LATER = {  # what a report says before and after the experiment was restored
    "in another order": (["score", "loss"], ["loss", "score"]),
    "another one": (["score", "loss"], ["score", "accuracy"]),
    "one more": (["score", "loss"], ["score", "loss", "accuracy"]),
    "one less": (["score", "loss"], ["score"]),
}
METRICS = {"score": 0.5, "loss": 100.0, "accuracy": 0.01}
RESTORED_AFTER = 3


def report(names, iteration):
    since = iteration if iteration <= RESTORED_AFTER else iteration - RESTORED_AFTER
    return {name: METRICS[name] + iteration for name in names} | {
        "training_iteration": iteration, "time_this_iter_s": 0.5 + iteration,
        "timestamp": 100 + iteration + 50 * (iteration > RESTORED_AFTER), "pid": 7,
        "config": {"lr": 0.5}, "iterations_since_restore": since,
    }  # fmt: skip


@pytest.fixture(params=LATER)
def names(request):
    return LATER[request.param]


@pytest.fixture
def reports(names):
    before, after = names
    return [report(before if at <= RESTORED_AFTER else after, at) for at in range(1, 7)]


def written(tmp_path, reports, *, kept):
    """Return a directory whose ``result.json`` has only the kept reports of trial 0."""
    folder = write_experiment(tmp_path / "experiment")
    (folder / "pbt_global.txt").unlink()
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(name for name in reports[0] if name != "config")
    for each in reports:
        rows.writerow(value for name, value in each.items() if name != "config")
    (folder / "trial_0" / "progress.csv").write_text(text.getvalue())
    (folder / "trial_0" / "result.json").write_text(
        "".join(f"{json.dumps(reports[at])}\n" for at in kept)
    )
    return folder


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kept", [range(6), range(3, 6), range(4, 6), [0, 5]])
def test_each_value_is_read_under_its_own_name(tmp_path, reports, kept):
    folder = written(tmp_path, reports, kept=kept)
    lane = Run.from_experiment(folder, metric="score").of_trial(0)
    assert lane["iteration"].tolist() == [1, 2, 3, 4, 5, 6]
    for name in {*reports[0], *reports[-1]} & {*METRICS}:
        read = lane[name].tolist()
        told = [each.get(name) for each in reports]
        assert [None if value != value else value for value in read] == told


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_columns_that_change_are_noted_and_others_are_not(tmp_path, reports):
    run = Run.from_experiment(written(tmp_path, reports, kept=range(6)), metric="score")
    assert "no header where its columns change" in " ".join(run.info.notes)
    same = [report(["score", "loss"], at) for at in range(1, 7)]
    folder = written(tmp_path / "same", same, kept=range(6))
    run = Run.from_experiment(folder, metric="score")
    assert "header" not in " ".join(run.info.notes)
