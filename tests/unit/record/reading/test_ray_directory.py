"""Reading an experiment directory: what it recovers, and what it says if it cannot."""

import json
import shutil

import pandas as pd
import pytest
from experiment_directory import reports, write_experiment
from pbt_examples import Run, same_history
from pbt_examples.record.reading.directory import LocalDirectory
from pbt_examples.record.reading.exploit_log import LoggedExploit, read_log
from pbt_examples.record.reading.lanes import Lane
from pbt_examples.record.reading.notes import Notes
from pbt_examples.record.reading.place_exploits import place_exploits
from pbt_examples.record.reading.ray_columns import RAY_COLUMNS
from pbt_examples.record.reading.report_files import read_results

NEEDED = "training_iteration,iterations_since_restore,time_this_iter_s,timestamp,pid"


def logged(target, donor, iteration, donor_iteration):
    return LoggedExploit(target, donor, iteration, donor_iteration, {}, {})


def placed(log, tables):
    """Return for each exploit the target's last row before it, and both iterations."""
    lanes = {trial: Lane(table, [None] * len(table)) for trial, table in enumerate(tables)}
    return [
        place and (rows_before(lanes[exploit.target], place.stint), *place[1:])
        for exploit, place in zip(log, place_exploits(log, lanes), strict=True)
    ]


def rows_before(lane, stint):
    return [*lane.first[1:].tolist(), len(lane.iterations)][stint - 1] - 1


@pytest.fixture
def directory(tmp_path):
    return write_experiment(tmp_path / "experiment")


def edit_state(folder, change):
    file = folder / "experiment_state-2026.json"
    state = json.loads(file.read_text())
    trials = [json.loads(trial) for trial, _ in state["trial_data"]]
    change(trials)
    state["trial_data"] = [[json.dumps(trial), "{}"] for trial in trials]
    file.write_text(json.dumps(state))


def test_an_exploit_becomes_a_segment_with_the_new_configuration(directory):
    run = Run.from_experiment(directory, metric="score")
    assert run.hyperparameters == ("lr",)
    first = run.of_trial(0)
    assert first["iteration"].tolist() == [1, 2, 3, 4]
    assert first["segment"].tolist() == [0, 0, 1, 1]
    assert first["lr"].tolist() == [0.5, 0.5, 1.5 * 1.2, 1.5 * 1.2]
    assert run.of_trial(1)["lr"].tolist() == [1.5] * 4
    assert run.exploits.iloc[0].to_dict() == {
        "iteration": 2, "target": 0, "donor": 1, "donor_iteration": 2, "segment": 1,
        "donor_segment": 0, "target_score": 1.0, "donor_score": 1.0, "lr_donor": 1.5,
        "lr_new": 1.5 * 1.2, "lr_operation": "* 1.2",
    }  # fmt: skip
    assert run.history["time"].tolist() == [9.5] * 8


def test_mode_and_factors_can_be_given(directory):
    run = Run.from_experiment(
        directory, metric="score", mode="min", perturbation_factors=(2.0,)
    )
    assert run.mode == "min"
    assert run.exploits["lr_operation"].tolist() == ["resample"]


def test_a_directory_without_exploits_is_a_run_without_exploits(directory, recwarn):
    (directory / "pbt_global.txt").unlink()
    for trial in (0, 1):
        reports([1, 2, 3, 4]).to_csv(directory / f"trial_{trial}/progress.csv", index=False)
    run = Run.from_experiment(directory, metric="score")
    assert not recwarn.list
    assert len(run.exploits) == 0
    assert run.history["segment"].eq(0).all()
    assert run.hyperparameters == ("lr",)  # the trials differ in it


def test_it_is_doubted_that_trials_resumed_without_any_log_or_failure(directory):
    (directory / "pbt_global.txt").unlink()
    with pytest.warns(UserWarning, match="no pbt_global.txt.*: trial 0 after iteration 2"):
        run = Run.from_experiment(directory, metric="score")
    assert len(run.exploits) == 0


