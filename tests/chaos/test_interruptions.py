"""Whatever ends a script early, its record stays and its processes do not."""

import os
import signal

import pytest
from pbt_examples import Run
from reader_script import RUN_FOR_EVER, left_behind, script, wait_until

SECONDS = {"SIGINT": 30, "SIGTERM": 30, "SIGKILL": 120}
"""How long processes may stay. After a kill, services of Ray's sometimes try for a minute
to report it to another, which has ended already."""


@pytest.fixture(params=list(SECONDS))
def ended(request, tmp_path):
    """A script that was ended by a signal in the middle of a run."""
    with script(RUN_FOR_EVER, tmp_path / "kept") as process:
        exploits = tmp_path / "kept" / "exploits.csv"
        wait_until(lambda: exploits.exists() and len(exploits.open().readlines()) > 5, 120)
        os.kill(process.pid, signal.Signals[request.param])
        assert wait_until(lambda: process.poll() is not None, 30)
        process.seconds = SECONDS[request.param]
        yield process


def test_the_record_stays_and_no_process_does(ended, tmp_path):
    run = Run.load(tmp_path / "kept")
    assert run.trials == [0, 1]
    for trial in run.trials:
        iterations = list(run.of_trial(trial)["iteration"])
        assert iterations == list(range(1, len(iterations) + 1))
    assert wait_until(lambda: not left_behind(ended), ended.seconds)
