"""Workers killed at random moments: the history is the undisturbed one, bit for bit."""

import os
import queue
import random
import signal
import threading
import time
from contextlib import suppress

import pytest
from pbt_examples import same_history
from pbt_examples.tuning import PopulationBasedTraining
from toy_experiment import basic_run, pbt


@pytest.fixture(scope="module")
def undisturbed(ray_with_2_slots):
    return basic_run(iterations=24)


class Watched(PopulationBasedTraining):
    """Queue the process id of each report."""

    reports = queue.SimpleQueue()

    def on_trial_result(self, tune_controller, trial, result):
        self.reports.put(result["pid"])
        return super().on_trial_result(tune_controller, trial, result)


def kill_now_and_then(seed, kills):
    draw = random.Random(seed)
    for _ in range(3):
        for _ in range(draw.randint(1, 20)):
            pid = Watched.reports.get()
            if pid is None:  # the run is over
                return
        time.sleep(draw.uniform(0.0, 0.02))
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(pid, signal.SIGKILL)
            kills.append(pid)


SAMPLE, ALL = 4, 20
SOAK = [pytest.param(seed, marks=pytest.mark.soak) for seed in range(SAMPLE, ALL)]


@pytest.mark.parametrize("seed", [*range(SAMPLE), *SOAK])
def test_random_kills_change_nothing(undisturbed, seed):
    Watched.reports, kills = queue.SimpleQueue(), []
    killer = threading.Thread(target=kill_now_and_then, args=(seed, kills))
    killer.start()
    try:
        run = basic_run(scheduler=pbt(Watched), iterations=24, max_failures=8)
    finally:
        Watched.reports.put(None)
        killer.join()
    assert kills
    assert "fail" in set(run.events["event"])
    assert same_history(undisturbed, run)
