"""Workers killed at random moments: the history is the undisturbed one, bit for bit."""

import os
import random
import signal
import threading
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


class Watched(PopulationBasedTraining):
    """Know the process of the latest report."""

    pid = None

    def on_trial_result(self, tune_controller, trial, result):
        self.pid = result["pid"]
        return super().on_trial_result(tune_controller, trial, result)


def kill_now_and_then(scheduler, seed, over, kills):
    draw = random.Random(seed)
    while len(kills) < 4 and not over.wait(draw.uniform(0.0, 0.4)):
        pid, scheduler.pid = scheduler.pid, None
        if pid is not None:
            with suppress(ProcessLookupError):  # it may have ended by itself
                os.kill(pid, signal.SIGKILL)
                kills.append(pid)


@pytest.mark.parametrize("seed", range(20))
def test_random_kills_change_nothing(undisturbed, seed):
    scheduler, over, kills = pbt(Watched), threading.Event(), []
    killer = threading.Thread(target=kill_now_and_then, args=(scheduler, seed, over, kills))
    killer.start()
    try:
        run = basic_run(scheduler=scheduler, iterations=40, max_failures=8)
    finally:
        over.set()
        killer.join()
    assert kills
    assert same_history(undisturbed, run)
