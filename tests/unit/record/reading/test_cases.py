"""Directories of real and synthetic runs are read as the trials reported them."""

import csv
import json
import math
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from pbt_examples import Run, write_report
from pbt_examples.figures import plot_lineage, plot_metric_history
from pbt_examples.report import pictures
from synthetic_experiment import Synthetic, seeds

CASES = Path(__file__).parents[3] / "cases"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
METRICS = {"metric_only_in_result_json": "eval/acc"}


def read(folder, metric="score"):
    """Return a run, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = Run.from_experiment(folder, metric=metric)
    return run, " ".join(str(each.message) for each in caught)


def case(name):
    return read(CASES / name / "experiment", METRICS.get(name, "score"))[0]


def told(folder):
    """Return the exploits of each trial, as it reported them."""
    trials = {}
    for progress in sorted(folder.glob("*/progress.csv")):
        with progress.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if not rows or "gt_src_trial" not in rows[0]:
            continue
        me, exploits = int(rows[0]["gt_me"]), []
        for before, row in zip([None, *rows], rows, strict=False):
            donor = int(row["gt_src_trial"])
            if int(row["iterations_since_restore"]) == 1 and donor not in (-1, me):
                last = int(before["training_iteration"]) if before else 0
                exploits.append((last, donor, int(row["gt_src_iter"])))
        trials[me] = exploits
    return trials


def exploits_of(run, trial):
    own = run.exploits[run.exploits["target"] == trial]
    columns = own[["iteration", "donor", "donor_iteration"]].itertuples(index=False)
    return [tuple(map(int, row)) for row in columns]


def wrong_rates(run):
    """Return the number of rows whose learning rate is known, but not the one used."""
    name = next((n for n in run.hyperparameters if n.split("/")[-1] == "lr"), None)
    if name is None:
        return 0
    rates = run.history[name].astype(float)
    return int(((rates - run.history["gt_lr"]).abs() > 1e-9).sum())


@pytest.mark.parametrize("name", NAMES)
def test_a_case_reads_as_its_trials_reported(name):
    run = case(name)
    for trial, exploits in told(CASES / name / "experiment").items():
        assert exploits_of(run, trial) == exploits
    assert wrong_rates(run) == 0
    name = run.hyperparameters[0]
    assert run.history[name].notna().all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:constrained_layout")
def test_a_case_has_a_report_with_every_note(name, tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "DPI", 50)  # sharp ones take longer
    run = case(name)
    page = write_report(run, tmp_path).read_text(encoding="utf-8")
    text = page.replace("&#x27;", "'").replace("&quot;", '"')
    for note in run.info.notes:
        assert note in text


def test_no_reports_are_lost_in_a_case():
    expected = {
        "half_row_csv": 48, "half_line_result": 48, "headless_csv": 48,
        "hp_named_iteration": 48, "real_sigint": 46,
    }  # fmt: skip
    assert {name: len(case(name).history) for name in expected} == expected


def test_the_header_of_another_trial_reads_a_csv_without_one(tmp_path):
    folder = tmp_path / "experiment"
    shutil.copytree(CASES / "headless_csv" / "experiment", folder)
    for file in folder.glob("*/result.json"):
        file.unlink()
    run, _ = read(folder)
    columns = ["trial", "segment", "iteration", "score", "lr"]
    assert run.history[columns].equals(case("headless_csv").history[columns])
    assert "has no header; that of another trial was used" in " ".join(run.info.notes)


def test_an_exploit_that_no_report_follows_is_pending_and_draws_no_edge():
    run = case("end_exploit")
    assert len(run.exploits) == 0
    [pending] = run.info.pending
    assert (pending.target, pending.donor, pending.iteration) == (0, 1, 4)
    assert pending.config == {"lr": 0.6792}
    edges = [c for c in plot_lineage(run).collections if c.get_gid() == "edges"]
    assert not edges[0].get_segments()


def test_states_of_trials_are_known():
    states = {trial.trial: trial for trial in case("real_failed").info.trials}
    assert states[3].status == "ERROR"
    assert states[3].reports == 0
    assert states[3].error == "RuntimeError: bad config"
    assert states[0].checkpoint.endswith("/checkpoint_000029")
    assert case("real_sigint").info.finished is False
    assert case("old_r1_13").info.ray_release == "2.3 or earlier"


def test_clashing_names_are_both_kept():
    run = case("hp_named_iteration")
    assert run.hyperparameters == ("lr", "config/iteration")
    assert set(run.history["config/iteration"]) == {100, 200}
    assert run.history["iteration"].max() == 12
    run = case("hp_named_metric")
    assert run.metric == "score"
    assert set(run.history["config/score"]) == {1.0, 2.0}
    assert run.history["score"].nunique() == 48


def test_a_list_that_is_tuned_has_a_schedule():
    run = case("only_list")
    assert run.hyperparameters == ("hp_policy",)
    assert run.of_trial(1)["hp_policy"].iloc[-1] == "[4, 5]"
    assert run.exploits["hp_policy_operation"].tolist() == ["changed", "changed"]


def test_a_metric_of_every_tenth_report_is_drawn():
    run = case("metric_sparse10")
    assert run.of_trial(run.winner)["score"].notna().sum() == 6
    ax = plot_metric_history(run)
    lines = [c for c in ax.collections if str(c.get_gid()).startswith("line-")]
    paths = [path for line in lines for path in line.get_segments()]
    assert max(map(len, paths)) > 1
    assert np.isfinite(np.concatenate(paths)).all()


# Synthetic runs


def faults(run, made):
    """Return what differs from the course of a synthetic run."""
    differing = [
        trial for trial in run.trials if exploits_of(run, trial) != done(made, trial)
    ]
    return differing + ["rates"] * bool(wrong_rates(run))


def done(made, trial):
    """Return the exploits of a trial that a report follows."""
    exploits = made.exploits[trial]
    return exploits[:-1] if exploits and made.since[trial] == 0 else exploits


@pytest.mark.parametrize("seed", seeds(2, 4))
@pytest.mark.parametrize("synch", [True, False])
@pytest.mark.parametrize("old", ["", "0.8.7", "1.13"])
@pytest.mark.filterwarnings("error")
def test_a_synthetic_run_is_read_correctly(tmp_path, seed, synch, old):
    made = Synthetic(seed=seed, synch=synch).run(17)
    run = Run.from_experiment(made.write(tmp_path / "run", old=old), metric="score")
    assert faults(run, made) == []
    assert len(run.exploits) + len(run.info.pending) == len(made.log) > 0


@pytest.mark.parametrize("seed", seeds(2, 6))
@pytest.mark.parametrize("synch", [True, False])
def test_a_synthetic_run_is_read_correctly_at_every_moment(tmp_path, seed, synch):
    for iterations in range(1, 17, 3):
        made = Synthetic(seed=seed, synch=synch).run(iterations)
        for trial, rows in enumerate(made.rows):
            if not rows:
                made.step(trial)
        folder = made.write(tmp_path / f"{iterations}", status="RUNNING")
        run, doubts = read(folder)
        assert faults(run, made) == []
        assert run.info.finished is False
        assert not doubts


@pytest.mark.parametrize("seed", seeds(5, 20))
@pytest.mark.parametrize("synch", [True, False])
def test_a_log_without_its_beginning_gives_nothing_wrong(tmp_path, seed, synch):
    made = Synthetic(seed=seed, synch=synch).run(17)
    kept = made.log[len(made.log) // 2 :]
    run, doubts = read(made.write(tmp_path / "run", results=1.0, log=kept))
    assert wrong_rates(run) == 0
    assert run.history["lr"].notna().all()
    for trial in run.trials:
        known = [e for e in exploits_of(run, trial) if e[1] != -1]
        assert {*known} <= {*done(made, trial)}
        lost = [(e[0], e[2]) for e in exploits_of(run, trial) if e[1] == -1]
        assert {*lost} <= {(at, origin) for at, _, origin in done(made, trial)}
    assert "the donor is unknown" in doubts


@pytest.mark.parametrize("seed", seeds(3, 10))
def test_a_log_without_its_beginning_always_gives_a_note(tmp_path, seed):
    made = Synthetic(seed=seed).run(17)
    kept = made.log[len(made.log) // 2 :]
    _, doubts = read(made.write(tmp_path / "run", log=kept, restored=True))
    assert "was restored" in doubts


@pytest.mark.parametrize("seed", seeds(6, 30))
@pytest.mark.parametrize("lost", [1, 2, 3])
@pytest.mark.parametrize("synch", [True, False])
def test_a_log_that_lost_lines_gives_nothing_wrong_in_silence(tmp_path, seed, lost, synch):
    # No file says that the run was restored, and none has a configuration.
    made = Synthetic(seed=seed, synch=synch, trials=5).run(17)
    folder = made.write(tmp_path / "run", log=made.log[lost:])
    run, doubts = read(folder)
    assert doubts or faults(run, made) == []


def test_a_resumption_after_a_failure_is_no_doubt(tmp_path):
    made = Synthetic(seed=1, trials=5).run(15)
    made.save()
    made.crash(2)
    for trial in range(5):
        made.step(trial)
    folder = made.write(tmp_path / "run")
    assert "trial 2 after iteration 15" in read(folder)[1]
    state = folder / "experiment_state-2026.json"
    content = json.loads(state.read_text())
    trials = [json.loads(trial) for trial, _ in content["trial_data"]]
    trials[2]["num_failures"] = 1
    content["trial_data"] = [[json.dumps(trial), "{}"] for trial in trials]
    state.write_text(json.dumps(content))
    assert not read(folder)[1]


def test_trials_that_wait_for_each_other_are_no_doubt(tmp_path):
    # Ray pauses all but the last trial that comes to the end of an interval.
    made = Synthetic(seed=1, trials=5)
    for step in range(1, 16):
        for trial in range(5):
            made.step(trial)
        if step % 3 == 0:
            made.maybe_exploit(made.score.index(min(made.score)))
            made.since[:4] = [0] * 4
    run, doubts = read(made.write(tmp_path / "run"))
    assert len(run.exploits) > 0
    assert not doubts


@pytest.mark.parametrize("seed", seeds(3, 10))
@pytest.mark.parametrize("name", ["progress.csv", "result.json", "pbt_global.txt"])
def test_a_truncated_file_loses_only_what_was_cut(tmp_path, seed, name):
    made = Synthetic(seed=seed).run(17)
    folder = made.write(tmp_path / "run", results=1.0)
    file = next(folder.rglob(name))
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * made.random.uniform(0.3, 1)) - 1])
    run, _ = read(folder)
    assert wrong_rates(run) == 0
    assert len(run.history) == 4 * 17
    for trial in run.trials:
        known = [e for e in exploits_of(run, trial) if e[1] != -1]
        assert {*known} <= {*done(made, trial)}


def test_rows_discarded_by_a_failure_are_left_out(tmp_path):
    made = Synthetic(trials=2, interval=4)
    for _ in range(7):
        made.step(0)
        made.step(1)
    made.crash(0)
    made.step(0)  # iteration 5 once more; 6 and 7 are discarded
    run, _ = read(made.write(tmp_path / "run", status="RUNNING"))
    assert run.of_trial(0)["iteration"].tolist() == [1, 2, 3, 4, 5]
    assert run.of_trial(0)["score"].iloc[-1] == made.score[0]
    assert "3 discarded reports left out" in " ".join(run.info.notes)


def test_an_unknown_donor_is_drawn_as_such(tmp_path):
    made = Synthetic(seed=3).run(17)
    run, _ = read(made.write(tmp_path / "run", results=1.0, log=made.log[-1:]))
    unknown = int((run.exploits["donor"] == -1).sum())
    assert unknown > 0
    [marks] = [
        line for line in plot_lineage(run).lines if line.get_gid() == "unknown donors"
    ]
    assert len(marks.get_xdata()) == unknown


def test_a_trial_that_starts_over_has_a_segment_for_each_start(tmp_path):
    made = Synthetic(trials=2, interval=100)
    for _ in range(6):
        for _ in range(3):
            made.step(0)
        made.crash(0)  # it has no checkpoint
    made.step(0)
    made.step(1)
    run, _ = read(made.write(tmp_path / "run"))
    assert run.of_trial(0)["segment"].nunique() == 7
    assert run.of_trial(0)["iteration"].tolist() == [1, 2, 3] * 6 + [1]
    assert "started over from the first iteration 6 times" in " ".join(run.info.notes)
    assert run.ancestry(0)["iteration"].tolist() == [1]
    plot_lineage(run)


def test_a_winner_has_a_score(tmp_path):
    run = case("metric_sparse10")
    assert not math.isnan(run.of_trial(run.winner)["score"].dropna().iloc[-1])


# Without a state file


def without_state(made, folder, *, rename=None, columns=None, old=""):
    """Write a run of many trials without its state file, some folders renamed."""
    made.write(folder, old=old)
    next(folder.glob("experiment_state-*.json")).unlink()
    for number, tag in enumerate(made.tags):
        [place] = folder.glob(f"train_*{tag}_*")
        (place / "params.json").write_text(json.dumps({"lr": made.lr[number]}))
        if columns:
            file = place / "progress.csv"
            head, *rows = file.read_text().splitlines()
            cells = {name: text.format(number) for name, text in columns.items()}
            rows = [",".join([row, *cells.values()]) for row in rows]
            file.write_text("\n".join([",".join([head, *cells]), *rows, ""]))
        if rename:
            place.rename(folder / rename(number))
    return folder


def mixed(number):
    """Name folders in an order that is not that of the trials."""
    return f"trial {number * 7 % 12:x}"


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"old": "0.8.7"},
        {"rename": lambda number: f"my_trial_{number}"},
        {"rename": mixed, "columns": {"trial_id": "abcde_{:05d}"}},
        {"rename": mixed, "columns": {"experiment_tag": "{}_lr=0.5@perturbed[lr=0.6]"}},
    ],
)
@pytest.mark.parametrize("synch", [True, False])
def test_without_a_state_file_trials_have_the_numbers_of_the_log(tmp_path, how, synch):
    made = Synthetic(trials=12, seed=1, synch=synch).run(17)
    run, _ = read(without_state(made, tmp_path / "run", **how))
    assert len(run.exploits) > 0
    assert faults(run, made) == []


def test_a_log_whose_trials_cannot_be_told_is_not_followed(tmp_path):
    made = Synthetic(trials=12, seed=1).run(17)
    run, doubts = read(without_state(made, tmp_path / "run", rename=mixed))
    assert len(run.history) == 12 * 17
    assert "the log is not followed" in doubts
    assert not {*run.exploits["donor"]} - {-1}
    assert wrong_rates(run) == 0
