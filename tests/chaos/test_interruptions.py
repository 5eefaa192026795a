"""Whatever ends a script early, its record stays and its processes do not."""

import os
import signal
import time

import pytest
from pbt_examples import Run
from pbt_examples.toy import oracle_error
from reader_script import RUN_FOR_EVER, left_behind, script, wait_until

ENDINGS = {
    "Ctrl-C": (os.killpg, signal.SIGINT),  # which a terminal sends to all processes
    "SIGINT": (os.kill, signal.SIGINT),
    "SIGTERM": (os.kill, signal.SIGTERM),
}
"""What is done to a script."""


def end(process, kept, kill, number):
    """End a script in the middle of its run; return the record that it had by then."""

    def far_enough():
        return (kept / "run.json").exists() and len(Run.load(kept).exploits) > 5

    assert wait_until(far_enough, 120)
    before = Run.load(kept)
    assert process.poll() is None
    kill(process.pid, number)
    assert wait_until(lambda: process.poll() is not None, 30)
    return before


def assert_kept(kept, before):
    run = Run.load(kept)
    assert len(run.history) >= len(before.history)
    assert oracle_error(run) == 0
    assert run.trials == [0, 1]
    for trial in run.trials:
        iterations = list(run.of_trial(trial)["iteration"])
        assert iterations == list(range(1, len(iterations) + 1))


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A script that was killed, its record, and the one that it had before."""
    kept = tmp_path_factory.mktemp("killed") / "kept"
    with script(RUN_FOR_EVER, kept) as process:
        before = end(process, kept, os.kill, signal.SIGKILL)
        yield process, kept, before


def test_a_killed_run_leaves_its_record(killed):
    _, kept, before = killed
    assert_kept(kept, before)


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(name, marks=[pytest.mark.soak] * (name == "SIGINT"))
        for name in ENDINGS  # of the two that interrupt, Ctrl-C reaches more processes
    ],
)
def test_an_interrupted_run_leaves_its_record_and_no_process(ending, tmp_path):
    kept = tmp_path / "kept"
    with script(RUN_FOR_EVER, kept) as process:
        before = end(process, kept, *ENDINGS[ending])
        assert wait_until(lambda: not left_behind(process), 30)
    assert_kept(kept, before)


STARTING = """
import os, signal, sys, threading
from pbt_examples.tuning import ray_session
threading.Timer(float(sys.argv[1]), os.killpg, (0, signal.SIGINT)).start()
with ray_session():
    threading.Event().wait()
"""


SOAK = [pytest.param(0.1 * tenths, marks=pytest.mark.soak) for tenths in range(1, 31)]


@pytest.mark.parametrize("seconds", [0.25, 0.85, *SOAK])
def test_an_interrupted_start_of_ray_leaves_no_process(seconds, tmp_path):
    with script(STARTING, seconds) as process:
        assert wait_until(lambda: process.poll() is not None, 30)
        assert process.returncode
        assert wait_until(lambda: not left_behind(process), 30)


@pytest.mark.parametrize("seconds", [1, 3])
def test_a_script_may_be_interrupted_before_its_first_report(seconds, tmp_path):
    with script(RUN_FOR_EVER, tmp_path / "kept") as process:
        time.sleep(seconds)  # while Python imports; while Ray starts
        os.killpg(process.pid, signal.SIGINT)
        assert wait_until(lambda: process.poll() is not None, 30)
        assert wait_until(lambda: not left_behind(process), 30)


def test_a_killed_run_leaves_no_process(killed):
    # The last test of this file: after a kill, Ray's services sometimes try for a minute to
    # report it to another one, which has ended.
    process, *_ = killed
    assert wait_until(lambda: not left_behind(process), 120)