def test_a_run_that_was_read_can_be_saved_and_loaded(directory, tmp_path):
    run = Run.from_experiment(directory, metric="score")
    again = Run.load(run.save(tmp_path / "saved"))
    pd.testing.assert_frame_equal(again.history, run.history)
    pd.testing.assert_frame_equal(again.exploits, run.exploits)


def test_rows_that_a_crash_reports_again_count_once(directory):
    file = directory / "trial_1" / "progress.csv"
    reports([1, 2, 3, 2, 3, 4], resumed_at=[3]).to_csv(file, index=False)
    lane = Run.from_experiment(directory, metric="score").of_trial(1)
    assert lane["iteration"].tolist() == [1, 2, 3, 4]
    assert lane["score"].tolist() == [0, 3, 4, 5]


def test_a_trial_that_never_reported_is_left_out(directory):
    (directory / "pbt_global.txt").unlink()
    (directory / "trial_0" / "progress.csv").unlink()
    edit_state(directory, lambda trials: trials[0].update(status="ERROR"))
    assert Run.from_experiment(directory, metric="score").trials == [1]


def test_a_folder_without_an_experiment_is_refused(tmp_path, directory):
    with pytest.raises(FileNotFoundError, match=r"nowhere is not .* no such folder"):
        Run.from_experiment(tmp_path / "nowhere", metric="score")
    with pytest.raises(FileNotFoundError, match=r"did you mean .*'experiment'"):
        Run.from_experiment(tmp_path, metric="score")


@pytest.mark.parametrize("status", ["PENDING", "RUNNING", "PAUSED"])
def test_an_unfinished_experiment_is_read_and_its_states_are_known(directory, status):
    whole = Run.from_experiment(directory, metric="score")
    assert whole.info.finished
    edit_state(directory, lambda trials: trials[1].update(status=status))
    run = Run.from_experiment(directory, metric="score")
    assert same_history(run, whole)
    assert run.info.finished is False
    assert [trial.status for trial in run.info.trials] == ["TERMINATED", status]
    assert f"not finished: trial 1 {status}" in " ".join(run.info.notes)
    assert run.info.last_report == "1970-01-01T00:01:40+00:00"


def test_an_unreported_metric_is_refused_with_the_reported_ones(directory):
    with pytest.raises(
        ValueError, match=r"reported 'scor'; the metrics are 'score' \(0 to 3\)"
    ):
        Run.from_experiment(directory, metric="scor")


def test_an_experiment_without_loggers_is_refused(directory):
    for number in range(2):
        (directory / f"trial_{number}" / "progress.csv").unlink()
    with pytest.raises(FileNotFoundError, match="TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"):
        Run.from_experiment(directory, metric="score")


def test_two_broken_lines_are_not_read_as_one_report():
    notes = Notes()
    text = '{"training_iteration": 1, "x": 1}\n{"training_iteration": 2\n"x": 2}\n'
    assert read_results(text, "result.json", notes) == [{"training_iteration": 1, "x": 1}]
    assert notes.texts == ["Left out: 2 incomplete or garbled lines of result.json."]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["pbt_global.txt", "trial_0/result.json"])
@pytest.mark.parametrize(
    "text",
    [
        "{", "nonsense", "1", "{}", "[" * 100_000, '["0", "1"]',
        '["x", "1", true, [], {}, 3]', '{"training_iteration": []}', "\0\0\0", "\n\n",
    ],
)  # fmt: skip
def test_an_incomplete_line_is_left_out_and_noted(directory, name, text):
    whole = Run.from_experiment(directory, metric="score")
    with (directory / name).open("a") as file:
        file.write(text)
    run = Run.from_experiment(directory, metric="score")
    assert same_history(run, whole)
    blank = not text.strip("\0\n")
    assert [*run.info.notes] == [
        "Left out: 1 incomplete or garbled line of "
        f"{name.replace('trial_0/result.json', 'result.json of trial 0')}."
    ] * (not blank)


