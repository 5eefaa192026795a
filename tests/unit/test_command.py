"""The command: what it refuses, in one line, and what it writes."""

import json
import os
import subprocess
import sys
import tempfile
import webbrowser
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from experiment_directory import write_experiment
from pbt_examples import Run
from pbt_examples.__main__ import main
from pbt_examples.command import WRITTEN
from pbt_examples.record.export import alife_table, hiplot_table, write_lineage
from pbt_examples.record.reading import directory
from pyarrow import fs

pytestmark = pytest.mark.usefixtures("without_pictures")


def refused(capsys, *arguments):
    """Run the command; return its error, which is one line."""
    with pytest.raises(SystemExit) as stop:
        main([str(each) for each in arguments])
    assert stop.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_a_wrong_path_or_metric_gives_a_message_of_one_line(tmp_path, capsys, monkeypatch):
    folder = write_experiment(tmp_path / "experiment")
    out = ("--out", tmp_path / "out")
    assert "no such folder" in refused(capsys, tmp_path / "nowhere", *out)
    state = folder / "experiment_state-2026.json"
    assert "is a file" in refused(capsys, state, *out)
    assert "is a file; give the experiment's" in refused(capsys, state.as_uri(), *out)
    assert "folder of one trial" in refused(capsys, folder / "trial_0", *out)
    assert "one of its folders, 'experiment'" in refused(capsys, tmp_path, *out)
    assert "metrics are 'score' (0 to 3)" in refused(
        capsys, folder, "--metric", "loss", *out
    )
    assert "Ray adds" in refused(capsys, folder, "--metric", "time_total_s", *out)
    tuned = refused(capsys, folder, "--metric", "lr", *out)
    assert "'lr', which is a hyperparameter" in tuned
    assert "choose one with --metric" in refused(capsys, folder, *out)
    assert "whose home is not known" in refused(capsys, "~nobody-here/x", *out)
    options = (folder, "--metric", "score", "--out", "~nobody-here/x")
    assert "whose home is not known" in refused(capsys, *options)
    assert "cannot open nonsense://" in refused(capsys, "nonsense://bucket/x", *out)
    monkeypatch.setattr(directory, "RETRY_SECONDS", 1)  # or it is tried for 15 minutes
    nobody = "gs://anonymous@bucket/x?scheme=http&endpoint_override=127.0.0.1:9"
    assert "cannot open gs://" in refused(capsys, nobody, *out)
    assert not (tmp_path / "out").exists()


@contextmanager
def as_a_stranger():
    """Be nobody for a while, since the superuser may read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def open_folder():
    """Return a folder that everybody can reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield Path(name)


@pytest.mark.parametrize("closed", ["experiment", "experiment/trial_0", "out"])
def test_without_permission_the_line_says_what_would_be_right(open_folder, capsys, closed):
    folder = write_experiment(open_folder / "experiment")
    options = (folder, "--metric", "score", "--out", open_folder / "out")
    main([str(each) for each in options])  # it is allowed, and imports all that it needs
    (open_folder / closed).chmod(0)
    with as_a_stranger():
        line = refused(capsys, *options)
    (open_folder / closed).chmod(0o700)
    assert str(open_folder / closed) in line
    assert "choose files that you may read, and with --out a folder of yours" in line


def test_a_trial_that_one_may_not_read_is_left_out_and_named(open_folder, capsys):
    folder = write_experiment(open_folder / "experiment")
    out = open_folder / "out"
    options = [str(each) for each in (folder, "--metric", "score", "--out", out)]
    main(options)
    out.chmod(0o777)
    for file in out.iterdir():
        file.chmod(0o666)
    (folder / "trial_0" / "progress.csv").chmod(0)
    with as_a_stranger():
        main(options)
        with pytest.warns(UserWarning, match="Left out") as warned:
            Run.from_experiment(folder, metric="score")
    assert str(warned[0].message).count("progress.csv") == 1
    assert "Run(1 trial," in capsys.readouterr().out
    left_out = (
        "Left out: progress.csv of trial 0, which cannot be read (Permission denied)."
    )
    assert Run.load(out).info.notes.count(left_out) == 1
    assert left_out in (out / "index.html").read_text()


