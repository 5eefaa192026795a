"""A run that was interrupted and restored goes on as if nothing had happened."""

import functools
import os
import signal

import pytest
from pbt_examples import Run, same_history
from pbt_examples.toy import oracle_error, toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import WarmVariantGenerator, Watchdog, run_experiment
from pbt_examples.tuning.experiment import make_tuner
from ray import tune
from toy_experiment import basic_run, needing, once_per_trial, pbt, toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_4_slots")

BASIC = {"population": 4, "iterations": 16}
MOMENTS = [
    (0, 1, 1),
    (2, 11, 4),
    (3, 12, 1),
    *(pytest.param(*more, marks=pytest.mark.soak) for more in [(1, 5, 1), (2, 11, 1)]),
]
"""A trial, its step (the first, before a barrier, at one, after one), and the slots."""


@pytest.fixture(scope="module")
def undisturbed(ray_with_4_slots):
    return basic_run(needing(train_toy, cpus=4), **BASIC)


def only(trial, fault):
    """Return a fault that happens to this trial only."""

    def happen(step):
        if tune.get_context().get_trial_id().endswith(f"_0000{trial}"):
            fault(step)

    return happen


@pytest.fixture
def interrupt(tmp_path, monkeypatch):
    """Return a fault that interrupts the run, once, when a trial gets to a step."""
    monkeypatch.setenv("PBT_EXAMPLES_STORAGE", str(tmp_path / "storage"))
    driver = os.getpid()

    def interrupt(trial, step):
        # At this signal Ray saves the state of the experiment, and ends the run.
        stop = functools.partial(os.kill, driver, signal.SIGUSR1)
        return only(trial, once_per_trial(step, tmp_path / f"stopped at {step}", stop))

    return interrupt


def restored(trainable, folder):
    [experiment] = (folder / "storage").iterdir()
    tune.Tuner.restore(str(experiment), trainable).fit()
    return Run.load(folder / "kept")


@pytest.mark.parametrize(("trial", "step", "slots"), MOMENTS)
def test_a_restored_run_ends_with_the_same_history(
    undisturbed, interrupt, tmp_path, trial, step, slots
):
    trainable = needing(toy_with_fault(interrupt(trial, step)), cpus=4 / slots)
    before = basic_run(trainable, **BASIC, folder=tmp_path / "kept")
    assert len(before.history) < len(undisturbed.history)
    run = restored(trainable, tmp_path)
    assert same_history(undisturbed, run)
    events = run.events[["trial", "event"]]  # the record goes on; it does not start over
    assert events[: len(before.events)].equals(before.events[["trial", "event"]])
    assert (run.events["time"].diff()[1:] >= 0).all()


def test_trials_with_equal_scores_keep_their_order(interrupt, tmp_path):
    def run(trainable, **options):
        return run_experiment(
            needing(trainable, cpus=4),
            toy_param_space([0.5] * 4),  # so that all reach the first decision alike
            scheduler=toy_scheduler(),
            iterations=8,
            **options,
        )

    crash = only(0, once_per_trial(2, tmp_path / "crashed", lambda: 1 / 0))
    stop = interrupt(3, 3)

    def crash_and_stop(step):
        crash(step)  # after that Ray has the trial at the end of its list
        stop(step)

    trainable = toy_with_fault(crash_and_stop)
    run(trainable, folder=tmp_path / "kept")
    assert same_history(restored(needing(trainable, cpus=4), tmp_path), run(train_toy))


def test_a_restored_asynchronous_run_is_sound_and_ends(interrupt, tmp_path):
    trainable = toy_with_fault(interrupt(2, 11))
    before = run_experiment(
        trainable,
        toy_param_space([0.0, 1.0, 0.01, 0.99]),
        scheduler=toy_scheduler(synch=False),
        iterations=16,
        slots=4,
        folder=tmp_path / "kept",
    )
    run = restored(trainable, tmp_path)
    assert (run.history.groupby("trial")["iteration"].max() == 16).all()
    assert oracle_error(run) == 0
    assert run.exploits[: len(before.exploits)].equals(before.exploits)


@pytest.mark.soak
def test_without_a_recorder_a_restored_synchronous_run_ends(interrupt, tmp_path):
    trainable = needing(toy_with_fault(interrupt(2, 11)), cpus=4)
    make_tuner(
        trainable,
        toy_param_space([0.0, 1.0, 0.01, 0.99]),
        scheduler=toy_scheduler(),
        search_alg=WarmVariantGenerator(),
        metric="Q",
        mode="max",
        iterations=16,
        max_failures=0,
        callbacks=[Watchdog(patience=120)],
        storage_path=str(tmp_path / "storage"),
    ).fit()
    [experiment] = (tmp_path / "storage").iterdir()
    results = tune.Tuner.restore(str(experiment), trainable).fit()
    assert [result.metrics["training_iteration"] for result in results] == [16] * 4


@pytest.fixture
def without_exploits():
    """Settings under which only checkpoints tell two moments of a run apart."""
    return BASIC | {"scheduler": pbt(quantile_fraction=0)}


def test_without_exploits_a_folder_may_be_moved(interrupt, without_exploits, tmp_path):
    # Not with exploits: Ray keeps the full path of another trial's checkpoint.
    trainable = needing(toy_with_fault(interrupt(2, 11)), cpus=4)
    before = basic_run(trainable, **without_exploits, folder=tmp_path / "kept")
    [experiment] = tmp_path.glob("storage/*")
    experiment.rename(tmp_path / "storage" / "another name")
    run = restored(trainable, tmp_path)
    assert len(before.history) < len(run.history) == 4 * 16


def test_a_partly_saved_state_is_rejected(interrupt, without_exploits, tmp_path):
    first, second = interrupt(0, 6), interrupt(0, 14)
    trainable = needing(toy_with_fault(lambda step: (first(step), second(step))), cpus=4)
    basic_run(trainable, **without_exploits, folder=tmp_path / "kept")
    [saved] = tmp_path.glob("storage/*/callback-states*")
    earlier = saved.read_bytes()
    restored(trainable, tmp_path)
    later = max(tmp_path.glob("storage/*/callback-states*"))  # or the same, in one second
    assert later.read_bytes() != earlier
    later.write_bytes(earlier)
    with pytest.raises(RuntimeError, match=r"cannot go on: .* was killed in between"):
        restored(trainable, tmp_path)


def test_a_state_that_is_damaged_ends_in_an_error(undisturbed, interrupt, tmp_path):
    trainable = needing(toy_with_fault(interrupt(2, 11)), cpus=4)
    before = basic_run(trainable, **BASIC, folder=tmp_path / "kept")
    for name in ["callback-states", "experiment_state", "basic-variant-state"]:
        [saved] = tmp_path.glob(f"storage/*/{name}*")
        whole = saved.read_bytes()
        saved.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(RuntimeError, match="the experiment cannot go on"):
            restored(trainable, tmp_path)
        saved.write_bytes(whole)
        assert same_history(before, Run.load(tmp_path / "kept"))
    assert same_history(undisturbed, restored(trainable, tmp_path))