@pytest.mark.parametrize(
    "row", ["5", "5,1.5,1,0.5,100,7", "5,x,1,0.5,100,7", "5,5,,0.5,100,7", "\0", '"']
)
def test_an_incomplete_csv_row_is_left_out_and_noted(directory, row):
    whole = Run.from_experiment(directory, metric="score")
    file = directory / "trial_0" / "progress.csv"
    file.write_text(file.read_text() + row + "\r\n")
    run = Run.from_experiment(directory, metric="score")
    assert same_history(run, whole)
    assert "1 incomplete or garbled line of progress.csv of trial 0" in run.info.notes[0]


def test_a_row_without_its_line_end_is_incomplete(directory):
    # Its last number may have lost digits.
    file = directory / "trial_0" / "progress.csv"
    file.write_text(file.read_text().rstrip("\n"))
    run = Run.from_experiment(directory, metric="score")
    assert run.of_trial(0)["iteration"].tolist() == [1, 2, 3]


def test_a_blank_line_in_a_csv_is_ignored(directory):
    whole = Run.from_experiment(directory, metric="score")
    file = directory / "trial_0" / "progress.csv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:2], "", *lines[2:], ""]))
    run = Run.from_experiment(directory, metric="score")
    assert same_history(run, whole)
    assert run.info.notes == ()


@pytest.mark.parametrize("text", ["{", "{}", "", "[]", '{"trial_data": 3}'])
def test_without_a_complete_state_file_the_folders_are_the_trials(directory, text):
    for number in range(2):
        place = directory / f"trial_{number}"
        place.rename(directory / f"train_abcde_0000{number}_{number}_lr=0.5_2026-01-01")
    (directory / "experiment_state-2026.json").write_text(text)
    run = Run.from_experiment(directory, metric="score")
    assert run.trials == [0, 1]
    assert run.exploits["donor"].tolist() == [1]
    assert run.info.finished is None
    assert {trial.status for trial in run.info.trials} == {"unknown"}
    assert "states of the trials are unknown" in " ".join(run.info.notes)


def test_the_previous_state_file_replaces_a_broken_one(directory):
    (directory / "experiment_state-2027.json").write_text('{"trial_data": [')
    run = Run.from_experiment(directory, metric="score")
    assert run.info.finished
    assert "experiment_state-2027.json is not complete" in run.info.notes[0]


def test_a_state_file_of_an_old_release_is_read(directory):
    file = directory / "experiment_state-2026.json"
    whole = Run.from_experiment(directory, metric="score")
    state = json.loads(file.read_text())
    trials = [json.loads(trial) for trial, _ in state.pop("trial_data")]
    for trial, lr in zip(trials, [1.5 * 1.2, 1.5], strict=True):
        trial["logdir"] = f"/home/somebody/ray_results/{trial.pop('relative_logdir')}"
        trial["config"] = trial.pop("_Trial__unresolved_config") | {"lr": lr}
    for form in (trials, [json.dumps(trial) for trial in trials]):
        file.write_text(json.dumps(state | {"checkpoints": form}))
        run = Run.from_experiment(directory, metric="score")
        assert same_history(run, whole)
        assert run.info.ray_release == "2.3 or earlier"


def test_a_metric_that_is_not_a_number_is_refused(directory):
    for number in range(2):
        file = directory / f"trial_{number}" / "progress.csv"
        pd.read_csv(file).assign(score="high").to_csv(file, index=False)
    with pytest.raises(ValueError, match=r"experiment holds .*'score' must hold numbers"):
        Run.from_experiment(directory, metric="score")


