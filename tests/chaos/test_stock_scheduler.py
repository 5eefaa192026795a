"""Why this project has its own scheduler class: what Ray's does after a crash.

When these tests fail, Ray has fixed it: note the release, and check whether this project's
class can be simplified. Seen with Ray 2.60.0.
"""

import os
import time
from types import SimpleNamespace

import pytest
from pbt_examples import same_history
from pbt_examples.toy import toy_scheduler
from pbt_examples.tuning import RunFailedError, watchdog
from ray.tune.schedulers import PopulationBasedTraining as RayPBT
from toy_experiment import basic_run, once_per_trial, toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")
STUCK = r"further for 3600 seconds.*trial \S+ is \w+ at iteration \d+ since \d\d:\d\d:\d\d"


def crash_once_at_10(folder, *, log=os.devnull):
    crash = once_per_trial(10, folder, lambda: os._exit(1))

    def fault(step):
        with open(log, "a") as steps:
            steps.write(".")
        crash(step)

    return toy_with_fault(fault)


def test_a_crash_between_checkpoints_hangs_rays_synchronous_scheduler(
    tmp_path, monkeypatch
):
    log = tmp_path / "steps"
    log.touch()
    # Once the trials have done five times the steps of a whole run, hours seem to be over.
    clock = {"time": lambda: time.time() + 2 * 3600 * (log.stat().st_size > 5 * 2 * 24)}
    monkeypatch.setattr(watchdog, "time", SimpleNamespace(**vars(time) | clock))
    with pytest.raises(RunFailedError, match=STUCK) as failure:
        basic_run(
            crash_once_at_10(tmp_path / "crashed", log=log),
            scheduler=toy_scheduler(RayPBT),
            hyperparameters=["lr", "h0", "h1"],
            iterations=24,
            patience=3600,
        )
    assert failure.value.run.history["iteration"].max() < 24


def test_our_scheduler_reaches_the_end(tmp_path):
    run = basic_run(crash_once_at_10(tmp_path), iterations=24, patience=90)
    assert same_history(run, basic_run(iterations=24))
