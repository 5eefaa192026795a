"""A saved run is restored unchanged, and anything else is refused."""

import csv
import json
import math
import pickle
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from experiment_directory import write_experiment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pbt_examples import Run, same_history
from pbt_examples.record import files, saving
from pbt_examples.record.info import RunInfo
from pbt_examples.record.saving import TABLES
from pbt_examples.record.tables import EVENT_COLUMNS, exploit_columns
from plotting_runs import synchronous

NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=8
)
VALUES = {  # columns of one kind, as hyperparameters have them
    "floats": NUMBERS,
    "integers": st.integers(-(2**63), 2**63 - 1),
    "booleans": st.booleans(),
    "texts": TEXTS,
    "anything": st.none() | st.booleans() | st.integers(-(2**80), 2**80) | TEXTS,
}


def make_run(values, operations, metric=None):
    """Return a run of two trials with a hyperparameter ``h`` that has these values."""
    rows = len(values)
    history = pd.DataFrame(
        {
            "trial": np.arange(rows) % 2,
            "segment": 0,
            "iteration": 1 + np.arange(rows) // 2,
            "Q": np.linspace(0, 1, rows) if metric is None else metric,
            "h": values,
            "time": 0.1,
            "duration": 0.1,
            "pid": 7,
        }
    )
    exploits = pd.DataFrame(
        [
            [1, 0, 1, 1, 1, 0, 0.1, 0.2, values[0], values[-1], operation]
            for operation in operations
        ],
        columns=exploit_columns(["h"]),
    )
    return Run(history, exploits, "Q", hyperparameters=("h",), info=RunInfo(seed=3))


@pytest.fixture
def saved(tmp_path):
    return make_run([0.5, 1 / 3, 0.1, 1e-300], ["resample", "* 1.2"]).save(tmp_path / "run")


@pytest.mark.parametrize("kind", list(VALUES))
@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_value_is_restored(tmp_path, kind, data):
    values = data.draw(st.lists(VALUES[kind], min_size=2, max_size=6))
    operations = data.draw(st.lists(TEXTS, max_size=4))
    metric = data.draw(st.lists(NUMBERS, min_size=len(values), max_size=len(values)))
    run = make_run(values, operations, metric)
    again = Run.load(run.save(tmp_path))
    pd.testing.assert_frame_equal(again.history, run.history, check_exact=True)
    pd.testing.assert_frame_equal(again.exploits, run.exploits, check_exact=True)
    assert same_history(run, again)
    assert (again.metric, again.mode, again.hyperparameters, again.info) == (
        run.metric,
        run.mode,
        run.hyperparameters,
        run.info,
    )


def test_events_are_restored(tmp_path):
    run = make_run([1, 2], [])
    events = pd.DataFrame([(0.1, 0, "start"), (1 / 3, 1, "fail")], columns=EVENT_COLUMNS)
    run = Run(run.history, run.exploits, "Q", events=events)
    assert Run.load(run.save(tmp_path)).events.equals(events)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1"])