def edit_csv(folder, old, new):
    """Replace some text in the reports of trial 1."""
    file = folder / "trial_1" / "progress.csv"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_a_report_without_a_number_costs_its_score_alone(directory):
    edit_csv(directory, "\n1.0,", "\nn/a,")
    run = Run.from_experiment(directory, metric="score")
    assert run.of_trial(1)["score"].isna().tolist() == [False, True, False, False]
    assert run.of_trial(1)["score"].iloc[-1] == 3.0
    note = "'score' is not a number in 1 report but 'n/a', and is unknown there."
    assert note in run.info.notes


def test_a_header_that_is_repeated_is_no_garbled_line(directory):
    file = directory / "trial_1" / "progress.csv"
    head = file.read_text().partition("\n")[0]
    edit_csv(directory, "\n2.0,", f"\n{head}\n2.0,")
    run = Run.from_experiment(directory, metric="score")
    assert len(run.of_trial(1)) == 4
    assert run.info.notes == ()


def test_infinite_scores_are_noted(directory):
    edit_csv(directory, "\n1.0,", "\n-inf,")
    run = Run.from_experiment(directory, metric="score")
    [note] = run.info.notes
    assert "is infinite in 1 report, which no figure can show" in note


def test_a_metric_with_the_name_of_a_column_of_ours_keeps_its_values(directory):
    for number in range(2):
        file = directory / f"trial_{number}" / "progress.csv"
        pd.read_csv(file).assign(trial=9, segment=8, time=7.0).to_csv(file, index=False)
    run = Run.from_experiment(directory, metric="time")
    assert run.trials == [0, 1]
    assert run.history["segment"].max() == 1
    assert run.history["time"].eq(9.5).all()
    assert run.metric == "metric/time"
    assert run.history["metric/time"].eq(7).all()
    assert run.history["metric/trial"].eq(9).all()
    assert run.history["metric/segment"].eq(8).all()


def test_a_name_that_is_chosen_for_a_metric_hides_no_other_metric(directory):
    for number in range(2):
        file = directory / f"trial_{number}" / "progress.csv"
        more = {"metric/iteration": 8.0, "iteration": 9.0}
        pd.read_csv(file).assign(**more).to_csv(file, index=False)
    run = Run.from_experiment(directory, metric="iteration")
    assert run.metric == "metric/metric/iteration"
    assert run.history["metric/iteration"].eq(8).all()
    assert run.history["metric/metric/iteration"].eq(9).all()


def test_a_name_that_is_chosen_for_a_hyperparameter_hides_no_other(directory, tmp_path):
    tuned = [{"iteration": n, "config": {"iteration": 10 * n}} for n in (1, 2)]
    edit_configs(directory, tuned)
    run = Run.from_experiment(directory, metric="score")
    assert run.first_config(0) == {
        "lr": 0.5, "config/config/iteration": 1, "config/iteration": 10,
    }  # fmt: skip
    assert same_history(Run.load(run.save(tmp_path / "saved")), run)


def test_an_exploit_that_no_report_shows_is_left_out_with_a_warning(directory):
    with (directory / "pbt_global.txt").open("a") as log:
        log.write('["1_lr=1.5", "0_lr=0.5", 1, 1, {"lr": 0.5}, {"lr": 9.0}]\n')
    with pytest.warns(UserWarning, match="1 of the 2 exploits"):
        run = Run.from_experiment(directory, metric="score")
    assert run.exploits["target"].tolist() == [0]
    assert 9.0 not in run.history["lr"].to_list()


def write_result(folder, *, lr, trial=1):
    config = {"lr": lr, "net": {"size": 3}}
    report = {"training_iteration": 4, "time_this_iter_s": 0.5, "score": 3.0}
    (folder / f"trial_{trial}" / "result.json").write_text(
        json.dumps(report | {"config": config})
    )


