"""The report on any run, and the command that writes it."""

import base64
import json
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from experiment_directory import write_experiment
from pbt_examples import Run, write_report
from pbt_examples.__main__ import main
from pbt_examples.record import best_report, findings, schedule_changes, trials_table
from pbt_examples.record.info import PendingExploit, RunInfo, TrialState
from pbt_examples.report.page import notes_on
from pbt_examples.report.tables import MOST
from plotting_runs import grid, synchronous

ODD = '<b>& "50%"'
"""A metric name that HTML would take for markup."""
CASES = Path(__file__).parents[1] / "cases"
TEXT_ONLY = pytest.mark.usefixtures("without_pictures")
SEEN = "#iteration=4&trial=0"
"""The link from the best score to its moment in the explorer."""


class Page(HTMLParser):
    """What a browser would find: images, tables, references, and all text."""

    def __init__(self, html):
        super().__init__()
        self.images, self.references, self.tags, self.text = [], [], [], ""
        self.ids = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        self.references += [
            attributes[name] for name in ("src", "href") if name in attributes
        ]
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag == "img":
            self.images.append(attributes)

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd") / "experiment"
    return Run.from_experiment(write_experiment(folder, metric=ODD), metric=ODD)


@pytest.fixture(scope="module")
def report(run, tmp_path_factory):
    return write_report(run, tmp_path_factory.mktemp("report"), title=f"Run {ODD}")


@pytest.fixture(scope="module")
def page(report):
    return Page(report.read_text(encoding="utf-8"))


def test_the_page_is_self_contained(page, report):
    icon = "data:,"  # empty: without one, browsers ask the host for it
    assert page.references.count(icon) == 1
    for each in page.references:
        if not each.startswith("data:image/png;base64,"):
            assert each in (icon, SEEN) or (report.parent / each).is_file()
    assert "iframe" not in page.tags  # and the scripts are inside the page
    assert "url(" not in report.read_text(encoding="utf-8")


def test_the_best_score_links_to_its_moment(page, run, report):
    best = best_report(run)
    assert f"#iteration={best['iteration']}&trial={best['trial']}" == SEEN
    assert page.references.count(SEEN) == 1
    assert page.ids.count(SEEN[1:]) == 1  # the figure's, where no script runs


def test_metric_lineage_and_schedule_are_drawn_and_described(page):
    assert len(page.images) == 3
    for image, words in zip(
        page.images, (ODD, "Family tree of 2 trials", "lr from 1.5 to 1.8"), strict=True
    ):
        assert base64.b64decode(image["src"].partition(",")[2]).startswith(b"\x89PNG")
        assert words in image["alt"]


def test_names_are_shown_as_they_are(page):
    assert f"Run {ODD}" in page.text
    assert f"{ODD} at 3" in page.text
    assert "b" not in page.tags


def test_the_tables_have_every_exploit_and_every_change(page):
    assert page.tags.count("table") == 3
    assert "1.8 (* 1.2)" in page.text
    assert page.tags.count("tr") == (1 + 2) + (1 + 2) + (1 + 1)  # with the header rows


def test_the_data_are_beside_the_page(run, report):
    pd.testing.assert_frame_equal(Run.load(report.parent).history, run.history)
    assert len(pd.read_csv(report.parent / "schedule.csv")) == 2


def test_the_schedule_can_be_replayed_from_the_file(run, report):
    steps = json.loads((report.parent / "schedule.json").read_text(encoding="utf-8"))
    assert steps == [
        {"after_iteration": at, "config": new} for at, new in schedule_changes(run).items()
    ]


@TEXT_ONLY
def test_notes_and_the_state_of_the_run_are_on_the_page(tmp_path):
    info = RunInfo(
        finished=False,
        notes=["The last line of <result.json> was cut."],
        pending=[PendingExploit(6, target=0, donor=2, donor_iteration=6)],
        trials=[TrialState(3, "ERROR", error="out of memory")],
        source="/results/experiment",
    )
    run = replace(synchronous(), info=info)
    page = Page(write_report(run, tmp_path).read_text(encoding="utf-8"))
    for words in (
        "had not ended",
        "The last line of <result.json> was cut.",
        "At iteration 6 trial 0 was told to take over from trial 2",
        "out of memory",
        "/results/experiment",
    ):
        assert words in page.text


@pytest.mark.parametrize(("finished", "end"), [(False, " yet."), (True, ".")])
def test_of_a_run_that_ended_no_report_is_promised(finished, end):
    pending = [PendingExploit(6, target=0, donor=2, donor_iteration=6)]
    run = replace(synchronous(), info=RunInfo(finished=finished, pending=pending))
    assert notes_on(run)[-1].endswith(f"no report shows it{end}")


@TEXT_ONLY
def test_findings_are_on_the_page(tmp_path):
    run = synchronous()
    page = Page(write_report(run, tmp_path).read_text(encoding="utf-8"))
    assert findings(run)
    for sentence in findings(run):
        assert sentence in page.text


