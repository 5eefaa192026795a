"""Why this project has its own scheduler class: what Ray's does after a crash.

When these tests fail, Ray has fixed it: note the release, and check whether this project's
class can be simplified. Seen with Ray 2.60.0.
"""

import os

import pytest
from pbt_examples import same_history
from pbt_examples.toy import toy_scheduler
from pbt_examples.tuning import RunFailedError
from ray.tune.schedulers import PopulationBasedTraining as RayPBT
from toy_experiment import basic_run, once_per_trial, toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")
STUCK = r"further for 15 seconds.*trial \S+ is \w+ at iteration \d+ since \d\d:\d\d:\d\d"


def crash_once_at_10(folder):
    return toy_with_fault(once_per_trial(10, folder, lambda: os._exit(1)))


def test_a_crash_between_checkpoints_hangs_rays_synchronous_scheduler(tmp_path):
    with pytest.raises(RunFailedError, match=STUCK) as failure:
        basic_run(
            crash_once_at_10(tmp_path),
            scheduler=toy_scheduler(RayPBT),
            hyperparameters=["lr", "h0", "h1"],
            iterations=24,
            patience=15,
        )
    assert failure.value.run.history["iteration"].max() < 24


def test_our_scheduler_reaches_the_end(tmp_path):
    run = basic_run(crash_once_at_10(tmp_path), iterations=24, patience=90)
    assert same_history(run, basic_run(iterations=24))