def test_a_metric_is_found_also_where_earlier_reports_have_none_in_its_place(directory):
    kept = {"training_iteration": 1, "time_this_iter_s": 0.5, "config": {"lr": 0.5}}
    reports = [
        {"training_iteration": 1, "eval": None, "info": {"deep": None, "more": []}},
        {"training_iteration": 2, "eval": {}, "info": {}},
        {"training_iteration": 3, "eval": {"score": 2.5}, "info": {"deep": {"er": 7}}},
    ]
    (directory / "trial_0" / "progress.csv").unlink()
    (directory / "trial_0" / "result.json").write_text(
        "".join(f"{json.dumps(kept | report)}\n" for report in reports)
    )
    history = Run.from_experiment(directory, metric="score").of_trial(0)
    assert history["eval/score"].tolist()[-1] == 2.5
    assert history["info/deep/er"].tolist()[-1] == 7


def test_remaining_configurations_reveal_a_lost_exploit(
    directory,
):
    write_result(directory, lr=7.0)
    with pytest.warns(UserWarning, match="before iteration 3.*the donor is unknown"):
        run = Run.from_experiment(directory, metric="score")
    assert run.of_trial(1)["lr"].tolist() == [1.5, 1.5, 7.0, 7.0]
    lost = run.exploits[run.exploits["target"] == 1].iloc[0]
    assert lost[["donor", "donor_segment", "iteration", "donor_iteration"]].tolist() == [
        -1, -1, 2, 2,
    ]  # fmt: skip
    assert lost["lr_new"] == 7.0
    assert run.ancestry(1)["iteration"].tolist() == [3, 4]


@pytest.mark.filterwarnings("error")
def test_configurations_that_agree_with_the_log_give_no_warning(directory):
    write_result(directory, lr=1.5)
    Run.from_experiment(directory, metric="score")


def test_a_log_that_contradicts_the_reports_is_not_followed(directory):
    write_result(directory, trial=0, lr=0.5)
    with pytest.warns(UserWarning, match="1 of the 1 exploit in pbt_global.txt, for which"):
        run = Run.from_experiment(directory, metric="score")
    assert len(run.exploits) == 0
    assert run.of_trial(0)["lr"].tolist() == [0.5] * 4


@pytest.mark.parametrize("log", [(4, 4), (3, 4), (4, 3)])
def test_either_counter_may_be_one_too_low(log):
    table = reports([1, 2, 3, 4, 5, 6, 7, 8], resumed_at=[4])
    assert placed([logged(0, 1, *log)], [table]) == [(3, 4, 4)]


@pytest.mark.parametrize("log", [(4, 4), (3, 4), (4, 3)])
def test_counters_are_distinguished_even_if_a_trial_resumes_at_each_iteration(log):
    table = reports([1, 2, 3, 4, 5, 6, 7], resumed_at=range(7))
    assert placed([logged(0, 1, *log)], [table]) == [(3, 4, 4)]


def test_after_a_lost_checkpoint_the_second_visit_counts_as_the_exploit():
    table = reports([1, 2, 3, 4, 5, 6, 5, 6, 7, 8], resumed_at=[4, 6, 8])
    assert placed([logged(0, 1, 6, 6)], [table]) == [(7, 6, 6)]


def test_an_asynchronous_target_jumps_to_the_checkpoint_of_a_donor_that_went_on():
    # The donor had gone on to 15 when its checkpoint of iteration 10 was taken over.
    ahead = reports([1, 2, 11, 12], resumed_at=[2])
    behind = reports([1, 2, 3, 4, 5, 3, 4, 5], resumed_at=[5])
    log = [logged(0, 1, 1, 15), logged(1, 0, 4, 2)]
    assert placed(log, [ahead, behind]) == [(1, 2, 10), (4, 5, 2)]


def test_two_equal_log_lines_get_a_place_each():
    # First from a donor that had gone on, then from one that had not.
    table = reports([1, 2, 3, 4, 3, 4, 5, 6], resumed_at=[4, 6])
    log = [logged(0, 1, 3, 4), logged(0, 1, 3, 4)]
    assert placed(log, [table]) == [(3, 4, 2), (5, 4, 4)]


