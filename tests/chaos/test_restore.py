"""A run whose script was killed outright goes on where it stopped, and ends the same."""

import shutil
import time
from pathlib import Path

import pytest
from pbt_examples import Run, same_history
from reader_script import script, wait_until
from toy_experiment import basic_run

SETTINGS = {"population": 4, "iterations": 120}
HELD = 110
"""At this step, the first script waits to be killed; until then, a step takes a while."""

FIRST = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parents[1] / "ray")!r})
from toy_experiment import basic_run, toy_with_fault
trainable = toy_with_fault(lambda step: time.sleep(0.02 if step < {HELD} else 600))
basic_run(trainable, **{SETTINGS}, folder=sys.argv[1])
"""
SECOND = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1] / "ray")!r})
from pbt_examples.tuning import ray_session
from ray import tune
from toy_experiment import toy_with_fault
with ray_session():
    tune.Tuner.restore(sys.argv[1], toy_with_fault(lambda step: None)).fit()
"""


@pytest.fixture(scope="module")
def undisturbed(ray_with_1_slot):
    return basic_run(**SETTINGS)


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The folder of an experiment whose script was killed, and that of its record."""
    folder = tmp_path_factory.mktemp("killed")
    environment = {
        "PBT_EXAMPLES_STORAGE": str(folder / "storage"),
        "TUNE_GLOBAL_CHECKPOINT_S": "1",  # Ray's default is every ten seconds or more
    }
    with script(FIRST, folder / "kept", **environment) as process:

        def far_enough():
            rows = (folder / "kept" / "run.json").exists() and Run.load(folder / "kept")
            return rows is not False and len(rows.history) > 50

        assert wait_until(far_enough, 120)
        [experiment] = (folder / "storage").iterdir()
        for save in range(2):
            assert wait_until(lambda: 0.3 < seconds_since_saved(experiment) < 0.8, 60)
            [scheduler] = experiment.glob("callback-states*")
            shutil.copy2(scheduler, folder / f"scheduler {save}")
            wait_until(lambda: seconds_since_saved(experiment) < 0.3, 60)
        assert wait_until(lambda: 0.3 < seconds_since_saved(experiment) < 0.8, 60)
        assert process.poll() is None, "the run was over before it was killed"
        process.kill()
        process.wait()
    return folder


def seconds_since_saved(experiment):
    files = [*experiment.glob("*.json"), *experiment.glob("callback-states*")]
    return time.time() - max(file.stat().st_mtime for file in files)


def restore(folder):
    [experiment] = (folder / "storage").iterdir()
    storage = {"PBT_EXAMPLES_STORAGE": str(folder / "storage")}
    with script(SECOND, experiment, **storage) as process:
        output, _ = process.communicate(timeout=120)
    return process.returncode, output[-4000:]


def test_a_partly_saved_state_is_rejected(killed, tmp_path):
    shutil.copytree(killed / "storage", tmp_path / "storage")
    [scheduler] = tmp_path.glob("storage/*/callback-states*")
    shutil.copy(killed / "scheduler 0", scheduler)
    code, output = restore(tmp_path)
    assert code == 1
    assert "cannot go on" in output, output
    assert "the run was killed in between" in output


def test_a_restored_run_ends_with_the_same_history(killed, undisturbed):
    kept = killed / "kept"
    before = Run.load(kept)
    assert len(before.history) < len(undisturbed.history)
    code, output = restore(killed)
    assert code == 0, output
    run = Run.load(kept)
    assert same_history(undisturbed, run)
    workers = set(run.history["pid"])
    assert len(workers) == 2, "one before and one after the kill, or it has started over"
    assert workers & set(before.history["pid"])
