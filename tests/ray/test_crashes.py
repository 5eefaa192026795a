"""A worker that dies, whenever it dies, changes nothing in what a run reports."""

import os
import signal

import pytest
from pbt_examples import Run, same_history
from pbt_examples.toy import train_toy
from pbt_examples.tuning import PopulationBasedTraining, RunFailedError
from ray import tune
from toy_experiment import basic_run, needing, once_per_trial, pbt, toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_2_slots")


@pytest.fixture(scope="module")
def undisturbed(ray_with_2_slots):
    return basic_run(needing(train_toy, cpus=2), iterations=24)


FAULTS = {"exit": lambda: os._exit(1), "raise": lambda: 1 / 0}
FIRST, BETWEEN, CHECKPOINT, LAST = STEPS = (1, 10, 12, 24)


def once_at_each(steps, fault, folder):
    """Return a fault that happens to each trial once at each of these steps."""
    happen = FAULTS[fault]
    faults = [once_per_trial(step, folder / str(step), happen) for step in steps]
    return toy_with_fault(lambda step: [fault(step) for fault in faults])


@pytest.mark.parametrize(
    ("fault", "slots"),
    [("exit", 1), pytest.param("exit", 2, marks=pytest.mark.soak), ("raise", 2)],
)
def test_every_trial_may_fail_at_any_kind_of_step(undisturbed, fault, slots, tmp_path):
    trainable = needing(once_at_each(STEPS, fault, tmp_path), cpus=2 / slots)
    run = basic_run(trainable, iterations=24, max_failures=4)
    failures = run.events[run.events["event"] == "fail"].groupby("trial").size()
    assert failures.tolist() == [len(STEPS)] * 2
    assert same_history(undisturbed, run)


def test_the_last_step_may_be_one_without_a_checkpoint(tmp_path):
    run = basic_run(once_at_each([26], "exit", tmp_path), iterations=26)
    assert list(run.events["event"]).count("fail") == 2
    assert same_history(basic_run(needing(train_toy, cpus=2), iterations=26), run)


TOO_OFTEN = {
    "killed": (lambda: os.kill(os.getpid(), signal.SIGKILL), "died"),
    "raises": (lambda: 1 / 0, "ZeroDivisionError"),
}
"""What happens, and what the message says about it."""


@pytest.mark.parametrize("fault", list(TOO_OFTEN))
def test_a_trial_that_fails_too_often_is_named_and_the_record_kept(
    undisturbed, tmp_path, fault
):
    happen, cause = TOO_OFTEN[fault]

    def always_at_10(step):
        if step == 10 and tune.get_context().get_trial_id().endswith("_00001"):
            happen()

    with pytest.raises(
        RunFailedError, match=rf"trial 1 failed more than max_failures.*{cause}"
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


def test_the_others_go_on_without_a_trial_that_failed_too_often():
    def always_at_10(step):
        if step == 10 and tune.get_context().get_trial_id().endswith("_00001"):
            raise ArithmeticError("on purpose")

    with pytest.raises(RunFailedError, match="trial 1 failed") as failure:
        basic_run(
            toy_with_fault(always_at_10),
            population=4,
            iterations=24,
            max_failures=0,
            patience=90,
        )
    kept = failure.value.run
    assert list(kept.history.groupby("trial")["iteration"].max()) == [24, 9, 24, 24]
    later = kept.exploits[kept.exploits["iteration"] > 10]
    assert sorted(set(later["iteration"])) == [12, 16, 20]
    assert 1 not in {*later["target"], *later["donor"]}


class KillLast(PopulationBasedTraining):
    """Kill the worker of the last report at a barrier, when all others are there."""

    killed = 0

    def on_trial_result(self, tune_controller, trial, result):
        now = result["training_iteration"]
        others = [self._trial_state[one] for one in self._trial_state if one != trial]
        complete = all(other.last_train_time >= now for other in others)
        if complete and now in (8 * self.killed + 4, 8 * self.killed + 8):
            self.killed += 1
            os.kill(result["pid"], signal.SIGKILL)
        return super().on_trial_result(tune_controller, trial, result)


class KillIdle(PopulationBasedTraining):
    """Kill the worker of each trial while it is idle because all trials are paused."""

    killed = 0
    moments = (4, 8, 12, 16)

    def _exploit(self, tune_controller, trial, trial_to_clone):
        super()._exploit(tune_controller, trial, trial_to_clone)
        result = self._trial_state[trial_to_clone].last_result
        if result["training_iteration"] in self.moments:
            self.killed += 1
            os.kill(result["pid"], signal.SIGKILL)


def test_a_worker_may_die_at_the_barrier(undisturbed):
    killer = pbt(KillLast)
    run = basic_run(scheduler=killer, iterations=24)
    assert killer.killed >= 2
    assert same_history(undisturbed, run)


def test_each_death_between_two_trials_is_one_failure_and_changes_nothing(undisturbed):
    killer = pbt(KillIdle)
    run = basic_run(scheduler=killer, iterations=24, max_failures=4)
    assert (run.events["event"] == "fail").sum() == killer.killed == 4
    assert same_history(undisturbed, run)


def test_every_death_between_two_trials_counts_as_a_failure():
    killer = pbt(KillIdle)
    with pytest.raises(RunFailedError, match="failed more than max_failures"):
        basic_run(scheduler=killer, iterations=24, max_failures=1)


def test_after_a_death_between_two_trials_other_failures_count(tmp_path):
    killer = pbt(KillIdle)
    killer.moments = (4, 8)
    with pytest.raises(RunFailedError, match="failed more than max_failures"):
        basic_run(
            once_at_each([14, 18], "raise", tmp_path),
            scheduler=killer,
            iterations=24,
            max_failures=2,
        )