def test_a_visible_rewind_explains_an_exploit_before_the_end_of_a_trial_does():
    table = reports([1, 2, 3, 4, 3, 4], resumed_at=[4])
    assert placed([logged(0, 1, 3, 3)], [table]) == [(3, 4, 2)]


def test_an_exploit_at_the_end_of_a_trial_keeps_what_the_log_says():
    table = reports([1, 2, 3, 4])
    assert placed([logged(0, 1, 4, 7)], [table]) == [(3, 4, 7)]


def test_rays_own_columns_are_not_metrics():
    result = pytest.importorskip("ray.tune.result")
    assert set(result.AUTO_RESULT_KEYS) <= RAY_COLUMNS


# Files and values as they occur in practice


def edit_configs(folder, names_and_values):
    """Give the trials different configuration entries, and the log those of the donor."""

    def change(trials):
        for trial, entries in zip(trials, names_and_values, strict=True):
            trial["_Trial__unresolved_config"] |= entries

    edit_state(folder, change)
    line = json.loads((folder / "pbt_global.txt").read_text())
    line[4] |= names_and_values[1]
    line[5] |= names_and_values[1]
    (folder / "pbt_global.txt").write_text(json.dumps(line) + "\n")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        (None, 0.5, ["None", 0.5]),
        (True, False, [True, False]),
        ([1, [2, "é"]], [3], ['[1, [2, "é"]]', "[3]"]),
        ("<function relu at 0x7f01>", "<function tanh at 0x7f01>",
         ["<function relu>", "<function tanh>"]),
        (float("nan"), 1.0, [float("nan"), 1.0]),
        ("a\ud800", "b", ["a\\ud800", "b"]),
        ("a\r", "b", ["a\\r", "b"]),
        (2**70, 1, [float(2**70), 1.0]),
    ],
)  # fmt: skip
def test_values_of_any_kind_are_hyperparameters_that_can_be_read(
    directory, tmp_path, one, other, shown
):
    edit_configs(directory, [{"w": one}, {"w": other}])
    run = Run.from_experiment(directory, metric="score")
    assert run.hyperparameters == ("lr", "w")
    firsts = [run.first_config(trial)["w"] for trial in run.trials]
    assert [*map(str, firsts)] == [*map(str, shown)]
    assert run.of_trial(0)["w"].iloc[-1] == shown[1]
    assert run.exploits["w_operation"].tolist() == [""]
    assert run.info.notes == ()
    assert same_history(Run.load(run.save(tmp_path / "saved")), run)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "value",
    [
        "<function f at 0x{}>",
        ["<function f at 0x{}>", {"g": ["<function g at 0x{}>"]}],
        "functools.partial(<function loss at 0x{}>, 0.1)",
        "<bound method A.f of <__main__.A object at 0x{}>>",
        {"inner": ["<__main__.A object at 0x{}>"]},
        [{"_type": "CLOUDPICKLE_FALLBACK", "value": "80{}"}],
    ],
)
def test_a_function_that_has_another_address_in_each_process_is_the_same(directory, value):
    text = json.dumps({"f": value})
    edit_configs(directory, [json.loads(text.replace("{}", f"7f0{n}")) for n in (1, 2)])
    run = Run.from_experiment(directory, metric="score")
    assert run.hyperparameters == ("lr",)
    assert run.info.notes == ()


@pytest.mark.filterwarnings("error")
def test_an_entry_that_a_nested_choice_does_not_have_is_not_unknown(directory):
    nested = [{"opt": {"name": "sgd", "mu": 0.9}}, {"opt": {"name": "adam", "more": {}}}]
    edit_configs(directory, nested)
    run = Run.from_experiment(directory, metric="score")
    assert "opt/name" in run.hyperparameters
    assert run.info.notes == ()


