"""Whatever is reported, the record can be saved, and says what was changed."""

import math
from fractions import Fraction
from types import SimpleNamespace

import pytest
from pbt_examples import Run, same_history
from pbt_examples.tuning import PopulationBasedTraining, Recorder
from ray import tune


class Unprintable:
    def __str__(self):
        raise RuntimeError("no")

    __repr__ = item = __str__


def scheduler(metric="Q", **domains):
    return PopulationBasedTraining(
        "training_iteration",
        metric,
        "max",
        hyperparam_mutations={"lr": tune.uniform(0.1, 1.0)} | domains,
    )


def record(recorder, reports, configs=({"lr": 0.1}, {"lr": 0.2})):
    """Let a recorder see the reports of each trial."""
    trials = [
        SimpleNamespace(trial_id=f"c0ffee_{number:05d}", config=config)
        for number, config in enumerate(configs)
    ]
    for iteration, report in enumerate(reports, start=1):
        for trial in trials:
            result = {
                "config": trial.config,
                "training_iteration": iteration,
                "time_total_s": 0.5 * iteration,
                "time_this_iter_s": 0.5,
                "pid": 7,
            } | report
            recorder.on_trial_result(iteration, trials, trial, result)
        recorder.on_step_end(iteration, trials)


def saved(recorder, folder, metric="Q"):
    run = recorder.run(metric=metric)
    assert same_history(Run.load(run.save(folder / "saved")), run)
    return run


@pytest.fixture
def recorder():
    return Recorder(scheduler())


@pytest.fixture(autouse=True)
def warnings_are_expected(recwarn):
    return recwarn


LOOP = [1]
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("value", "kept", "said"),
    [
        (Unprintable(), "<Unprintable>", True),
        ([{1: Unprintable()}, 1], [{"1": "<Unprintable>"}, 1], True),
        (LOOP, "[1, [...]]", True),
        (Fraction(1, 2), 0.5, False),
        ([math.nan, 1.0], [math.nan, 1.0], False),
    ],
)
def test_a_value_may_be_anything(recorder, tmp_path, value, kept, said):
    record(recorder, [{"Q": 1.0, "x": value}])
    run = saved(recorder, tmp_path)
    assert repr(run.history["x"].tolist()[0]) == repr(kept)
    assert any("'x'" in note for note in run.info.notes) == said


@pytest.mark.parametrize("name", ["one\rtwo", "\ud800", "a/b", 'a,"b', "", 3, None])
def test_a_metric_may_have_any_name(recorder, tmp_path, name):
    record(recorder, [{"Q": 1.0, "eval": {name: 2.0}}])
    assert 2.0 in set(saved(recorder, tmp_path).history.iloc[0])


def test_a_gap_in_the_iterations_of_a_trial_is_noted_once(recorder, tmp_path):
    record(recorder, [{"Q": 1.0, "training_iteration": at} for at in (1, 2, 6, 9)])
    gaps = [note for note in saved(recorder, tmp_path).info.notes if "between" in note]
    assert len(gaps) == 1
    assert gaps[0].startswith("Trial 0 has no reports between iterations 2 and 6:")


def test_neither_a_crash_nor_an_exploit_leaves_a_gap(recorder, tmp_path):
    def report(*iterations):
        reports = [{"Q": 1.0, "training_iteration": at} for at in iterations]
        record(recorder, reports, configs=[{"lr": 0.1}])

    report(1, 2, 3, 2, 3)
    recorder._segments[0] += 1
    report(9, 10)
    assert not saved(recorder, tmp_path).info.notes


def test_the_metric_may_have_the_name_of_a_column_of_the_record(tmp_path):
    recorder = Recorder(scheduler("time"))
    record(recorder, [{"time": 3.0}, {"time": 5.0}])
    run = saved(recorder, tmp_path, metric="time")
    assert run.metric == "reported_time"
    assert set(run.history[run.metric]) == {3.0, 5.0}


def test_the_metric_may_be_one_that_ray_adds(tmp_path):
    recorder = Recorder(scheduler("time_total_s"))
    record(recorder, [{}, {}])
    run = saved(recorder, tmp_path, metric="time_total_s")
    assert set(run.history["time_total_s"]) == {0.5, 1.0}


@pytest.mark.parametrize("odd", [None, True, 2**70, Fraction(1, 2)])
def test_the_column_of_the_metric_holds_numbers(recorder, tmp_path, odd):
    record(recorder, [{"Q": odd}, {"P": 1}])
    scores = saved(recorder, tmp_path).history["Q"]
    assert scores.dtype == float
    assert scores[0] == pytest.approx(float(math.nan if odd is None else odd), nan_ok=True)


def test_a_hyperparameter_may_have_the_name_of_a_column_of_the_record(tmp_path):
    recorder = Recorder(scheduler(trial=[8, 9]))
    record(recorder, [{"Q": 1.0}], configs=[{"lr": 0.1, "trial": 8}] * 2)
    run = saved(recorder, tmp_path)
    assert run.trials == [0, 1]
    assert run.hyperparameters == ("lr", "tuned_trial")
    assert run.info.domains["tuned_trial"] == (8, 9)
    assert set(run.history["tuned_trial"]) == {8}


def test_a_metric_with_the_name_of_a_hyperparameter_is_kept_where_it_differs(
    recorder, tmp_path
):
    record(recorder, [{"Q": 1.0, "lr": 0.1}], configs=[{"lr": 0.1}])
    assert "reported_lr" not in saved(recorder, tmp_path).history
    record(recorder, [{"Q": 1.0, "lr": 0.05}], configs=[{"lr": 0.1}])
    run = saved(recorder, tmp_path)
    assert set(run.history["reported_lr"]) == {0.05}
    assert set(run.history["lr"]) == {0.1}
    assert any("'reported_lr'" in note for note in run.info.notes)


def test_a_recorder_may_serve_one_experiment_after_another(recorder, tmp_path, monkeypatch):
    monkeypatch.setattr("ray.cluster_resources", lambda: {"CPU": 1.0})
    for iterations in (3, 2):
        recorder.setup()
        record(recorder, [{"Q": 1.0}] * iterations)
    assert list(saved(recorder, tmp_path).history["iteration"]) == [1, 2] * 2
