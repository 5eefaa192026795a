"""A worker that dies, whenever it dies, changes nothing in what a run reports."""

import os
import signal
import time

import pytest
from pbt_examples import PopulationBasedTraining, Run, RunFailedError, same_history
from ray import tune
from toy_experiment import basic_run, once_per_trial, pbt, toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_4_slots")


@pytest.fixture(scope="module")
def undisturbed(ray_with_4_slots):
    return basic_run(iterations=24)


FAULTS = {"exit": lambda: os._exit(1), "raise": lambda: 1 / 0}


STEPS = [1, 10, 12, 24]
"""The first, one between two checkpoints, one with a checkpoint, the last."""


@pytest.mark.parametrize("fault", list(FAULTS))
def test_every_trial_may_fail_at_any_kind_of_step(undisturbed, fault, tmp_path):
    faults = [once_per_trial(step, tmp_path / str(step), FAULTS[fault]) for step in STEPS]
    faulty = toy_with_fault(lambda step: [happen(step) for happen in faults])
    run = basic_run(faulty, iterations=24, max_failures=len(STEPS))
    assert list(run.events["event"]).count("fail") == 2 * len(STEPS)
    assert same_history(undisturbed, run)


def test_a_trial_that_fails_too_often_is_named_and_the_record_kept(undisturbed, tmp_path):
    def always_at_10(step):
        if step == 10 and tune.get_context().get_trial_id().endswith("_00001"):
            raise ArithmeticError("on purpose")

    with pytest.raises(
        RunFailedError, match=r"trial 1 failed more than max_failures.*on purpose"
    ) as failure:
        basic_run(
            toy_with_fault(always_at_10), iterations=24, max_failures=1, folder=tmp_path
        )
    kept = failure.value.run
    first = undisturbed.history[undisturbed.history["iteration"] < 10]
    same = kept.history[kept.history["iteration"] < 10].reset_index(drop=True)
    timing = ["time", "duration", "pid"]
    assert same.drop(columns=timing).equals(
        first.reset_index(drop=True).drop(columns=timing)
    )
    assert list(kept.of_trial(0)["iteration"]) == list(range(1, 25))
    assert same_history(kept, Run.load(tmp_path))


def test_a_report_that_never_comes_ends_the_run(tmp_path):
    def sleep_at_10(step):
        if step == 10 and tune.get_context().get_trial_id().endswith("_00001"):
            time.sleep(600)

    with pytest.raises(
        RunFailedError, match=r"further for 20 seconds.*_00001 is RUNNING at iteration 9"
    ) as failure:
        basic_run(toy_with_fault(sleep_at_10), iterations=24, patience=20)
    assert len(failure.value.run.history) == 12 + 9


class KillAtReport(PopulationBasedTraining):
    """Kill the worker when its report of a checkpoint step arrives, before it is saved."""

    killed = 0

    def on_trial_result(self, tune_controller, trial, result):
        if result["training_iteration"] == 12 and self.killed < 2:
            self.killed += 1
            os.kill(result["pid"], signal.SIGKILL)
        return super().on_trial_result(tune_controller, trial, result)


class KillIdle(PopulationBasedTraining):
    """Kill the worker of each trial when it lies idle, all trials being paused."""

    killed = 0

    def _exploit(self, tune_controller, trial, trial_to_clone):
        super()._exploit(tune_controller, trial, trial_to_clone)
        result = self._trial_state[trial_to_clone].last_result
        if result["training_iteration"] in (8, 16):
            self.killed += 1
            os.kill(result["pid"], signal.SIGKILL)


@pytest.mark.parametrize("scheduler", [KillAtReport, KillIdle])
def test_a_worker_may_die_while_all_trials_wait_for_each_other(undisturbed, scheduler):
    killer = pbt(scheduler)
    run = basic_run(scheduler=killer, iterations=24)
    assert killer.killed == 2
    assert same_history(undisturbed, run)
