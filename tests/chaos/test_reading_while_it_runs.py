"""A run that is read while it goes on, or after a kill, is never misread silently."""

import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from pbt_examples import Run
from witnesses import wrongs

RUN = Path(__file__).with_name("witness_run.py")
EXPECTED = ("The run is not finished", "Ray had not copied")
SAMPLE, ALL = 1, 10
SOAK = [pytest.param(seed, marks=pytest.mark.soak) for seed in range(SAMPLE, ALL)]
SEEDS = pytest.mark.parametrize("seed", [*range(SAMPLE), *SOAK])


def read(storage):
    """Return the run in a storage folder, or None if it has not reported anything."""
    for folder in storage.iterdir():
        try:
            return Run.from_experiment(folder, metric="score")
        except FileNotFoundError:
            return None
    return None


def watched(storage, mode, *, iterations, kill_at=None):
    """Return what is read of a run from beginning to end, or until it is killed."""
    storage.mkdir()
    program = [sys.executable, str(RUN), str(storage), mode, str(iterations)]
    process = psutil.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    readings = []
    try:
        while process.poll() is None:
            time.sleep(0.02)
            run = read(storage)
            if run is not None:
                readings.append(run)
                if kill_at is not None and len(run.history) >= kill_at:
                    break
        else:
            assert process.returncode == 0, process.stderr.read().decode()
    finally:
        kill(process)
    return [*readings, read(storage)]


def kill(process):
    if process.is_running():
        family = [process, *process.children(recursive=True)]
        for each in family:
            each.kill()
        psutil.wait_procs(family, timeout=60)
    process.stderr.close()


def silent_faults(run):
    """Return what is wrong in a reading that does not note what it lacks."""
    said = [note for note in run.info.notes if not note.startswith(EXPECTED)]
    return [] if said else wrongs(run)


def is_prefix(run, whole):
    lanes = [(run.of_trial(trial), whole.of_trial(trial)) for trial in run.trials]
    columns = ["segment", "iteration", "score", "lr"]
    return all(
        lane[columns].reset_index(drop=True).equals(
            other[columns].head(len(lane)).reset_index(drop=True)
        )
        for lane, other in lanes
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("mode", ["synchronous", "asynchronous"])
@SEEDS
def test_every_reading_of_a_run_that_goes_on_is_a_beginning_of_it(tmp_path, mode, seed):
    *readings, whole = watched(tmp_path / "storage", mode, iterations=12)
    assert whole.info.finished
    assert whole.info.notes == ()
    assert wrongs(whole) == []
    assert len(whole.exploits) > 0
    assert len({len(run.history) for run in readings}) > 1
    for run in readings:
        assert silent_faults(run) == []
        assert run.info.notes[1:] or is_prefix(run, whole)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("mode", ["synchronous", "asynchronous"])
@SEEDS
def test_a_run_that_was_killed_is_read_as_far_as_it_went(tmp_path, mode, seed):
    kill_at = random.Random(seed).randint(10, 50)
    *_, run = watched(tmp_path / "storage", mode, iterations=1000, kill_at=kill_at)
    assert run.info.finished is False
    assert len(run.history) >= kill_at
    assert silent_faults(run) == []
