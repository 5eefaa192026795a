"""Reading an experiment directory: what it finds, and what it says where it cannot."""

import json

import pandas as pd
import pytest
from experiment_directory import reports, write_experiment
from pbt_examples import Run
from pbt_examples.record.place_exploits import LoggedExploit, place_exploits
from pbt_examples.record.ray_directory import RAY_COLUMNS

NEEDED = "training_iteration,iterations_since_restore,time_this_iter_s,timestamp,pid"
REPORT = '{"training_iteration": 1, "time_this_iter_s": 0.5, "config": {}}'


def logged(target, donor, iteration, donor_iteration):
    return LoggedExploit(target, donor, iteration, donor_iteration, {}, {})


def placed(log, tables):
    return [
        place and (place.row, place.iteration, place.donor_iteration)
        for place in place_exploits(log, dict(enumerate(tables)))
    ]


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


def test_the_mode_and_other_factors_can_be_told(directory):
    run = Run.from_experiment(
        directory, metric="score", mode="min", perturbation_factors=(2.0,)
    )
    assert run.mode == "min"
    assert run.exploits["lr_operation"].tolist() == ["resample"]


def test_a_directory_without_exploits_is_a_run_without_exploits(directory):
    (directory / "pbt_global.txt").unlink()
    run = Run.from_experiment(directory, metric="score")
    assert len(run.exploits) == 0
    assert run.history["segment"].eq(0).all()
    assert run.hyperparameters == ("lr",)  # the trials differ in it


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


def test_a_folder_that_is_no_experiment_is_refused(tmp_path, directory):
    with pytest.raises(FileNotFoundError, match=r"no\s+experiment_state"):
        Run.from_experiment(tmp_path / "nowhere", metric="score")
    with pytest.raises(FileNotFoundError, match=r"did you mean .*'experiment'"):
        Run.from_experiment(tmp_path, metric="score")


def test_an_unfinished_experiment_is_refused_with_what_is_unfinished(directory):
    edit_state(directory, lambda trials: trials[1].update(status="PAUSED"))
    with pytest.raises(ValueError, match=r"not finished.*'abc_1': 'PAUSED'"):
        Run.from_experiment(directory, metric="score")


def test_a_metric_that_nobody_reported_is_refused_with_those_there_are(directory):
    with pytest.raises(ValueError, match=r"reported 'scor'; reported were \['score'\]"):
        Run.from_experiment(directory, metric="scor")


def test_an_experiment_without_loggers_is_refused(directory):
    for number in range(2):
        (directory / f"trial_{number}" / "progress.csv").unlink()
    with pytest.raises(FileNotFoundError, match="TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"):
        Run.from_experiment(directory, metric="score")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("experiment_state-2026.json", "{", "is not JSON"),
        ("experiment_state-2026.json", "{}", "not what Ray writes"),
        ("pbt_global.txt", "{", "is not JSON"),
        ("pbt_global.txt", '["0", "1"]', "a line that is no exploit"),
        ("pbt_global.txt", '["x", "1", 1, 1, {}, {}]', "a line that is no exploit"),
        ("trial_0/progress.csv", "score\n1\n", "lacks the columns"),
        ("trial_0/progress.csv", "a,b\n1,2\n1,2,3,4\n", "is not a CSV table"),
        ("trial_0/progress.csv", "\n", "is not a CSV table"),
        ("trial_0/progress.csv", f"{NEEDED}\n1,1,0.5,100,7,8\n", "is not a CSV table"),
        ("trial_0/progress.csv", f"{NEEDED}\n1.5,1,0.5,100,7\n", "must hold whole numbers"),
        ("trial_0/progress.csv", f"{NEEDED}\n1,,0.5,100,7\n", "must hold whole numbers"),
        ("trial_0/progress.csv", f"{NEEDED}\n1,1,long,100,7\n", "must hold numbers"),
        ("trial_0/progress.csv", b"\xff\n", "is no text in UTF-8"),
        ("trial_0/result.json", "nonsense\n", "is not JSON"),
        ("trial_0/result.json", "[" * 100_000, "is not JSON"),
        ("trial_0/result.json", "1\n", "a line that is no report"),
        ("trial_0/result.json", "{}\n", "a line that is no report"),
        ("trial_0/result.json", REPORT.replace("{}", "3"), "a line that is no report"),
        ("trial_0/result.json", REPORT.replace("1", "[]"), "a line that is no report"),
    ],
)
def test_a_broken_file_is_named(directory, file, text, message):
    (directory / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message) as error:
        Run.from_experiment(directory, metric="score")
    assert str(directory / file) in str(error.value)


