"""A run in which nothing happens any more ends by itself, and says where it stood."""

import time

import pytest
from pbt_examples import RunFailedError, ray_session
from ray import tune
from toy_experiment import basic_run, toy_with_fault


@pytest.fixture(autouse=True)
def ray_with_a_slot():
    with ray_session(slots=1):
        yield


def test_a_report_that_never_comes_ends_the_run():
    def sleep_at_10(step):
        if step == 10 and tune.get_context().get_trial_id().endswith("_00001"):
            time.sleep(600)

    with pytest.raises(
        RunFailedError, match=r"further for 30 seconds.*_00001 is RUNNING at iteration 9"
    ) as failure:
        basic_run(toy_with_fault(sleep_at_10), iterations=24, patience=30)
    assert len(failure.value.run.history) == 12 + 9
