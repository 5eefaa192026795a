"""A run that is read while it goes on, or after a kill, is never misread silently."""

import itertools
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import witness_run
from pbt_examples import Run
from witnesses import wrongs

EXPECTED = ("The run is not finished", "Ray had not copied")
MODES, SEEDS = ["synchronous", "asynchronous"], range(10)


def in_soak(*values):
    return pytest.param(*values, marks=pytest.mark.soak)


def read(storage):
    """Return the run in a storage folder, or None if it has not reported anything."""
    for folder in storage.iterdir():
        try:
            return Run.from_experiment(folder, metric="score")
        except FileNotFoundError:
            return None
    return None


def read_meanwhile(storage, work):
    """Return what is read of a run while it works, and at the end."""
    readings, over = [], threading.Event()

    def keep_reading():
        while not over.wait(0.02):
            run = read(storage)
            if run is not None:
                readings.append(run)

    with ThreadPoolExecutor() as pool:
        reader = pool.submit(keep_reading)
        try:
            work()
        finally:
            over.set()
    reader.result()
    return [*readings, read(storage)]


def read_after_kill(storage, mode, kill_at):
    """Return what is read of a run after it was killed, with at least so many reports."""
    program = [sys.executable, str(witness_run.__file__), str(storage), mode, "1000"]
    process = psutil.Popen(program, stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            time.sleep(0.1)
            run = read(storage)
            if run is not None and len(run.history) >= kill_at:
                break
    finally:
        kill(process)
    return read(storage)


def kill(process):
    if process.is_running():
        family = [process, *process.children(recursive=True)]
        for each in family:
            each.kill()
        psutil.wait_procs(family, timeout=60)


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
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", [0, *map(in_soak, SEEDS[1:])])
def test_every_reading_of_a_run_that_goes_on_is_a_beginning_of_it(
    ray_with_4_slots, tmp_path, monkeypatch, mode, seed
):
    storage = tmp_path / "storage"
    storage.mkdir()
    for name, value in witness_run.settings(storage).items():
        monkeypatch.setenv(name, value)
    *readings, whole = read_meanwhile(
        storage, lambda: witness_run.run(storage, mode, iterations=12)
    )
    assert whole.info.finished
    assert whole.info.notes == ()
    assert wrongs(whole) == []
    assert len(whole.exploits) > 0
    assert len({len(run.history) for run in readings}) > 1
    for run in readings:
        assert silent_faults(run) == []
        assert run.info.notes[1:] or is_prefix(run, whole)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("mode", "seed"),
    [
        ("asynchronous", 0),  # which goes back and forth; the test above has both
        in_soak("synchronous", 0),
        *itertools.starmap(in_soak, itertools.product(MODES, SEEDS[1:])),
    ],
)
def test_a_run_that_was_killed_is_read_as_far_as_it_went(tmp_path, mode, seed):
    storage = tmp_path / "storage"
    storage.mkdir()
    kill_at = random.Random(seed).randint(10, 50)
    run = read_after_kill(storage, mode, kill_at)
    assert run.info.finished is False
    assert len(run.history) >= kill_at
    assert silent_faults(run) == []