def test_a_donor_without_reports_is_unknown(directory):
    (directory / "trial_1" / "progress.csv").write_text("")
    with pytest.warns(UserWarning, match="No report can be read of trial 1"):
        run = Run.from_experiment(directory, metric="score")
    assert run.trials == [0]
    [exploit] = run.exploits.to_dict("records")
    assert (exploit["donor"], exploit["donor_segment"]) == (-1, -1)
    assert run.of_trial(0)["lr"].tolist() == [0.5, 0.5, 1.5 * 1.2, 1.5 * 1.2]
    assert len(run.ancestry(0)) == 2


@pytest.mark.parametrize("name", ["progress.csv", "result.json"])
def test_a_file_that_cannot_be_read_costs_its_trial_alone(directory, name):
    (directory / "trial_1" / name).unlink(missing_ok=True)
    (directory / "trial_1" / name).symlink_to(directory / "nowhere")
    with pytest.warns(UserWarning, match=f"{name} of trial 1, which cannot be read"):
        run = Run.from_experiment(directory, metric="score")
    assert len(run.of_trial(0)) == 4


def test_without_a_state_file_the_configuration_of_a_trial_is_in_its_folder(directory):
    (directory / "experiment_state-2026.json").unlink()
    for number in range(2):
        place = directory / f"trial_{number}"
        (place / "params.json").write_text(json.dumps({"lr": 0.5 + number}))
        place.rename(directory / f"train_abcde_0000{number}_{number}_lr=0.5_2026-01-01")
    with pytest.warns(UserWarning, match="Hyperparameters of 2 reports are unknown"):
        run = Run.from_experiment(directory, metric="score")
    assert run.of_trial(1)["lr"].tolist() == [1.5] * 4
    assert run.of_trial(0)["lr"].iloc[2:].tolist() == [1.5 * 1.2] * 2


def test_if_nothing_can_be_read_the_reason_is_in_the_message(directory):
    for number in range(2):
        (directory / f"trial_{number}" / "progress.csv").write_text("1,2\n3,4\n")
    with pytest.raises(FileNotFoundError, match=r"progress\.csv of trial 0, which has no"):
        Run.from_experiment(directory, metric="score")


# The log and the policies


def exploit_line(target, donor, iteration, lr):
    config = {"lr": lr}
    tags = [f"{number}_lr={0.5 + number}" for number in (target, donor)]
    return json.dumps([*tags, iteration, iteration, config, config | {"lr": lr * 2}])


@pytest.mark.parametrize(
    ("log", "policies", "order"),
    [
        ([1, 2], [[1, 2, 3], [1]], [1, 2, 3]),  # the log is an older copy
        ([2, 3], [[1, 2], [1, 3]], [1, 2, 3]),  # it lost its beginning
        ([1, 3], [[1, 2, 3], []], [1, 2, 3]),  # a line was garbled
        ([2], [[1], [2, 3]], [1, 2, 3]),
        ([], [[1, 3], [2]], [1, 2, 3]),
    ],
)
def test_lines_found_only_in_policies_go_where_they_belong(tmp_path, log, policies, order):
    lines = {at: exploit_line(at % 2, 1 - at % 2, 4 * at, at / 10) for at in (1, 2, 3)}
    for name, some in {
        "global": log,
        "policy_0": policies[0],
        "policy_1": policies[1],
    }.items():
        (tmp_path / f"pbt_{name}.txt").write_text("".join(f"{lines[n]}\n" for n in some))
    tags = {"0_lr=0.5": 0, "1_lr=1.5": 1}
    notes = Notes()
    found = read_log(LocalDirectory(tmp_path), tags, {0, 1}, notes)
    assert [exploit.iteration // 4 for exploit in found] == order
    assert notes.doubts


def test_a_repeated_line_counts_once_and_is_noted(directory):
    before = Run.from_experiment(directory, metric="score")
    file = directory / "trial_0" / "progress.csv"
    header, *lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([header, *(line for line in lines for _ in range(2))]))
    run = Run.from_experiment(directory, metric="score")
    assert same_history(run, before)
    assert f"{len(lines)} repeated lines" in " ".join(run.info.notes)


