"""Hostile files: nothing in them runs, and nothing is read or written elsewhere."""

import csv
import json
import os
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from experiment_directory import write_experiment
from pbt_examples import Run, write_report
from pbt_examples.record import data_folder
from plotting_runs import synchronous

NAMES = ["run.json", "history.csv", "exploits.csv", "events.csv"]
FORMULAS = ["=1+1", "-1+1", "@SUM(A1)", "+1", "\t=1", '=HYPERLINK("x")']
HTML = """"><script>alert(1)</script><img src=x onerror='alert(2)'>' onload='x"""


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


# Special files where regular ones are expected


def pipe(path, elsewhere):
    os.mkfifo(path)


def folder(path, elsewhere):
    path.mkdir()


def endless(path, elsewhere):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", [pipe, folder, endless])
@pytest.mark.parametrize("name", NAMES)
def test_a_record_is_read_from_regular_files_only(tmp_path, kind, name):
    saved = synchronous().save(tmp_path / "saved")
    (saved / name).unlink()
    kind(saved / name, tmp_path)
    with pytest.raises(ValueError, match=f"{name} is no regular file"):
        Run.load(saved)


@pytest.mark.parametrize("kind", [pipe, endless])
@pytest.mark.parametrize(
    "name", ["experiment_state-2026.json", "pbt_global.txt", "trial_0/result.json"]
)
def test_an_experiment_is_read_from_regular_files_only(tmp_path, kind, name):
    path = write_experiment(tmp_path / "experiment") / name
    path.unlink(missing_ok=True)
    kind(path, tmp_path)
    with pytest.raises(ValueError, match="is no regular file"):
        Run.from_experiment(tmp_path / "experiment", metric="score")


def test_a_huge_file_costs_its_trial_alone_and_is_not_read(tmp_path):
    path = write_experiment(tmp_path / "experiment") / "trial_0" / "progress.csv"
    with path.open("r+") as file:
        file.truncate(2**40)  # takes no room on disk
    with pytest.warns(UserWarning, match="1099511627776 bytes"):
        run = Run.from_experiment(tmp_path / "experiment", metric="score")
    assert run.trials == [1]


@pytest.mark.parametrize("way", ["..", "../..", "x/..", "/..", "", ".", "/"])
def test_no_trial_is_read_from_outside_the_experiment(tmp_path, way):
    inner = write_experiment(tmp_path / "outer" / "experiment")
    inside = (inner / "trial_0" / "progress.csv").read_text()
    (tmp_path / "outer" / "progress.csv").write_text(inside)
    redirect(inner, way)
    try:
        run = Run.from_experiment(inner, metric="score")
    except ValueError as error:
        assert repr(way) in str(error)  # noqa: PT017 - an empty one is no trial instead
    else:
        assert run.trials == [1]


@pytest.mark.parametrize("way", ["../outside/trial_0", "/outside/trial_0"])
def test_only_the_last_part_of_a_trials_path_counts(tmp_path, way):
    inner = write_experiment(tmp_path / "experiment")
    write_experiment(tmp_path / "outside", metric="secret")
    redirect(inner, way)
    history = Run.from_experiment(inner, metric="score").history
    assert "secret" not in history
    assert set(history["trial"]) == {0, 1}


def redirect(experiment, way):
    """Let the first trial say that its folder is elsewhere."""
    file = experiment / "experiment_state-2026.json"
    state = json.loads(file.read_text())
    trial = json.loads(state["trial_data"][0][0]) | {"relative_logdir": way}
    state["trial_data"][0][0] = json.dumps(trial)
    file.write_text(json.dumps(state))
    (experiment / "pbt_global.txt").unlink()


# Writing


def test_a_page_has_a_folder_for_each_run(monkeypatch):
    monkeypatch.delenv("PBT_EXAMPLES_DATA", raising=False)
    assert data_folder("basic_pbt", "8 trials, Q̂") == Path("data/basic_pbt/8 trials, Q̂")
    monkeypatch.setenv("PBT_EXAMPLES_DATA", "elsewhere")
    assert data_folder("basic_pbt", "pbt") == Path("elsewhere/basic_pbt/pbt")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../..", "a/b", "/etc", "a\\b", "C:", "a\0"]
)
def test_a_page_has_no_data_outside_its_folder(name):
    for page, run in [(name, "run"), ("page", name)]:
        with pytest.raises(ValueError, match=r"(page|run) must be the name of a folder"):
            data_folder(page, run)
    with pytest.raises(TypeError, match="page must be a string, got 3"):
        data_folder(3, "run")


@pytest.mark.usefixtures("without_pictures")
def test_a_link_in_the_folder_leads_no_writer_elsewhere(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    out = tmp_path / "out"
    out.mkdir()
    for name in (names := [*NAMES, "index.html", "schedule.csv", "schedule.json"]):
        (out / name).symlink_to(precious)
        (out / f".{name}.{os.getpid()}").symlink_to(precious)
    write_report(synchronous(), out)
    assert precious.read_text() == "keep me"
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    assert not any((out / name).is_symlink() for name in names)


@pytest.mark.usefixtures("without_pictures")
def test_no_file_of_a_report_has_a_formula_in_it(tmp_path):
    run = synchronous()
    for old, text in zip(run.hyperparameters * 2, FORMULAS, strict=True):
        run = hostile(run, old, text) if old in run.hyperparameters else run
    page = write_report(run, tmp_path)
    for file in page.parent.glob("*.csv"):
        with file.open(newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        assert not [cell for cell in cells if cell.startswith(tuple("=+@\t\r"))], file
        numbers = [cell for cell in cells if cell.startswith("-")]
        assert all(float(cell) < 0 for cell in numbers), file
    assert f"'{FORMULAS[0]}" in (page.parent / "schedule.csv").read_text()


def hostile(run, old, new):
    """Return a run in which a string is the name and every value of a hyperparameter."""
    parts = {f"{old}_{part}": f"{new}_{part}" for part in ("donor", "new", "operation")}
    history = run.history.rename(columns={old: new}).astype({new: object})
    exploits = run.exploits.rename(columns=parts)
    return replace(
        run,
        history=history.assign(**{new: new}),
        exploits=exploits.assign(**dict.fromkeys(parts.values(), new)),
        hyperparameters=tuple(new if h == old else h for h in run.hyperparameters),
    )


class Tags(HTMLParser):
    """The tags and attributes that a browser would find."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}


def test_no_name_or_value_becomes_html_in_the_report(tmp_path):
    text = HTML
    plain = Tags(write_report(synchronous(), tmp_path / "plain").read_text())
    run = hostile(synchronous(), "lr", text)
    history = run.history.rename(columns={"Q": text + "2"})
    run = replace(run, metric=text + "2", history=history)
    page = write_report(run, tmp_path / "hostile", title=text).read_text()
    assert Tags(page).tags == plain.tags
    assert Tags(page).attributes == plain.attributes
    assert page.count("&lt;script") >= 8
