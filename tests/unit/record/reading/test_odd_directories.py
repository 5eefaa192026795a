"""What people's trainables, editors and killed sessions make of a directory."""

import csv
import json
import random
import shutil
import warnings

import pytest
from experiment_directory import reports
from pbt_examples import Run, same_history
from pbt_examples.record.reading import directory as reading_directory
from pbt_examples.record.reading.directory import LocalDirectory
from pbt_examples.record.reading.exploit_log import LoggedExploit, read_log
from pbt_examples.record.reading.lanes import Lane
from pbt_examples.record.reading.notes import Notes
from pbt_examples.record.reading.place_exploits import place_exploits
from synthetic_experiment import Synthetic
from witnesses import wrongs


@pytest.fixture
def made(tmp_path):
    """Return the directory of a run with exploits, and all configurations in reports."""
    run = Synthetic(seed=3).run(12)
    assert sum(map(len, run.exploits)) > 1
    folder = tmp_path / "experiment"
    run.write(folder, results=1.0)
    return folder


def read(folder):
    return Run.from_experiment(folder, metric="score")


def change_results(folder, change):
    for file in folder.glob("*/result.json"):
        reports = map(json.loads, file.read_text().splitlines())
        file.write_text("".join(json.dumps(change(each)) + "\n" for each in reports))


def change_rows(folder, change, *, files="*/progress.csv"):
    for file in folder.glob(files):
        with file.open(newline="") as lines:
            rows = [change(row) for row in csv.DictReader(lines)]
        with file.open("w", newline="") as lines:
            writer = csv.DictWriter(lines, [*rows[0]])
            writer.writeheader()
            writer.writerows(rows)


def change_states(folder, change):
    for file in folder.glob("experiment_state-*.json"):
        state = json.loads(file.read_text())
        state["trial_data"] = [
            [json.dumps(change(json.loads(trial))), more]
            for trial, more in state["trial_data"]
        ]
        file.write_text(json.dumps(state))


def with_config(report, **entries):
    return report | {"config": report["config"] | entries}


@pytest.mark.parametrize(
    "change",
    [
        lambda lr: {},  # config.pop("lr")
        lambda lr: {"lr": str(lr)},
        lambda lr: {"lr": lr / 2},
        lambda lr: {"lr": round(lr, 3)},
    ],
    ids=["removed", "made a string", "halved", "rounded"],
)
def test_what_a_trainable_makes_of_a_hyperparameter_hides_nothing(made, change):
    before = read(made)
    change_results(made, lambda r: r | {"config": change(r["config"]["lr"])})
    run = read(made)
    assert not wrongs(run)
    assert run.history["lr"].notna().all()
    assert same_history(run, before)
    assert len(run.exploits) == len(before.exploits)
    assert "removed or replaced entries" in " ".join(run.info.notes)


def test_defaults_that_a_trainable_replaces_are_no_hyperparameters(made):
    before = read(made)

    def add(trial):
        trial["config"] |= {"simple": -1}
        return trial

    change_states(made, add)
    log = made / "pbt_global.txt"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        for config in line[4:]:
            config["simple"] = -1
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    change_results(made, lambda r: with_config(r, simple=False))
    run = read(made)
    assert run.hyperparameters == ("lr",)
    assert same_history(run, before)
    assert (run.exploits["donor"] == before.exploits["donor"]).all()


def test_an_entry_that_a_trainable_adds_is_no_hyperparameter(made):
    before = read(made)
    change_results(
        made, lambda r: with_config(r, device=f"cuda:{r['training_iteration'] // 3}")
    )
    run = read(made)
    assert run.hyperparameters == ("lr",)
    assert same_history(run, before)
    assert len(run.exploits) == len(before.exploits)
    assert "did not tune, and which are left out: device" in " ".join(run.info.notes)