def test_an_entry_that_some_configurations_lack_is_a_hyperparameter(directory):
    for trial, more in enumerate([{"schedule": None}, {"schedule": {"gamma": 0.9}}]):
        report = {"training_iteration": 1, "time_this_iter_s": 0.5, "timestamp": 100}
        report |= {"pid": 7, "iterations_since_restore": 1, "config": {"lr": 0.5 + trial}}
        report["config"] |= more
        (directory / f"trial_{trial}" / "result.json").write_text(json.dumps(report) + "\n")
    run = Run.from_experiment(directory, metric="score")
    assert {"schedule", "schedule/gamma"} <= {*run.hyperparameters}
    assert run.first_config(1)["schedule/gamma"] == 0.9
    assert run.first_config(0)["schedule"] == "None"


def test_digits_with_underscores_are_text(directory):
    for trial in range(2):
        file = directory / f"trial_{trial}" / "progress.csv"
        pd.read_csv(file).assign(name="1_1").to_csv(file, index=False)
    run = Run.from_experiment(directory, metric="score")
    assert run.history["name"].tolist() == ["1_1"] * len(run.history)


def test_a_run_that_failed_before_any_report_does_not_hide_the_one_before(directory):
    before = Run.from_experiment(directory, metric="score")
    before_it = directory / "experiment_state-2025.json"
    shutil.copy(directory / "experiment_state-2026.json", before_it)

    def fail(trials):
        for trial in trials:
            trial |= {"relative_logdir": "nothing", "status": "ERROR"}

    edit_state(directory, fail)
    run = Run.from_experiment(directory, metric="score")
    assert same_history(run, before)
    assert "failed before it reported anything" in " ".join(run.info.notes)


def test_an_exploit_at_an_iteration_without_a_checkpoint_is_doubted(directory):
    for trial in range(2):
        file = directory / f"trial_{trial}" / "progress.csv"
        table = pd.read_csv(file)
        saved = table["training_iteration"] % 3 == 0
        names = [f"checkpoint_{at}" if there else None for at, there in enumerate(saved)]
        table.assign(checkpoint_dir_name=names).to_csv(file, index=False)
    with pytest.warns(UserWarning, match="the donor had saved no checkpoint"):
        Run.from_experiment(directory, metric="score")


def test_fewer_digits_do_not_keep_the_files_of_a_trial_apart(directory):
    whole = {"training_iteration": 1, "time_this_iter_s": 0.5000000123, "timestamp": 100}
    whole |= {"pid": 7, "iterations_since_restore": 1, "config": {"lr": 0.5}}
    before = Run.from_experiment(directory, metric="score")
    (directory / "trial_0" / "result.json").write_text(json.dumps(whole) + "\n")
    assert same_history(Run.from_experiment(directory, metric="score"), before)


def test_a_donor_that_reported_only_later_is_doubted(directory):
    file = directory / "trial_1" / "progress.csv"
    pd.read_csv(file).assign(timestamp=200).to_csv(file, index=False)
    with pytest.warns(UserWarning, match="only after the exploit, by its clock"):
        Run.from_experiment(directory, metric="score")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("failures", [0, 1])
def test_a_failure_explains_a_step_back_before_it_explains_a_resumption(
    directory, failures
):
    rows = reports([1, 2, 3, 4, 5, 4, 5, 6], resumed_at=[3, 5])
    rows.to_csv(directory / "trial_1" / "progress.csv", index=False)

    def fail(trials):
        trials[1]["num_failures"] = failures

    edit_state(directory, fail)
    notes = " ".join(Run.from_experiment(directory, metric="score").info.notes)
    assert ("Went back and no line" in notes) == (failures == 0)
