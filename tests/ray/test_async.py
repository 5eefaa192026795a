"""Asynchronous runs: trials keep their pace, their records are sound, and they end."""

import json
import os
import time
from pathlib import Path

import psutil
import pytest
import ray
from pbt_examples.toy import oracle_error, toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import paced, run_experiment
from pbt_examples.tuning.scheduler import MOST_REPORTS_PER_ITERATION
from ray import tune
from toy_experiment import toy_with_fault

pytestmark = pytest.mark.usefixtures("ray_with_4_slots")

SECONDS = [0.004, 0.02, 0.03, 0.04]
H0 = [1.0, 2 / 3, 1 / 3, 0.0]


def toy_run(trainable=train_toy, *, synch, iterations, seed=0):
    return run_experiment(
        paced(trainable, seconds=SECONDS),
        toy_param_space(H0),
        scheduler=toy_scheduler(synch=synch, seed=seed),
        iterations=iterations,
        slots=4,
    )


@pytest.fixture(scope="module")
def synchronous(ray_with_4_slots):
    return toy_run(synch=True, iterations=12)


@pytest.fixture(scope="module")
def asynchronous(ray_with_4_slots, tmp_path_factory):
    fault = last_one_held_back(tmp_path_factory.mktemp("ahead"))
    return toy_run(toy_with_fault(fault), synch=False, iterations=24)


def last_one_held_back(folder):
    """Return a fault that keeps the last trial far behind until its first exploit.

    It stays in its second step until the others are in their ninth, and they wait for it in
    their tenth. So the order does not depend on how busy the machine is.
    """

    def wait_for(trials):
        deadline = time.monotonic() + 60
        while len(os.listdir(folder)) < trials and time.monotonic() < deadline:
            time.sleep(0.01)

    def fault(step):
        number = tune.get_context().get_trial_id().rpartition("_")[2]
        if step == 9:
            Path(folder, number).touch()
        if step == 2 and int(number) == 3:
            wait_for(3)
        if step == 10:
            wait_for(4)

    return fault


def test_no_trial_begins_before_all_have_a_process(ray_with_4_slots, tmp_path):
    def note_when(config):
        number = tune.get_context().get_trial_id()
        times = [psutil.Process().create_time(), time.time()]
        Path(tmp_path, number).write_text(json.dumps(times))
        while True:
            tune.report({"Q": 0.0} | {name: config[name] for name in ("h0", "h1", "lr")})

    ray.remote(num_cpus=1)(
        lambda: time.sleep(5)
    ).remote()  # the last trial gets its slot late
    run_experiment(
        paced(note_when, seconds=SECONDS),
        toy_param_space(H0),
        hyperparameters=["h0", "h1", "lr"],
        iterations=2,
        slots=4,
    )
    noted = [json.loads(file.read_text()) for file in tmp_path.iterdir()]
    processes, beginnings = zip(*noted, strict=True)
    assert len(noted) == 4
    assert max(processes) < min(beginnings)


def test_the_pace_stays_with_the_trial_when_its_configuration_changes(asynchronous):
    for trial, seconds in enumerate(SECONDS):
        assert asynchronous.of_trial(trial)["duration"].min() >= seconds
    # The slowest took over from a faster one, and did not become faster.
    assert (asynchronous.exploits["target"] == 3).any()


def test_a_trial_that_waits_keeps_a_process_for_every_slot_alive(synchronous):
    assert synchronous.history["pid"].nunique() == 4


def passes_the_barrier(run):
    """Say whether some trial reports iteration 5 before all have reported iteration 4."""
    times = run.history.groupby("iteration")["time"]
    return times.min()[5] < times.max()[4]


def test_only_synchronous_trials_wait_for_the_slowest(synchronous, asynchronous):
    assert not passes_the_barrier(synchronous)
    assert passes_the_barrier(asynchronous)


def test_the_oracle_repeats_an_asynchronous_run_to_the_last_bit(asynchronous):
    assert (
        asynchronous.exploits["iteration"] != asynchronous.exploits["donor_iteration"]
    ).any()
    assert oracle_error(asynchronous) == 0


def scored(score, folder):
    """Return a trainable with a checkpoint at every step and a score that depends on it.

    It raises an error once a trial has reported much more often than it may, so that the
    test ends even if the run does not.
    """

    def trainable(config):
        step, checkpoint = 0, tune.get_checkpoint()
        if checkpoint:
            with checkpoint.as_directory() as state:
                step = int(Path(state, "step").read_text())
        count = Path(folder, tune.get_context().get_trial_id())
        while True:
            step += 1
            with count.open("a") as file:
                file.write(".")
            if count.stat().st_size > 3 * MOST_REPORTS_PER_ITERATION * 12:
                raise RuntimeError("this trial has run away")
            state = Path(folder, f"{count.name}-{count.stat().st_size}")
            state.mkdir()
            (state / "step").write_text(str(step))
            checkpoint = tune.Checkpoint.from_directory(state)
            metrics = {"Q": score(step)} | {n: config[n] for n in ("h0", "h1", "lr")}
            tune.report(metrics, checkpoint=checkpoint)

    return trainable


def scored_run(score, folder):
    return run_experiment(
        scored(score, folder),
        toy_param_space(H0),
        scheduler=toy_scheduler(synch=False, perturbation_interval=1),
        iterations=12,
        max_failures=0,
    )


def test_trials_cannot_set_each_other_back_forever(tmp_path):
    run = scored_run(lambda step: -float(step), tmp_path)  # being behind looks better
    assert (run.exploits["donor_iteration"] < run.exploits["iteration"]).any()
    assert (run.history.groupby("trial")["iteration"].last() == 12).all()
    reports = run.history.groupby("trial").size()
    assert reports.max() <= MOST_REPORTS_PER_ITERATION * 12


def test_no_target_takes_over_from_a_donor_that_is_not_better(tmp_path):
    run = scored_run(lambda step: 1.2, tmp_path)
    assert run.exploits.empty
    assert (run.history.groupby("trial").size() == 12).all()


def assert_bounded(run, iterations):
    assert (run.history.groupby("trial")["iteration"].last() == iterations).all()
    reports = run.history.groupby("trial").size()
    assert reports.max() <= MOST_REPORTS_PER_ITERATION * iterations
    assert oracle_error(run) == 0


def test_an_asynchronous_run_ends(asynchronous):
    assert_bounded(asynchronous, iterations=24)


SAMPLE, ALL = 2, 20
SOAK = [pytest.param(seed, marks=pytest.mark.soak) for seed in range(SAMPLE, ALL)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(SAMPLE), *SOAK])
def test_asynchronous_runs_end_whatever_the_seed(seed):
    assert_bounded(toy_run(synch=False, seed=seed, iterations=100), iterations=100)


@pytest.mark.parametrize("seconds", [[], [0.1, -0.1]])
def test_impossible_paces_are_refused(seconds):
    with pytest.raises(ValueError, match=r"seconds must (hold|be)"):
        paced(train_toy, seconds=seconds)