def test_values_drawn_within_a_list_belong_to_the_list(made):
    for file in made.glob("*/result.json"):
        file.unlink()

    def draw(trial):
        width = 64 + int(trial["experiment_tag"][0])
        trial["_Trial__unresolved_config"] = {"layers": [{"_type": "pickled"}, 32]}
        trial["evaluated_params"] |= {"layers/0": width}
        return trial

    change_states(made, draw)
    run = read(made)
    assert {*run.hyperparameters} == {"layers", "lr"}
    assert run.first_config(1)["layers"] == "[65, 32]"


def test_placeholders_of_functions_are_no_values(made):
    def place(trial):
        number = int(trial["experiment_tag"][0])
        trial["_Trial__unresolved_config"] = {"width": ["__fn_ph", f"{number}abc"]}
        trial["config"] |= {"width": 64 + number}
        return trial

    change_states(made, place)
    run = read(made)
    assert run.first_config(1)["width"] == 65
    assert "__fn_ph" not in run.history.to_csv()


def test_a_byte_order_mark_is_ignored(made):
    before = read(made)
    files = [path for path in made.rglob("*.*") if path.is_file()]
    for path in files:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    run = read(made)
    assert same_history(run, before)
    assert run.info.notes == before.info.notes == ()


def test_a_file_that_is_too_large_costs_only_itself(made, monkeypatch):
    before = read(made)
    file = min(made.glob("*/result.json"))
    file.write_text(file.read_text() + " " * 100_000)
    monkeypatch.setattr(reading_directory, "MOST_BYTES", 90_000)
    with pytest.warns(UserWarning, match=r"Left out: result\.json of trial 0.*bytes"):
        run = read(made)
    assert same_history(run, before)


def test_folders_that_were_renamed_are_found_by_their_trials(made):
    before = read(made)

    def name(trial):
        return trial | {"trial_id": f"abcde_0000{trial['experiment_tag'][0]}"}

    change_states(made, name)
    for number, folder in enumerate(
        sorted(path for path in made.iterdir() if path.is_dir())
    ):
        change_of = {"trial_id": f"abcde_0000{number}"}
        for file in folder.glob("result.json"):
            reports = [json.loads(line) | change_of for line in file.open()]
            file.write_text("".join(json.dumps(each) + "\n" for each in reports))
        if number:  # that of trial 0 keeps its name
            folder.rename(made / f"run {9 - number}")
    run = read(made)
    assert same_history(run, before)
    assert "run 8 is trial 1" in " ".join(run.info.notes)


@pytest.mark.parametrize("number", ["{}.0", "{}0", "{}0.0"])
def test_iterations_are_in_the_units_of_the_trainable(made, number):
    before = read(made)
    scale = 10 if "0" in number.partition(".")[0] else 1
    names = ["training_iteration"]

    def change(report):
        told = json.loads if isinstance(report["training_iteration"], int) else str
        return report | {name: told(number.format(report[name])) for name in names}

    change_rows(made, change)
    change_results(made, change)
    log = made / "pbt_global.txt"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        line[2:4] = [json.loads(number.format(at)) for at in line[2:4]]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = read(made)
    assert (run.history["iteration"] == scale * before.history["iteration"]).all()
    for column in ("iteration", "donor_iteration"):
        assert (run.exploits[column] == scale * before.exploits[column]).all()
    assert (run.exploits["donor_segment"] == before.exploits["donor_segment"]).all()
    assert run.info.notes == before.info.notes


def test_an_exploit_continues_from_the_checkpoint_that_the_donor_had(made):
    before = read(made)

    def save(row):
        at = int(row["training_iteration"])
        return row | {"checkpoint_dir_name": f"checkpoint_{at:06d}" if at % 2 else ""}

    change_rows(made, save)
    run = read(made)
    shown = run.exploits["donor_iteration"]
    assert (shown % 2 == 1).all()
    assert (before.exploits["donor_iteration"] - shown).isin([0, 1]).all()
    assert "continued from the one before" in " ".join(run.info.notes)