@pytest.mark.parametrize("text", ["abc", "nan", "0", "1e9"])
def test_watch_wants_seconds(tmp_path, capsys, text):
    line = refused(capsys, tmp_path, "--watch", text)
    assert f"must be seconds from 0.1 to 86400, got {text}" in line
    assert "if that is the directory, put --watch after it" in refused(
        capsys, "--watch", tmp_path
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["x", "--metrc", "score"], "did you mean --metric?"),
        (["x", "--nothing-like-it"], "the options are --help, --metric, --mode"),
        (["x", "y"], "the options are --help, --metric, --mode"),
        (["x", "--mode", "most"], "max"),
        ([], "such as pbt-examples ~/ray_results/my_experiment --metric"),
    ],
)
def test_a_wrong_option_gives_one_line_that_says_what_would_be_right(
    capsys, options, words
):
    assert words in refused(capsys, *options)


def test_files_of_others_are_not_overwritten(tmp_path, capsys):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    out.mkdir()
    precious = out / "index.html"
    precious.write_text("mine")
    (out / "run.json").write_text("[" * 100_000)
    options = (folder, "--metric", "score", "--out", out)
    assert "is not an earlier report" in refused(capsys, *options)
    assert precious.read_text() == "mine"
    main([str(each) for each in (*options, "--force")])
    main([str(each) for each in options])  # now it is an earlier report
    assert precious.read_text() != "mine"


OPTIONAL = {
    "schedule.csv", "schedule.json", "lineage_alife.csv", "lineage_hiplot.csv",
}  # fmt: skip


def test_no_file_of_an_earlier_report_stays_that_this_one_does_not_write(tmp_path):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    options = ["--metric", "score", "--out", str(out)]
    main([str(folder), *options, "--export"])
    assert {path.name for path in out.iterdir()} == WRITTEN
    for file in folder.glob("*/progress.csv"):
        pd.read_csv(file).assign(score=float("nan")).to_csv(file, index=False)
    main([str(folder), *options])
    assert {path.name for path in out.iterdir()} == WRITTEN - OPTIONAL


def test_files_that_are_not_of_a_report_stay_even_if_they_have_such_a_name(tmp_path):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    out.mkdir()
    (out / "lineage_alife.csv").write_text("mine")
    main([str(folder), "--metric", "score", "--out", str(out), "--force"])
    assert (out / "lineage_alife.csv").read_text() == "mine"


def run_in_a_process(*options, **settings):
    """Run the command by itself; return what a shell would see of it."""
    return subprocess.run(
        [sys.executable, "-m", "pbt_examples", *map(str, options)],
        stderr=subprocess.PIPE, timeout=200, check=False, **settings,
    )  # fmt: skip


def test_a_closed_output_ends_it_without_a_word(tmp_path):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    reader, writer = os.pipe()
    os.close(reader)
    for options, code in {
        (folder, "--metric", "score", "--out", out): 1,
        ("--help",): 0,
        ("--version",): 0,
    }.items():
        done = run_in_a_process(*options, stdout=writer)
        assert done.stderr == b""
        assert done.returncode == code
    os.close(writer)
    assert (out / "index.html").is_file()


def test_an_output_without_the_letters_of_a_metric_is_no_failure(tmp_path):
    folder = write_experiment(tmp_path / "experiment", metric="μ")
    options = (folder, "--metric", "μ", "--out", tmp_path / "out")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"}
    done = run_in_a_process(*options, stdout=subprocess.PIPE, env=ascii_only)
    assert done.returncode == 0, done.stderr
    assert b"metric '?'" in done.stdout


def test_help_and_version_need_nothing_heavy():
    code = (
        "import sys; from pbt_examples.__main__ import main\n"
        "try: main([sys.argv[1]])\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'pandas', 'matplotlib', 'ray'} & {*sys.modules}"
    )
    for option, words in {"--help": "example:", "--version": "pbt-examples "}.items():
        done = subprocess.run(
            [sys.executable, "-c", code, option],
            check=True, capture_output=True, text=True, timeout=200,
        )  # fmt: skip
        assert words in done.stdout