def test_no_cell_is_a_formula_to_a_spreadsheet(tmp_path, text):
    run = make_run([text, "plain"], [text])
    history = run.history.rename(columns={"h": text})
    parts = ("donor", "new", "operation")
    exploits = run.exploits.rename(columns={f"h_{p}": f"{text}_{p}" for p in parts})
    run = Run(history, exploits, "Q", hyperparameters=(text,))
    folder = run.save(tmp_path)
    for name in ("history", "exploits"):
        with (folder / f"{name}.csv").open(newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert f"'{text}" in cells
        assert not [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert same_history(run, Run.load(folder))


def test_negative_numbers_stay_numbers(tmp_path):
    assert (
        ",-0.5," in (make_run([-0.5, 1.0], []).save(tmp_path) / "history.csv").read_text()
    )


@pytest.mark.parametrize("name", ["run.json", "history.csv", "exploits.csv", "events.csv"])
def test_a_missing_file_is_named(saved, name):
    (saved / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        Run.load(saved)


@pytest.mark.parametrize("name", ["run.json", "history.csv", "exploits.csv", "events.csv"])
def test_a_file_cut_anywhere_is_refused(saved, name):
    whole = (saved / name).read_bytes()
    for length in range(len(whole) - 1):
        (saved / name).write_bytes(whole[:length])
        cut = (
            r"is not JSON"
            if name == "run.json"
            else r"breaks off in the middle|should have"
        )
        with pytest.raises(ValueError, match=rf"{name} .*({cut})"):
            Run.load(saved)


@settings(
    max_examples=3 * settings().max_examples,  # since most are refused at once
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_garbled_bytes_are_refused_or_harmless(saved, tmp_path, data):
    folder = tmp_path / "garbled"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(saved, folder)
    name = data.draw(st.sampled_from(["run.json", "history.csv", "exploits.csv"]))
    content = bytearray((folder / name).read_bytes())
    start = data.draw(st.integers(0, len(content)))
    content[start : start + data.draw(st.integers(0, 30))] = data.draw(
        st.binary(max_size=30)
    )
    (folder / name).write_bytes(content)
    try:
        run = Run.load(folder)
    except ValueError:
        pass
    else:
        assert run.winner in run.trials
        assert len(run.history) >= 4


def test_a_pickle_is_not_opened(saved, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "opened"), "w"))

    for name in ("run.json", "history.csv", "exploits.csv"):
        shutil.copytree(saved, folder := tmp_path / name)
        (folder / name).write_bytes(pickle.dumps(Bomb()))
        with pytest.raises(ValueError, match=name):
            Run.load(folder)
    assert not (tmp_path / "opened").exists()


def test_a_huge_file_is_refused_before_it_is_read(saved):
    with (saved / "history.csv").open("r+") as file:
        file.truncate(2**40)  # takes no room on disk
    with pytest.raises(ValueError, match=r"1099511627776 bytes"):
        Run.load(saved)


def change(folder, **entries):
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(about | entries))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"metric": "reward"}, "reward"),
        ({"metric": None}, "None"),
        ({"mode": "best"}, "best"),
        ({"hyperparameters": ["lr"]}, "lr"),
        ({"hyperparameters": 3}, "int"),
        ({"info": 3}, "info must be a JSON object, got 3"),
        ({"columns": {}}, "table history"),
        ({"rows": {}}, "table history"),
        ({"rows": {"exploits": 2, "events": 0, "history": 5}}, "5 rows, got 4"),
        (
            {"rows": {"exploits": 2, "events": -1, "history": 4}},
            "events.* its number of rows must be at least 0, got -1",
        ),
        (
            {"rows": {"exploits": 1.5, "events": 0, "history": 4}},
            "its number of rows must be an integer, got 1.5",
        ),
    ],
)
def test_a_wrong_entry_is_named(saved, entries, message):
    change(saved, **entries)
    with pytest.raises(ValueError, match=message):
        Run.load(saved)


def test_a_column_type_that_save_does_not_write_is_refused(saved):
    about = json.loads((saved / "run.json").read_text())
    about["columns"]["history"]["Q"] = "object"
    change(saved, **about)
    with pytest.raises(ValueError, match="object"):
        Run.load(saved)


@pytest.mark.parametrize("number", [saving.FORMAT + 1, 0, "2", None, [2]])
def test_a_format_that_this_version_does_not_know_is_refused(saved, number):
    change(saved, format=number)
    message = re.escape(f"run.json has format {number!r}, and this version")
    with pytest.raises(ValueError, match=rf"{message} .* formats up to {saving.FORMAT};"):
        Run.load(saved)


def test_a_file_without_a_format_number_is_read(saved):
    before = Run.load(saved)
    about = json.loads((saved / "run.json").read_text())
    assert about.pop("format") == saving.FORMAT
    (saved / "run.json").write_text(json.dumps(about))
    assert same_history(Run.load(saved), before)


def test_a_subclass_is_restored_as_such(saved, tmp_path):
    class Derived(Run):
        pass

    assert type(Derived.load(saved)) is Derived
    directory = write_experiment(tmp_path / "experiment")
    assert type(Derived.from_experiment(directory, metric="score")) is Derived


@pytest.mark.parametrize("content", ["[]", "3", '"text"', "{", "", "[" * 100_000])
def test_what_is_not_a_json_object_is_refused(saved, content):
    (saved / "run.json").write_text(content)
    with pytest.raises(ValueError, match=r"run\.json"):
        Run.load(saved)