def test_what_explore_adds_or_removes_has_changed(made):
    log = made / "pbt_global.txt"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    lines[0][5]["added"] = 0.25
    lines[1][4]["removed"] = 0.5
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for file in made.glob("*/result.json"):
        file.unlink()
    exploits = read(made).exploits
    assert exploits["added_operation"].tolist()[0] == "changed"
    assert exploits["removed_operation"].tolist()[1] == "changed"


def test_an_only_trial_has_no_unknown_donor(tmp_path):
    made = Synthetic(trials=1).run(8)
    folder = tmp_path / "experiment"
    made.write(folder, results=1.0)
    change_rows(folder, lambda r: r | since(r))

    def replay(report):
        late = report["training_iteration"] > 4
        return with_config(report | since(report), lr=0.25 if late else 0.5)

    change_results(folder, replay)
    run = read(folder)
    [exploit] = run.exploits.to_dict("records")
    assert (exploit["target"], exploit["donor"], exploit["donor_iteration"]) == (0, 0, 4)
    assert (exploit["lr_donor"], exploit["lr_new"]) == (0.5, 0.25)
    assert "unknown" not in " ".join(run.info.notes)


def since(report):
    at = (int(report["training_iteration"]) - 1) % 4 + 1
    return {"iterations_since_restore": at}


def test_a_run_killed_before_its_files_were_copied_is_read_where_they_are(
    made, tmp_path, monkeypatch
):
    before = read(made)
    session = tmp_path / "ray" / "session_1" / "artifacts"
    others = session / "2026-01-01" / "experiment" / "driver_artifacts"
    others.mkdir(parents=True)
    (others / "experiment_state-other.json").write_text("{}")
    place = session / "2026-01-02" / "experiment" / "driver_artifacts"
    shutil.copytree(made, place)
    for file in [*made.glob("*/*.*"), made / "pbt_global.txt"]:
        file.unlink()
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    run = read(made)
    assert same_history(run, before)
    assert f"they are those in {place}" in " ".join(run.info.notes)


def test_a_session_with_another_run_of_this_name_is_not_read(made, tmp_path, monkeypatch):
    place = tmp_path / "ray" / "session_1" / "artifacts" / "2026" / "experiment"
    shutil.copytree(made, place / "driver_artifacts")
    shutil.rmtree(made)
    made.mkdir()
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    with pytest.raises(FileNotFoundError):
        read(made)


def test_the_directory_is_shown_in_full(made, monkeypatch):
    monkeypatch.chdir(made.parent)
    assert read("experiment").info.source == str(made)
    assert read(made.as_uri()).info.source == made.as_uri()


def test_no_secret_of_an_address_is_shown():
    remote = reading_directory.RemoteDirectory(
        None, "bucket/run", "s3://key:secret@bucket/run/?access_key=secret"
    )
    assert remote.address == "s3://bucket/run"


def test_it_is_doubted_from_which_state_a_trial_went_on_if_its_steps_are_uneven(made):
    iterations = [0, 4, 9, 15, 19, 26, 31, 38, 42, 50, 56, 60, 66]

    def change(report):
        at = iterations[int(report["training_iteration"])]
        return report | {"training_iteration": at}

    change_rows(made, change)
    change_results(made, change)
    with pytest.warns(UserWarning, match="does not grow evenly"):
        run = read(made)
    assert "are missing" not in " ".join(run.info.notes)


@pytest.mark.parametrize("missing", [True, False])
def test_old_folders_of_checkpoints_show_that_one_was_not_saved(tmp_path, missing):
    made = Synthetic(seed=3).run(12)
    folder = tmp_path / "experiment"
    made.write(folder, old="1.13")
    for place in folder.glob("train_*"):
        (place / "checkpoint_tmp7b207e").mkdir()
        for at in (2, 12) if missing else range(13):
            (place / f"checkpoint_{at:06d}").mkdir()
    notes = " ".join(read(folder).info.notes)
    assert ("the donor had saved no checkpoint" in notes) == missing


