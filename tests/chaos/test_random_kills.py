"""Workers killed at random moments: the history is the undisturbed one, bit for bit."""

import os
import random
import signal
import threading
import time
from contextlib import suppress

import pytest
from pbt_examples import PopulationBasedTraining, ray_session, same_history
from toy_experiment import basic_run, pbt


@pytest.fixture(scope="module")
def ray_with_2_slots():
    with ray_session(slots=2):
        yield


@pytest.fixture(scope="module")
def undisturbed(ray_with_2_slots):
    return basic_run(iterations=40)


class Killer(PopulationBasedTraining):
    """Let a thread kill worker processes that have reported, at random moments."""

    def begin(self, seed):
        self.draw = random.Random(seed)
        self.kills = 0
        self.pids = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.kill)
        self.thread.start()

    def kill(self):
        while self.kills < 4 and not self.over.wait(self.draw.uniform(0.0, 0.4)):
            if self.pids:
                pid = self.pids[-1]
                self.pids = [other for other in self.pids if other != pid]
                with suppress(ProcessLookupError):  # it may have ended by itself
                    os.kill(pid, signal.SIGKILL)
                    self.kills += 1

    def on_trial_result(self, tune_controller, trial, result):
        if result["pid"] not in self.pids:
            self.pids.append(result["pid"])
        return super().on_trial_result(tune_controller, trial, result)


@pytest.mark.parametrize("seed", range(20))
def test_random_kills_change_nothing(undisturbed, seed):
    scheduler = pbt(Killer)
    scheduler.begin(seed)
    try:
        started = time.monotonic()
        run = basic_run(scheduler=scheduler, iterations=40, max_failures=8)
        assert time.monotonic() - started < 280
    finally:
        scheduler.over.set()
        scheduler.thread.join()
    assert scheduler.kills > 0
    assert same_history(undisturbed, run)
