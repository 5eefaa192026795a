"""What the record of a run contains, and under which names."""

import json
import pickle
import platform
import shutil
import time

import pytest
import ray
from pbt_examples import Run, same_history
from pbt_examples.toy import train_toy
from pbt_examples.tuning import Recorder, WarmVariantGenerator, run_experiment
from ray import tune
from toy_experiment import basic_run, needing, param_space, pbt, toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_4_slots")

ALWAYS = {"seconds", "slots", "versions", "trials", "pending", "notes"}


@pytest.fixture(scope="module")
def run(ray_with_4_slots):
    return basic_run(needing(toy_with_fault(lambda step: None), cpus=4), iterations=12)


def test_a_trial_starts_reports_and_completes(run):
    assert set(run.events["event"]) == {"start", "report", "complete"}
    for _, events in run.events.groupby("trial"):
        named = list(events["event"])
        assert (named[0], named[-1]) == ("start", "complete")
        assert named.count("report") == 12


def test_a_folder_has_the_end_of_the_run_even_if_the_last_report_was_just_saved(tmp_path):
    def slow(config):
        while True:
            time.sleep(1.1)  # longer than the time between two saves
            tune.report({"Q": config["h0"]})

    kept = run_experiment(slow, {"h0": 1.0}, iterations=2, folder=tmp_path)
    saved = Run.load(tmp_path)
    assert saved.events.equals(kept.events)
    assert list(saved.events["event"])[-1] == "complete"
    assert saved.info.seconds == kept.info.seconds > 2.2


def test_a_record_of_a_run_that_goes_on_has_the_time_up_to_its_last_event(tmp_path):
    seen = []

    class Looks(tune.Callback):
        def on_trial_result(self, **info):
            seen.append(recorder.run(metric="Q"))

    recorder = Recorder(None, hyperparameters=["h0"])
    tune.Tuner(
        lambda config: tune.report({"Q": 1.0}),
        param_space={"h0": 1.0},
        run_config=tune.RunConfig(
            storage_path=str(tmp_path), callbacks=[recorder, Looks()], verbose=0
        ),
    ).fit()
    (run,) = seen
    assert run.info.seconds == run.events["time"].max() > 0


def test_the_events_have_the_times_of_the_reports(run):
    reports = run.events[run.events["event"] == "report"]
    assert sorted(run.history["time"]) == list(reports["time"])


def test_the_history_has_the_reported_columns_between_the_fixed_ones(run):
    reported = ["Q", "theta0", "theta1", "h0", "h1", "lr"]
    first, last = ["trial", "segment", "iteration"], ["time", "duration", "pid"]
    assert list(run.history.columns) == [*first, *reported, *last]


def test_segments_count_from_zero(run):
    assert (run.history.groupby("trial")["segment"].min() == 0).all()


def test_the_run_has_the_settings_of_its_experiment(run):
    assert run.hyperparameters == ("lr", "h0", "h1")
    assert run.info.as_dict().keys() == ALWAYS | pbt().settings.keys()
    assert run.info.slots == 4
    assert run.info.versions == {
        "python": platform.python_version(),
        "ray": ray.__version__,
    }


def test_without_a_scheduler_settings_are_none_and_the_mode_is_kept():
    def nested(config):
        theta = 0.0
        while True:
            theta += config["optimizer"]["lr"]
            tune.report({"loss": {"train": theta}})

    run = run_experiment(
        needing(nested, cpus=4),
        {"optimizer": {"lr": tune.grid_search([0.1, 0.2])}},
        metric="loss/train",
        mode="min",
        hyperparameters=["optimizer/lr"],
        iterations=2,
    )
    assert run.info.as_dict().keys() == ALWAYS | {"domains"}
    assert run.mode == "min"
    assert list(run.history["optimizer/lr"]) == [0.1, 0.1, 0.2, 0.2]
    assert list(run.history["loss/train"]) == [0.1, 0.2, 0.2, 0.4]


def test_a_metric_that_was_not_reported_is_named_beside_those_that_were(tmp_path):
    recorder = Recorder(hyperparameters=["lr"])
    tune.Tuner(
        needing(lambda config: tune.report({"score": 1.0, "lr": config["lr"]}), cpus=4),
        param_space={"lr": 0.1},
        run_config=tune.RunConfig(
            storage_path=str(tmp_path), callbacks=[recorder], verbose=0
        ),
    ).fit()
    with pytest.raises(ValueError, match=r"'Q' was not reported.*\['score', 'lr'\]"):
        recorder.run(metric="Q")


@pytest.mark.parametrize("scheduler", [pbt, lambda: None], ids=["pbt", "grid"])
def test_a_saved_record_is_complete_and_its_clock_continues(tmp_path, scheduler):
    started = time.monotonic()
    names = ["lr", "h0", "h1"]
    its, later = scheduler(), scheduler()
    recorder, restored = (Recorder(one, hyperparameters=names) for one in (its, later))
    tune.Tuner(
        needing(train_toy, cpus=4),
        param_space=param_space(),
        tune_config=tune.TuneConfig(
            scheduler=its,
            metric="Q",
            mode="max",
            search_alg=WarmVariantGenerator(),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            storage_path=str(tmp_path),
            stop={"training_iteration": 12},
            callbacks=[recorder],
            verbose=0,
        ),
    ).fit()
    restored.set_state(pickle.loads(pickle.dumps(recorder.get_state())))
    restored.setup()  # Ray calls it second
    run, other = recorder.run(metric="Q"), restored.run(metric="Q")
    assert same_history(run, other)
    assert other.events.equals(run.events)
    assert run.events["time"].max() <= other.info.seconds < time.monotonic() - started
    if its:
        assert later.exploits == its.exploits != []


@pytest.fixture
def early_and_late(tmp_path):
    """The folders of a run before its first exploit and after it."""
    folders = tmp_path / "early", tmp_path / "late"
    for folder, iterations in zip(folders, (4, 8), strict=True):
        basic_run(needing(train_toy, cpus=4), iterations=iterations, folder=folder)
    return folders


def test_load_during_save_is_consistent(early_and_late):
    early, late = early_and_late
    one, other = (json.loads((each / "run.json").read_text()) for each in early_and_late)
    assert one["rows"]["exploits"] == 0 < other["rows"]["exploits"]
    assert one["columns"] == other["columns"]
    before, after = Run.load(early), Run.load(late)
    for newer in ("exploits", "events"):  # in the order of writing
        shutil.copy(late / f"{newer}.csv", early)
        assert same_history(Run.load(early), before)
    shutil.copy(late / "history.csv", early)
    assert same_history(Run.load(early), after)