@pytest.mark.parametrize("named", [True, False])
def test_a_trial_that_waited_goes_back_to_its_last_checkpoint(tmp_path, named):
    made = Synthetic(seed=1, trials=5).run(13)
    for trial in range(5):
        made.saved[trial] = made.iteration[trial], made.score[trial]
        made.step(trial)
    made.crash(2)
    for trial in range(5):
        made.step(trial)
    folder = tmp_path / "experiment"
    made.write(folder)

    def save(row):
        at = int(row["training_iteration"])
        return row | {"checkpoint_dir_name": f"checkpoint_{at:06d}" if at < 14 else ""}

    if named:
        change_rows(folder, save)
    run = read(folder)
    assert ("Went back and no line" in " ".join(run.info.notes)) != named
    assert not wrongs(run)


@pytest.mark.parametrize("failures", [0, 1])
def test_trials_may_wait_while_another_one_that_failed_does(tmp_path, failures):
    made = Synthetic(seed=1, trials=5).run(15)
    made.crash(3)
    for trial in range(5):
        made.step(trial)
    folder = tmp_path / "experiment"
    made.write(folder)

    def fail(trial):
        return trial | {"num_failures": failures * (trial["experiment_tag"][0] == "2")}

    change_states(folder, fail)
    notes = " ".join(read(folder).info.notes)
    assert ("trial 3 after iteration 15" in notes) == (not failures)


@pytest.mark.parametrize("tag", ["", "@perturbed[lr=0.6]"])
def test_trials_that_waited_and_never_exploited_need_no_log(tmp_path, tag):
    made = Synthetic(seed=1)
    for _ in range(3):
        for trial in range(4):
            for _ in range(3):
                made.step(trial)
            made.crash(trial)
    folder = tmp_path / "experiment"
    made.write(folder)
    change_states(folder, lambda t: t | {"experiment_tag": t["experiment_tag"] + tag})
    assert ("There is no pbt_global.txt" in " ".join(read(folder).info.notes)) == bool(tag)


def test_an_exploit_begins_where_reports_show_its_values(tmp_path):
    made = Synthetic(seed=1, trials=2)
    for _ in range(3):
        for trial in (0, 1):
            made.step(trial)
    worse = made.score.index(min(made.score))
    made.crash(worse)  # waits, and goes on from 3
    made.step(worse)
    made.maybe_exploit(worse, late=1)  # before Ray has counted this report
    made.step(worse)
    folder = tmp_path / "experiment"
    made.write(folder, results=1.0)
    file = next(folder.glob(f"train_abcde_0000{worse}*/result.json"))
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines[:3], *lines[4:]]))  # Ray has lost one
    run = read(folder)
    assert not wrongs(run)
    assert run.exploits["iteration"].tolist() == [4]
    assert len(run.of_trial(worse)) == 5


def test_an_entry_that_explore_adds_is_not_unknown_before(made):
    log = made / "pbt_global.txt"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    new = lines[-1][5]
    new["added"] = 0.25
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    change_results(
        made, lambda r: with_config(r, **(new if r["config"]["lr"] == new["lr"] else {}))
    )
    for file in made.glob("*/result.json"):  # Ray has not written their ends
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    run = read(made)
    assert run.history["added"].notna().sum() == (run.history["lr"] == new["lr"]).sum()
    assert run.info.notes == ()


def test_without_progress_csv_later_reports_replace_no_entry(made):
    for file in made.glob("*/progress.csv"):
        file.unlink()
    [target, _, iteration, *_] = json.loads((made / "pbt_global.txt").open().readline())
    for file in made.glob(f"*_{target}_*/result.json"):  # Ray has lost the first ones
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[iteration:]))
    with pytest.warns(UserWarning, match="missing before"):
        run = read(made)
    assert "removed or replaced" not in " ".join(run.info.notes)
    assert (run.history["lr"] == run.history["gt_lr"]).all()


