"""The function trainable of the digits: configuration, checkpoint, report."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from pbt_examples.digits.network import (
    HYPERPARAMETERS,
    State,
    digits_accuracy,
    digits_split,
    init_state,
    train_iteration,
)
from ray import tune
from threadpoolctl import threadpool_limits


def train_digits(config: dict[str, Any]) -> None:
    """Train the network on the digits and report after every iteration.

    It has the same pattern as `train_toy`: start or resume, take a step, and report, with
    a checkpoint if one is due. The metric is ``accuracy``, on the validation images.

    Parameters
    ----------
    config : dict
        ``lr``, ``weight_decay`` and ``noise`` are the hyperparameters. ``seed`` fixes all
        random numbers; an exploit copies it together with the weights.
        ``checkpoint_interval`` is the number of iterations from one report with a
        checkpoint to the next; set it to the scheduler's ``perturbation_interval``.
    """
    # One thread per trial. More would compete with the other trials for the cores, and
    # would sum in another order, which changes the last bits.
    threadpool_limits(limits=1, user_api="blas")
    h = {name: config[name] for name in HYPERPARAMETERS}
    state = init_state(config["seed"])
    if checkpoint := tune.get_checkpoint():  # our own, or a donor's after an exploit
        with checkpoint.as_directory() as folder, np.load(f"{folder}/state.npz") as arrays:
            state = State(**arrays)
    while True:  # until `stop` in the RunConfig
        state, loss = train_iteration(state, **h, seed=config["seed"])
        metrics = {
            "accuracy": digits_accuracy(state.theta, digits_split().validation),
            "loss": loss,
            "seed": config["seed"],
        }
        if state.iteration % config["checkpoint_interval"]:
            tune.report(metrics | h)
        else:
            with tempfile.TemporaryDirectory() as folder:
                np.savez(Path(folder, "state.npz"), **state._asdict())
                checkpoint = tune.Checkpoint.from_directory(folder)
                tune.report(metrics | h, checkpoint=checkpoint)
