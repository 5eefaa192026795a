"""A worker that dies, whenever it dies, changes nothing in what a run reports."""

import os
import signal

import pytest
from pbt_examples import PopulationBasedTraining, same_history
from toy_experiment import basic_run, once_per_trial, pbt, toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_4_slots")


@pytest.fixture(scope="module")
def undisturbed(ray_with_4_slots):
    return basic_run(iterations=24)


FAULTS = {"exit": lambda: os._exit(1), "raise": lambda: 1 / 0}


@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("step", [1, 10, 12, 24])
def test_every_trial_may_fail_at_the_first_a_middle_a_checkpoint_and_the_last_step(
    undisturbed, step, fault, tmp_path
):
    faulty = toy_with_fault(once_per_trial(step, tmp_path, FAULTS[fault]))
    run = basic_run(faulty, iterations=24)
    assert list(run.events["event"]).count("fail") == 2
    assert same_history(undisturbed, run)


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