def restart(trial):
    """Return the entry of a trial after ``restart_errored``: Ray has renamed it."""
    if trial["experiment_tag"][0] == "2":
        folder = trial["relative_logdir"].replace("abcde_00002", "4a19fda6")
        return trial | {"trial_id": "4a19fda6", "relative_logdir": folder}
    return trial | {"trial_id": f"abcde_0000{trial['experiment_tag'][0]}"}


def test_a_restarted_trial_has_the_reports_of_its_earlier_attempts(tmp_path):
    made = Synthetic(seed=3).run(6)
    made.iteration[2], made.score[2], made.since[2] = 0, 0.0, 0
    made.source[2], begins = (-1, -1), len(made.rows[2])
    made.run(9)
    folder, split = tmp_path / "one" / "run", tmp_path / "two" / "run"
    made.write(folder, restored=True)
    made.write(split, restored=True)
    change_states(split, restart)
    for place in split.glob("train_*"):
        names = {"trial_id": place.name[6:17]}
        change_rows(place, lambda row, names=names: row | names, files="progress.csv")
    place = next(split.glob("*_00002_*"))
    other = place.with_name(place.name.replace("abcde_00002", "4a19fda6"))
    shutil.copytree(place, other)
    lines = (place / "progress.csv").read_text().splitlines(keepends=True)
    (place / "progress.csv").write_text("".join(lines[: 1 + begins]))
    later = "".join([lines[0], *lines[1 + begins :]]).replace("abcde_00002", "4a19fda6")
    (other / "progress.csv").write_text(later)
    run = read(split)
    assert same_history(run, read(folder))
    assert len(run.of_trial(2)) == len(made.rows[2])
    assert "Trial 2 was restarted" in " ".join(run.info.notes)


def add_session(folder, started):
    """Add the state file of a session that restored the run at a time."""
    file = min(folder.glob("experiment_state-*.json"))
    state = json.loads(file.read_text())
    state["stats"]["start_time"] = started
    state["runner_data"]["_resumed"] = True
    (folder / "experiment_state-2027.json").write_text(json.dumps(state))


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("results", [0, 1])
def test_a_restored_run_is_in_doubt_if_its_log_may_have_lost_lines(tmp_path, lost, results):
    made = Synthetic(seed=3).run(12)
    kept = [line for line in made.log if not lost or line[2] > 3]
    assert (len(kept) < len(made.log)) == lost
    folder = tmp_path / "experiment"
    made.write(folder, results=results, log=kept)
    add_session(folder, made.rows[0][5][5])  # after the first exploits
    notes = " ".join(read(folder).info.notes)
    assert ("has lost no line" in notes) != lost
    assert ("may have lost earlier lines" in notes) == lost


@pytest.mark.parametrize("digits", [6, 16])
def test_a_restored_run_whose_trials_kept_their_values_has_lost_no_line(tmp_path, digits):
    first = [round(Synthetic(seed=7).random.random(), digits) + k for k in range(4)]
    made = Synthetic(seed=3, first=first)
    for _ in range(2):
        for trial in range(4):
            made.step(trial)
    moment = made.time + 1
    made.time += 3
    made.save()
    for trial in range(4):
        made.crash(trial)
    made.run(9)
    folder = tmp_path / "experiment"
    made.write(folder, results=1.0)
    add_session(folder, moment)
    notes = " ".join(read(folder).info.notes)
    assert ("has lost no line" in notes) == (digits > 10)


@pytest.mark.parametrize("policies", [True, False])
def test_a_log_that_ends_as_the_policies_do_has_lost_no_line(tmp_path, policies):
    made = Synthetic(seed=1, trials=5).run(15)
    made.save()
    made.crash(2)
    for trial in range(5):
        made.step(trial)
    folder = tmp_path / "experiment"
    made.write(folder)
    for trial in {line[0][0] for line in made.log if policies}:
        text = "".join(f"{json.dumps(line)}\n" for line in made.policies[int(trial)])
        (folder / f"pbt_policy_{trial}.txt").write_text(text)
    notes = " ".join(read(folder).info.notes)
    assert ("trial 2 after iteration 15" in notes) != policies


