"""A run without progress ends by itself, and says how far it got."""

import re
import time
from types import SimpleNamespace

import pytest
from pbt_examples.tuning import RunFailedError, watchdog
from ray import tune
from toy_experiment import basic_run, toy_with_fault

HOUR = 3600


def test_a_report_that_never_comes_ends_the_run(ray_with_1_slot, tmp_path, monkeypatch):
    asleep = tmp_path / "asleep"

    def sleep_at_10(step):
        if step == 10 and tune.get_context().get_trial_id().endswith("_00001"):
            asleep.touch()
            time.sleep(600)

    # From then on it seems to be later, so that nobody has to wait, nor to be quick.
    clock = {"time": lambda: time.time() + 2 * HOUR * asleep.exists()}
    monkeypatch.setattr(watchdog, "time", SimpleNamespace(**vars(time) | clock))
    started = time.time()
    with pytest.raises(
        RunFailedError, match=r"further for 3600 seconds.*_00001 is RUNNING at iteration 9"
    ) as failure:
        basic_run(toy_with_fault(sleep_at_10), iterations=24, patience=HOUR)
    assert len(failure.value.run.history) == 12 + 9
    since = re.search(r"_00001 is RUNNING at iteration 9 since (\S+?);", str(failure.value))
    assert since.group(1) in {
        time.strftime("%H:%M:%S", time.localtime(second))
        for second in range(int(started), int(time.time()) + 1)
    }
