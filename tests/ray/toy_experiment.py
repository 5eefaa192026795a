"""The basic experiment on the toy problem, with faults injected where a test needs them."""

import functools
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from pbt_examples.toy import (
    Q,
    get_init_theta,
    grad_Qhat,
    toy_param_space,
    toy_scheduler,
    train_toy,
)
from pbt_examples.tuning import run_experiment
from ray import tune

STARTS = {
    2: [0.0, 1.0],
    4: [0.0, 1.0, 0.01, 0.99],
    8: [0.0, 1.0, 0.01, 0.99, 0.1, 0.9, 0.3, 0.7],
}
"""First values of h0 in a population of each size; h1 starts at 1 - h0."""


def needing(trainable, *, cpus):
    """Return a copy of a trainable that requires this many CPUs.

    A copy, since Ray stores the requirement on the function itself, for later runs too.
    """
    if isinstance(trainable, type):
        return tune.with_resources(trainable, {"cpu": cpus})

    @functools.wraps(trainable)
    def copy(config):
        return trainable(config)

    return tune.with_resources(copy, {"cpu": cpus})


pbt = toy_scheduler


def param_space(population=2):
    """Return Tune's `param_space` for the basic experiment."""
    return toy_param_space(STARTS[population])


def basic_run(trainable=train_toy, *, population=2, scheduler=None, **options):
    """Run the basic experiment; options are those of `run_experiment`."""
    return run_experiment(
        trainable, param_space(population), scheduler=scheduler or pbt(), **options
    )


def toy_with_fault(fault):
    """Return a trainable that does what `train_toy` does, but calls ``fault(step)``.

    The call comes before the report of each step.
    """

    def trainable(config):
        theta, step = get_init_theta(), 0
        checkpoint = tune.get_checkpoint()
        if checkpoint:
            with checkpoint.as_directory() as folder:
                state = json.loads(Path(folder, "state.json").read_text())
            theta, step = np.array(state["theta"]), state["step"]
        h = np.array([config["h0"], config["h1"]])
        while True:
            step += 1
            theta = theta + config["lr"] * grad_Qhat(theta, h).theta
            metrics = {"Q": float(Q(theta)), "theta0": theta[0], "theta1": theta[1]}
            metrics |= {name: config[name] for name in ("h0", "h1", "lr")}
            fault(step)
            with tempfile.TemporaryDirectory() as folder:
                checkpoint = None
                if step % config["checkpoint_interval"] == 0:
                    state = {"theta": theta.tolist(), "step": step}
                    Path(folder, "state.json").write_text(json.dumps(state))
                    checkpoint = tune.Checkpoint.from_directory(folder)
                tune.report(metrics, checkpoint=checkpoint)

    return trainable


def once_per_trial(at_step, folder, fault):
    """Return a fault that happens to each trial, the first time it gets to a step."""

    Path(folder).mkdir(exist_ok=True)

    def happen(step):
        mark = Path(folder, tune.get_context().get_trial_id())
        if step == at_step and not mark.exists():
            mark.touch()
            fault()

    return happen


def wait_for_company(slots, folder):
    """Return a fault that keeps each trial in its first step until the slots are full.

    The steps of the toy are so short that one process would do all the work before the
    next has started; after this, each slot has its own.
    """

    def wait(step):
        if step == 1:
            Path(folder, tune.get_context().get_trial_id()).touch()
            deadline = time.monotonic() + 60
            while len(os.listdir(folder)) < slots and time.monotonic() < deadline:
                time.sleep(0.01)

    return wait