def test_an_exploit_does_not_begin_where_its_values_were_there_already():
    # Ray names the donor's last report, not the checkpoint. The target waited at 8.
    old, new, of_donor = {"lr": 0.25}, {"lr": 0.6}, {"lr": 0.5}
    rows = [*range(1, 10), 7, 8, 9, 10]
    target = Lane(reports(rows, resumed_at=[9, 11]), [old] * 9 + [new] * 4)
    donor = Lane(reports([*range(1, 9)]), [of_donor] * 8)
    log = [LoggedExploit(0, 1, 8, 8, of_donor, new)]
    [place] = place_exploits(log, {0: target, 1: donor}, ("lr",))
    assert place == (1, 9, 6)


def test_an_asynchronous_exploit_does_not_begin_where_a_trial_only_waited():
    # The target waited at 12. Ray has the report of 13 when it writes 12, and the donor's
    # report of 11 when it takes the checkpoint of 10.
    target = Lane(reports([*range(1, 14), 11, 12], resumed_at=[12, 13]), [None] * 15)
    donor = Lane(reports([*range(1, 17)]), [None] * 16)
    log = [LoggedExploit(0, 1, 12, 11, {}, {}), LoggedExploit(0, 1, 11, 16, {}, {})]
    place, _ = place_exploits(log, {0: target, 1: donor})
    assert place == (2, 13, 10)


def test_a_policy_is_before_a_log_that_a_target_behind_the_others_begins(tmp_path):
    lines = [["1_lr", "3_lr", 9, 8, {"lr": 0.5}, {"lr": 0.6}],
             ["2_lr", "1_lr", 9, 12, {"lr": 0.6}, {"lr": 0.7}]]  # fmt: skip
    for name, line in zip(["pbt_policy_1.txt", "pbt_global.txt"], lines, strict=True):
        (tmp_path / name).write_text(f"{json.dumps(line)}\n")
    log = read_log(LocalDirectory(tmp_path), {}, {*range(4)}, Notes())
    assert [exploit.donor_iteration for exploit in log] == [8, 12]


def test_what_the_log_says_is_not_set_is_not_unknown(made):
    log = made / "pbt_global.txt"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    lines[0][4]["removed"] = 0.5
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for file in made.glob("*/result.json"):
        file.unlink()
    change_states(made, lambda t: t | {"evaluated_params": t["config"] | {"removed": 0.5}})
    run = read(made)
    assert run.history["removed"].notna().sum() == (run.history["segment"] == 0).sum()
    assert run.info.notes == ()


@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_mode_that_no_exploit_fits_is_in_doubt(made, mode):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Run.from_experiment(made, metric="score", mode=mode)
    texts = [str(each.message) for each in caught]
    assert any("--mode max" in text for text in texts) == (mode == "min")


@pytest.mark.parametrize("digits", [4, 16])
def test_a_donor_is_known_by_a_product_of_a_number_with_many_digits(tmp_path, digits):
    numbers = random.Random(7)
    first = [round(numbers.uniform(0.1, 1), digits) for _ in range(4)]
    made = Synthetic(seed=3, first=first).run(12)
    folder = tmp_path / "experiment"
    made.write(folder, results=1.0, log=made.log[1:])
    run = read(folder)
    assert not wrongs(run)
    target, donor = (int(tag[0]) for tag in made.log[0][:2])
    exploit = run.exploits[run.exploits["target"] == target].iloc[0]
    assert exploit["donor"] == (donor if digits > 10 else -1)
    assert ("the donor is unknown" in " ".join(run.info.notes)) == (digits <= 10)