def test_a_json_value_of_the_wrong_type_is_named(saved):
    (saved / "run.json").write_text("[]")
    with pytest.raises(ValueError, match="must hold a JSON object, got list"):
        Run.load(saved)


@pytest.mark.parametrize("rows", [1, None])
def test_a_row_with_a_cell_too_many_is_refused(saved, rows):
    header, *lines = (saved / "history.csv").read_text().splitlines()
    longer = [f"{line},7" for line in lines[:rows]] + lines[len(lines[:rows]) :]
    (saved / "history.csv").write_text("\n".join([header, *longer, ""]))
    with pytest.raises(ValueError, match=r"history\.csv is not as written: zip"):
        Run.load(saved)


def test_a_folder_is_created_with_its_parents(tmp_path):
    run = make_run([1.0, 2.0], [])
    assert same_history(run, Run.load(run.save(tmp_path / "a" / "b")))


def test_an_empty_table_keeps_the_dtypes_of_its_columns(tmp_path):
    run = make_run([1.0, 2.0], ["x"])
    run = Run(run.history, run.exploits.iloc[:0], "Q", hyperparameters=("h",))
    again = Run.load(run.save(tmp_path))
    pd.testing.assert_frame_equal(again.exploits, run.exploits)
    assert again.exploits["h_new"].dtype == float


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("history", "\n0,", "\n0.5,", "history"),
        ("history", "\n0,0,1,0.0,", "\n0,0,1,much,", "history"),
        ("history", "\n0,0,1,0.0,", '\n0,0,1,"0.0"5,', "expected after"),
        ("history", "trial,", "who,", "should be .*'trial'.* got .*'who'"),
        ("exploits", "\n1,0,", "\n1,9,", r"exploits name the trials \{9\}"),
        ("exploits", "\n1,0,", "\n1,-1,", r"exploits name the trials \{-1\}"),
    ],
)
def test_a_wrong_cell_is_refused(saved, table, old, new, message):
    text = (saved / f"{table}.csv").read_text()
    assert old in text
    (saved / f"{table}.csv").write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        Run.load(saved)


def test_exploits_in_a_circle_do_not_trap_the_reader():
    run = make_run([0.5] * 4, ["x"])
    history = run.history.assign(segment=1)
    exploits = pd.concat([run.exploits] * 2, ignore_index=True)
    exploits[["target", "donor"]] = [[0, 1], [1, 0]]
    exploits[["segment", "donor_segment"]] = 1
    with pytest.raises(ValueError, match="circle"):
        Run(history, exploits, "Q", hyperparameters=("h",)).ancestry(0)


def test_numpy_numbers_among_strings_are_restored_as_plain_ones(tmp_path):
    run = make_run([np.int64(3), "a", np.float32(0.5), np.bool_(True)], [])
    values = Run.load(run.save(tmp_path)).history["h"].tolist()
    assert values == [3, "a", 0.5, True]
    assert [type(value) for value in values] == [int, str, float, bool]


def test_a_metric_of_strings_is_refused(tmp_path):
    folder = make_run([1.0, 2.0], [], metric=["a", "b"]).save(tmp_path)
    with pytest.raises(ValueError, match="metric 'Q' must hold numbers"):
        Run.load(folder)