def test_a_metric_that_is_no_number_is_refused(directory):
    for number in range(2):
        file = directory / f"trial_{number}" / "progress.csv"
        pd.read_csv(file).assign(score="high").to_csv(file, index=False)
    with pytest.raises(ValueError, match=r"experiment holds .*'score' must hold numbers"):
        Run.from_experiment(directory, metric="score")


def test_a_metric_with_the_name_of_a_column_of_ours_gives_way(directory):
    for number in range(2):
        file = directory / f"trial_{number}" / "progress.csv"
        pd.read_csv(file).assign(trial=9, segment=9, time=9.0).to_csv(file, index=False)
    run = Run.from_experiment(directory, metric="score")
    assert run.trials == [0, 1]
    assert run.history["segment"].max() == 1
    assert run.history["time"].eq(9.5).all()


def test_an_exploit_that_no_report_shows_is_left_out_with_a_warning(directory):
    with (directory / "pbt_global.txt").open("a") as log:
        log.write('["1", "0", 1, 1, {"lr": 0.5}, {"lr": 9.0}]\n')
    with pytest.warns(UserWarning, match="1 of 2 exploits"):
        run = Run.from_experiment(directory, metric="score")
    assert run.exploits["target"].tolist() == [0]
    assert 9.0 not in run.history["lr"].to_list()


def write_result(folder, *, lr, score=3.0):
    config = {"lr": lr, "net": {"size": 3}}
    report = {"training_iteration": 4, "time_this_iter_s": 0.5, "score": score}
    (folder / "trial_1" / "result.json").write_text(json.dumps(report | {"config": config}))


def test_a_log_that_lost_exploits_is_found_out_by_the_configurations_that_are_left(
    directory,
):
    write_result(directory, lr=7.0)
    with pytest.warns(UserWarning, match="1 of the 1 configurations in result.json"):
        Run.from_experiment(directory, metric="score")


@pytest.mark.filterwarnings("error")
def test_configurations_that_agree_with_the_log_raise_no_doubt(directory):
    write_result(directory, lr=1.5)
    Run.from_experiment(directory, metric="score")


@pytest.mark.filterwarnings("error")
def test_nor_does_a_given_up_report_that_took_the_same_time(directory):
    write_result(directory, lr=7.0, score=2.9)
    Run.from_experiment(directory, metric="score")


@pytest.mark.parametrize("log", [(4, 4), (3, 4), (4, 3)])
def test_either_counter_may_be_one_too_low(log):
    table = reports([1, 2, 3, 4, 5, 6, 7, 8], resumed_at=[4])
    assert placed([logged(0, 1, *log)], [table]) == [(3, 4, 4)]


@pytest.mark.parametrize("log", [(4, 4), (3, 4), (4, 3)])
def test_counters_are_told_apart_also_where_a_trial_resumes_at_each_iteration(log):
    table = reports([1, 2, 3, 4, 5, 6, 7], resumed_at=range(7))
    assert placed([logged(0, 1, *log)], [table]) == [(3, 4, 4)]


def test_a_trial_that_lost_its_checkpoint_exploits_the_second_time_it_is_there():
    table = reports([1, 2, 3, 4, 5, 6, 5, 6, 7, 8], resumed_at=[4, 6, 8])
    assert placed([logged(0, 1, 6, 6)], [table]) == [(7, 6, 6)]


def test_an_asynchronous_target_jumps_to_the_checkpoint_of_a_donor_that_went_on():
    # The donor had gone on to 15 when its checkpoint of iteration 10 was taken over.
    ahead = reports([1, 2, 11, 12], resumed_at=[2])
    behind = reports([1, 2, 3, 4, 5, 3, 4, 5], resumed_at=[5])
    log = [logged(0, 1, 1, 15), logged(1, 0, 4, 2)]
    assert placed(log, [ahead, behind]) == [(1, 2, 10), (4, 5, 2)]


def test_two_exploits_that_the_log_tells_alike_get_a_place_each():
    # First from a donor that had gone on, then from one that had not.
    table = reports([1, 2, 3, 4, 3, 4, 5, 6], resumed_at=[4, 6])
    log = [logged(0, 1, 3, 4), logged(0, 1, 3, 4)]
    assert placed(log, [table]) == [(3, 4, 2), (5, 4, 4)]


def test_an_exploit_at_the_end_of_a_trial_keeps_what_the_log_says():
    table = reports([1, 2, 3, 4])
    assert placed([logged(0, 1, 4, 7)], [table]) == [(3, 4, 7)]


def test_what_ray_adds_to_a_report_is_no_metric():
    result = pytest.importorskip("ray.tune.result")
    assert set(result.AUTO_RESULT_KEYS) <= RAY_COLUMNS