def test_a_run_without_any_score_has_a_report_too(tmp_path):
    run = replace(synchronous(), history=synchronous().history.assign(Q=float("nan")))
    page = Page(write_report(run, tmp_path).read_text(encoding="utf-8"))
    assert "No report has a number as Q" in page.text
    assert "There are no figures, because no number ranks the trials." in page.text
    for each in page.references:
        assert each.startswith("data:") or (tmp_path / each).is_file()


@TEXT_ONLY
def test_a_metric_of_every_tenth_report_has_a_last_value(tmp_path):
    run = Run.from_experiment(CASES / "metric_sparse10" / "experiment", metric="score")
    assert run.of_trial(run.winner)["score"].isna().iloc[-1]
    page = Page(write_report(run, tmp_path).read_text(encoding="utf-8"))
    last = run.of_trial(run.winner)["score"].dropna().iloc[-1]
    assert f"ended best, with score at {last:.6g}" in page.text
    assert trials_table(run)["last"].notna().all()


@TEXT_ONLY
def test_the_page_says_when_each_trial_last_reported(page, tmp_path):
    assert "last report (UTC)" in page.text
    assert page.text.count("1970-01-01 00:01:40") == 2
    recorded = Page(write_report(synchronous(), tmp_path).read_text(encoding="utf-8"))
    assert "last report (s)" in recorded.text


@TEXT_ONLY
def test_a_long_table_of_exploits_is_folded(tmp_path):
    run = synchronous()
    exploits = pd.concat([run.exploits] * 10, ignore_index=True)
    page = Page(
        write_report(replace(run, exploits=exploits), tmp_path).read_text(encoding="utf-8")
    )
    assert "18 more rows" in page.text


@TEXT_ONLY
def test_the_rows_that_a_very_long_table_lacks_are_in_a_file_that_it_names(tmp_path):
    run = synchronous()
    exploits = pd.concat([run.exploits] * 700, ignore_index=True)
    path = write_report(replace(run, exploits=exploits), tmp_path)
    text = path.read_text(encoding="utf-8")
    lost = len(exploits) - MOST
    assert f'The last {lost} rows are in <a href="exploits.csv">' in text
    table = text.partition("<h2>All exploits</h2>")[2]
    assert table.count("<tr>") == MOST + 2  # and two headers
    assert len((tmp_path / "exploits.csv").read_text().splitlines()) == len(exploits) + 1


def test_the_family_tree_says_if_it_leaves_edges_out(page, tmp_path):
    words = "Edges to states that died out are left out"
    assert words not in " ".join(page.text.split())
    run = synchronous()
    many = replace(run, exploits=pd.concat([run.exploits] * 1100, ignore_index=True))
    dense = Page(write_report(many, tmp_path).read_text(encoding="utf-8"))
    assert words in " ".join(dense.text.split())


def test_no_figure_stays_open(report):
    assert plt.get_fignums() == []


def test_a_run_without_exploits_has_a_report_too(tmp_path):
    folder = write_experiment(tmp_path / "experiment")
    (folder / "pbt_global.txt").unlink()
    run = Run.from_experiment(folder, metric="score")
    page = Page(write_report(run, tmp_path / "report").read_text(encoding="utf-8"))
    assert "0 exploits" in page.text
    assert len(page.images) == 3
    assert "with 0 jumps" in " ".join(page.images[0]["alt"].split())
    for each in ("Dashed lines are exploits", "each edge is an exploit"):
        assert each not in page.text


def test_one_trial_has_no_plural(tmp_path):
    page = Page(write_report(grid(trials=1), tmp_path).read_text(encoding="utf-8"))
    assert "1 trial made 6 reports and 0 exploits." in page.text
    alt = " ".join(page.images[1]["alt"].split())
    assert alt.startswith("Family tree of 1 trial.")
    assert "went through the lane of trial 0." in alt


def test_the_columns_of_the_trials_have_names_in_words(page):
    for heading in ("times cloned", "best at", "first lr", "last lr"):
        assert heading in page.text
    for name in ("best_at", "lr_first"):
        assert name not in page.text


@TEXT_ONLY
def test_the_command_writes_the_report(tmp_path, capsys):
    folder, out = write_experiment(tmp_path / "experiment"), tmp_path / "out"
    main([str(folder), "--metric", "score", "--mode", "min", "--out", str(out)])
    assert "smaller is better" in (out / "index.html").read_text(encoding="utf-8")
    assert str(out / "index.html") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("folder", "metric", "words"),
    [
        ("experiment", "loss", "reported 'loss'"),
        ("nowhere", "score", "is not the directory"),
    ],
)
def test_the_command_reports_an_error_in_one_line(tmp_path, capsys, folder, metric, words):
    write_experiment(tmp_path / "experiment")
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path / folder), "--metric", metric, "--out", str(tmp_path / "out")])
    assert stop.value.code == 2
    assert words in capsys.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_the_command_does_without_ray(tmp_path):
    folder = write_experiment(tmp_path / "experiment")
    code = (
        "import sys; from pbt_examples.__main__ import main; main(sys.argv[1:]); "
        "assert 'ray' not in sys.modules"
    )
    options = [str(folder), "--metric", "score", "--out", str(tmp_path / "out")]
    subprocess.run([sys.executable, "-c", code, *options], check=True, timeout=120)