def test_a_carriage_return_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"carriage return.*\\r"):
        make_run(["a\rb", "c"], []).save(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_cannot_be_saved_is_named_and_leaves_the_old_record(saved):
    before = (saved / "history.csv").read_bytes()
    with pytest.raises(
        TypeError, match=r"cannot save <object .* of type object in a table"
    ):
        make_run([object(), object()], []).save(saved)
    assert (saved / "history.csv").read_bytes() == before
    assert math.isclose(Run.load(saved).history["h"].iloc[1], 1 / 3)


def test_saving_over_an_older_run_leaves_only_the_new_one(saved):
    new = make_run([1.0, 2.0], [])
    assert same_history(new, Run.load(new.save(saved)))
    assert len(list(saved.iterdir())) == 4


@pytest.mark.parametrize(
    ("info", "wrong"),
    [
        ({"perturbation_interval": "x"}, "perturbation_interval must be a number"),
        ({"perturbation_interval": -4}, "perturbation_interval must be positive"),
        ({"perturbation_interval": 0}, "perturbation_interval must be positive"),
        ({"perturbation_interval": 1e999}, "perturbation_interval must be finite"),
        ({"domains": "x"}, "domains must be a mapping"),
        ({"domains": {"lr": 3}}, r"domains\['lr'\] must be a sequence"),
        ({"domains": {"lr": [0.1, "x"]}}, r"each of domains\['lr'\] must be a num"),
        ({"domains": {"lr": [0.1, 0.2, 0.3]}}, r"domains\['lr'\] must be two ends"),
    ],
)
def test_wrong_entries_of_info_are_named(tmp_path, info, wrong):
    about = synchronous().save(tmp_path) / "run.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"info": info}))
    with pytest.raises(ValueError, match=f"not a saved run: {wrong}"):
        Run.load(tmp_path)


@pytest.mark.parametrize(
    "info",
    [
        {},
        {"perturbation_interval": 0.5},
        {"domains": {}},
        {"domains": {"layers": None, "lr": [0.1, 0.2]}},
    ],
)
def test_correct_entries_of_info_are_restored(tmp_path, info):
    info = RunInfo(**info)
    assert Run.load(replace(synchronous(), info=info).save(tmp_path)).info == info


def test_a_file_is_refused_as_a_folder(tmp_path):
    (tmp_path / "history.csv").touch()
    with pytest.raises(ValueError, match=r"history\.csv is a file, not the folder"):
        Run.load(tmp_path / "history.csv")


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "events.csv").mkdir()
    with pytest.raises(IsADirectoryError, match=r"Is a directory: '.*/events\.csv'$"):
        synchronous().save(tmp_path)


def growing(tmp_path):
    """Return an older and a newer record of one run, and the folders where they are."""
    older = make_run([0.5, 0.25], ["resample"])
    newer = make_run([0.5, 0.125, 1.0, 0.25], ["resample", "* 1.2"])
    older, newer = (
        replace(run, events=reports(len(run.history))) for run in (older, newer)
    )
    return older, newer, older.save(tmp_path / "older"), newer.save(tmp_path / "newer")


def reports(number):
    rows = [[0.1 * n, n % 2, "report"] for n in range(number)]
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS))


@pytest.mark.parametrize("written", range(5))
def test_a_record_whose_saving_was_killed_is_consistent(tmp_path, written):
    older, newer, folder, other = growing(tmp_path)
    for name in [*TABLES, "run"][:written]:
        [path] = other.glob(f"{name}.*")
        shutil.copy(path, folder)
    run, right = Run.load(folder), newer if written >= 3 else older
    assert same_history(run, right)
    assert run.events.equals(right.events)


def test_a_trial_unknown_to_an_older_record_is_accepted(tmp_path):
    older, _, folder, other = growing(tmp_path)
    older = replace(older, history=older.history.head(1), exploits=older.exploits.head(0))
    older.save(folder)
    shutil.copy(other / "exploits.csv", folder)
    assert same_history(Run.load(folder), older)


@pytest.mark.parametrize("name", [*TABLES, "run"])
def test_a_record_saved_while_it_is_read_is_consistent(tmp_path, monkeypatch, name):
    older = make_run([1.0, 2.0], [])
    newer = make_run(["a", "b", "c"], [])  # of another kind
    folder = older.save(tmp_path)

    def read_text(path):
        if path.stem == name and not saved:
            saved.append(newer.save(folder))
        return files.read_text(path)

    saved = []
    monkeypatch.setattr(saving, "read_text", read_text)
    run = Run.load(folder)
    assert saved
    assert same_history(run, newer if name in ("history", "run") else older)


def test_no_file_is_replaced_before_all_are_written(tmp_path):
    one, other = tmp_path / "one", tmp_path / "missing" / "other"
    one.write_text("old")
    with pytest.raises(FileNotFoundError, match=r"'.*missing/other'"):
        files.write_texts({one: "new", other: "new"})
    assert one.read_text() == "old"
    assert [*tmp_path.iterdir()] == [one]


def test_the_description_is_replaced_last(saved):
    before = (saved / "run.json").read_bytes()
    (saved / "history.csv").unlink()
    (saved / "history.csv").mkdir()
    with pytest.raises(OSError, match=r"history\.csv"):
        make_run([1.0, 2.0], []).save(saved)
    assert (saved / "run.json").read_bytes() == before