def test_lineages_have_the_columns_of_their_formats(tmp_path):
    run = Run.from_experiment(write_experiment(tmp_path / "experiment"), metric="score")
    alife = alife_table(run)
    assert alife["id"].tolist() == [0, 1, 2]
    assert alife["ancestor_list"].tolist() == ["[none]", "[2]", "[none]"]
    assert alife["origin_time"].tolist() == [1, 3, 1]
    assert alife["destruction_time"].tolist() == [2, 4, 4]
    assert alife["lr"].tolist() == [0.5, 1.5 * 1.2, 1.5]
    hiplot = hiplot_table(run)
    assert hiplot["from_uid"].isna().tolist() == [True, False, True]
    assert hiplot["from_uid"].iloc[1] == 2


CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize("name", ["real_async_fn", "real_failed", "two_runs_one_name"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_lineage_obeys_the_rules_of_the_alife_standard(tmp_path, name):
    # https://alife-data-standards.github.io: what hstrat's alifestd_validate checks.
    run = Run.from_experiment(CASES / name / "experiment", metric="score")
    write_lineage(run, tmp_path)
    table = pd.read_csv(tmp_path / "lineage_alife.csv")
    assert table["id"].is_unique
    assert (table["id"] >= 0).all()
    origins = dict(zip(table["id"], table["origin_time"], strict=True))
    ancestors = {}
    for own, text in zip(table["id"], table["ancestor_list"], strict=True):
        listed = [] if text == "[none]" else json.loads(text)
        assert all(origins[each] <= origins[own] for each in listed)
        ancestors[own] = listed
    assert (table["destruction_time"] >= table["origin_time"]).all()
    roots = [own for own, listed in ancestors.items() if not listed]
    assert len(roots) == len(run.trials)
    reached = {*roots}
    for _ in ancestors:  # no circle: all descend from the roots
        reached |= {own for own, listed in ancestors.items() if reached & {*listed}}
    assert reached == {*ancestors}


def test_a_hyperparameter_called_like_a_column_of_a_format_is_kept_apart(tmp_path):
    run = Run.from_experiment(write_experiment(tmp_path / "experiment"), metric="score")
    parts = {f"lr_{part}": f"first_{part}" for part in ("donor", "new", "operation")}
    run = replace(
        run,
        history=run.history.rename(columns={"lr": "first", "score": "id"}),
        exploits=run.exploits.rename(columns=parts),
        metric="id",
        hyperparameters=("first",),
    )
    for table in (alife_table(run), hiplot_table(run)):
        assert table.columns.is_unique
        assert table["config/first"].tolist() == [0.5, 1.5 * 1.2, 1.5]
        assert table["metric/id"].tolist() == [1, 3, 3]


def test_the_metric_is_that_of_the_experiment_if_a_file_says_so(tmp_path, capsys):
    folder = write_experiment(tmp_path / "experiment")
    state = folder / "experiment_state-2026.json"
    content = json.loads(state.read_text())
    state.write_text(json.dumps(content | {"runner_data": {"_metric": "score"}}))
    main([str(folder), "--out", str(tmp_path / "out")])
    assert "metric 'score'" in capsys.readouterr().out


@pytest.mark.parametrize(("row", "words"), [("", ""), ("1,2", "The page has 1 note on")])
def test_the_command_says_how_many_notes_are_on_the_page(tmp_path, capsys, row, words):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    with (folder / "trial_1" / "progress.csv").open("a") as file:
        file.write(row)
    main([str(folder), "--metric", "score", "--out", str(out)])
    written = capsys.readouterr().out
    assert words in written
    assert ("note" in written) == bool(row)


def test_the_command_counts_all_notes_of_the_page(tmp_path, capsys):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    set_status(folder, "RUNNING")
    main([str(folder), "--metric", "score", "--out", str(out)])
    page = (out / "index.html").read_text(encoding="utf-8")
    notes = page.partition('aria-label="Notes"')[2].partition("</section>")[0]
    assert "This run had not ended" in notes
    assert notes.count("<li>") > len(Run.load(out).info.notes)
    assert f"The page has {notes.count('<li>')} notes on" in capsys.readouterr().out


def test_open_shows_the_page(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda page: shown.append(page) or True)
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "a report"
    main([str(folder), "--metric", "score", "--out", str(out), "--open"])
    assert shown == [(out / "index.html").resolve().as_uri()]


def test_open_says_if_there_is_no_browser(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda page: False)
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    main([str(folder), "--metric", "score", "--out", str(out), "--open"])
    line = capsys.readouterr().out.splitlines()[-1]
    assert (
        line == f"there is no browser to show the page: open {out / 'index.html'} yourself"
    )


class Life:
    """What happens to a directory each time that the command waits."""

    def __init__(self, monkeypatch, *events):
        self.events, self.pages = [*events], []
        monkeypatch.setattr("pbt_examples.command.time.sleep", self.happen)

    def happen(self, seconds):
        if page := getattr(self, "page", None):
            self.pages.append(page.read_text(encoding="utf-8") if page.exists() else "")
        assert self.events, "the command still waits, although the run is over"
        self.events.pop(0)()


def set_status(folder, status):
    file = folder / "experiment_state-2026.json"
    other = {"RUNNING": "TERMINATED", "TERMINATED": "RUNNING"}[status]
    file.write_text(file.read_text().replace(other, status))


def test_watch_renews_a_page_that_reloads_itself_until_the_run_ends(
    tmp_path, monkeypatch, capsys
):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    set_status(folder, "RUNNING")
    csv = folder / "trial_1" / "progress.csv"
    begun = csv.read_text()
    csv.write_text("".join(begun.splitlines(keepends=True)[:3]))
    life = Life(
        monkeypatch,
        lambda: None,  # nothing new
        lambda: csv.write_text(begun),
        lambda: set_status(folder, "TERMINATED"),
    )
    life.page = out / "index.html"
    main([str(folder), "--metric", "score", "--out", str(out), "--watch", "5"])
    first, same, renewed = life.pages
    assert "6 reports" in first
    assert same == first
    assert "8 reports" in renewed
    for page in life.pages:
        assert "location.reload()" in page
        assert "}, 5000);" in page
        assert "scrollTo(" in page
    last = life.page.read_text(encoding="utf-8")
    assert "location.reload()" not in last
    assert "had not ended" not in last


def test_watch_waits_for_the_first_report(tmp_path, monkeypatch, capsys):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    files = {path: path.read_text() for path in sorted(folder.glob("*/progress.csv"))}
    for path in files:
        path.unlink()
    Life(monkeypatch, lambda: [path.write_text(text) for path, text in files.items()])
    main([str(folder), "--metric", "score", "--out", str(out), "--watch"])
    assert "waiting for the first report" in capsys.readouterr().out
    assert (out / "index.html").is_file()


def nothing(times):
    """Return events: the command waits this many times, and nothing happens."""
    return [lambda: None] * times


@pytest.mark.parametrize("status", ["PAUSED", "RUNNING", None])
def test_watch_stops_and_says_so_when_no_file_changes_any_more(
    tmp_path, monkeypatch, capsys, status
):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    state = folder / "experiment_state-2026.json"
    if status:
        state.write_text(state.read_text().replace("TERMINATED", status))
    else:
        state.unlink()
    csv = folder / "trial_1" / "progress.csv"
    life = Life(monkeypatch, *nothing(5), lambda: csv.touch(), *nothing(6))
    options = ("--metric", "score", "--out", out, "--watch", "5", "--patience", "30")
    main([str(each) for each in (folder, *options)])
    assert not life.events
    assert "has changed for 30 s" in capsys.readouterr().out
    assert "location.reload()" not in (out / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("failure", "code"), [(KeyboardInterrupt, 130), (PermissionError("no"), 2)]
)
def test_whatever_ends_watch_the_page_does_not_reload_any_more(
    tmp_path, monkeypatch, capsys, failure, code
):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    set_status(folder, "RUNNING")

    def fail():
        raise failure

    life = Life(monkeypatch, lambda: None, fail)
    life.page = out / "index.html"
    with pytest.raises(SystemExit) as stop:
        main([str(folder), "--metric", "score", "--out", str(out), "--watch"])
    assert stop.value.code == code
    assert "location.reload()" in life.pages[-1]
    page = life.page.read_text(encoding="utf-8")
    assert "location.reload()" not in page
    assert "had not ended" in page


def test_a_log_that_is_followed_shows_each_line_at_once(tmp_path, monkeypatch):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    set_status(folder, "RUNNING")
    lines = []
    with (tmp_path / "log").open("w") as log:
        monkeypatch.setattr(sys, "stdout", log)
        Life(
            monkeypatch,
            lambda: lines.append((tmp_path / "log").read_text()),
            lambda: set_status(folder, "TERMINATED"),
        )
        main([str(folder), "--metric", "score", "--out", str(out), "--watch"])
    assert lines[0].startswith("Run(2 trials")


def test_watch_waits_for_a_folder_and_a_metric_that_are_not_there_yet(
    tmp_path, monkeypatch, capsys
):
    folder, out = tmp_path / "experiment", tmp_path / "out"

    def begin():
        write_experiment(folder)
        set_status(folder, "RUNNING")

    def report():
        file = folder / "trial_0" / "progress.csv"
        pd.read_csv(file).assign(late=1.5).to_csv(file, index=False)

    Life(
        monkeypatch,
        *nothing(2), begin, *nothing(2), report, lambda: set_status(folder, "TERMINATED"),
    )  # fmt: skip
    main([str(folder), "--metric", "late", "--out", str(out), "--watch"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("waiting for the first report: ")
    assert "no such folder" in lines[0]
    assert lines[1].startswith("waiting for the metric: ")
    assert "'score' (0 to 3)" in lines[1]
    assert lines[2].startswith("Run(2 trials")


def test_watch_does_not_wait_for_ever(tmp_path, monkeypatch, capsys):
    nowhere, options = tmp_path / "nowhere", ("--watch", "2", "--patience", "1")
    life = Life(monkeypatch, *nothing(5))  # five intervals are the least
    line = refused(capsys, nowhere, "--out", tmp_path / "out", *options)
    assert "there is no such folder; no file in" in line
    assert "has changed for 10 s" in line
    assert not life.events


def test_watch_does_not_wait_for_what_cannot_come(tmp_path, monkeypatch, capsys):
    folder = write_experiment(tmp_path / "experiment")  # it has ended
    Life(monkeypatch)
    options = ("--watch", "--out", tmp_path / "out", "--metric")
    assert "reported 'loss'" in refused(capsys, folder, *options, "loss")
    set_status(folder, "RUNNING")
    assert "Ray adds" in refused(capsys, folder, *options, "time_total_s")
    assert "folder of one trial" in refused(capsys, folder / "trial_0", *options, "score")


def test_a_directory_on_a_pyarrow_file_system_reads_the_same(tmp_path):
    folder = write_experiment(tmp_path / "experiment")
    here = Run.from_experiment(folder, metric="score")
    by_address = Run.from_experiment(folder.as_uri(), metric="score")
    mock = fs._MockFileSystem()
    mock.create_dir("bucket/experiment")
    for path in sorted(folder.rglob("*")):
        name = f"bucket/{path.relative_to(tmp_path).as_posix()}"
        if path.is_dir():
            mock.create_dir(name)
            continue
        with mock.open_output_stream(name) as file:
            file.write(path.read_bytes())
    remote = Run.from_experiment("bucket/experiment", metric="score", filesystem=mock)
    for run in (by_address, remote):
        pd.testing.assert_frame_equal(run.history, here.history)
        pd.testing.assert_frame_equal(run.exploits, here.exploits)
