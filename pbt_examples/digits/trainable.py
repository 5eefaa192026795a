"""The function trainable of the digits: configuration, checkpoint, report."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from pbt_examples.checks import check_integer, check_number
from pbt_examples.digits.network import (
    HYPERPARAMETERS,
    WEIGHTS,
    State,
    digits_accuracy,
    digits_split,
    init_state,
    train_iteration,
)
from pbt_examples.record.files import check_file
from ray import tune
from threadpoolctl import threadpool_limits

MOST_BYTES = 2**20
"""A checkpoint of this network has less than a sixth of that."""


def train_digits(config: dict[str, Any]) -> None:
    """Train the network on the digits and report after every iteration.

    The same pattern as `train_toy`: start or resume, take a step, report, and hand over
    a checkpoint where one is due. The metric is ``accuracy``, on the validation images.

    Parameters
    ----------
    config : dict
        ``lr``, ``weight_decay`` and ``noise`` are the hyperparameters. ``seed`` fixes
        everything that is drawn; an exploit hands it on together with the weights.
        ``checkpoint_interval``, in iterations, says how often a checkpoint goes along
        with the report; match it to the scheduler's ``perturbation_interval``.

    Raises
    ------
    TypeError, ValueError
        If ``checkpoint_interval`` is no positive whole number, or a hyperparameter is
        negative or no finite number.
    """
    check_integer("checkpoint_interval", config["checkpoint_interval"], least=1)
    # One thread a trial. Several would compete with the other trials for the cores,
    # and would add numbers up in another order, which changes the last bits.
    threadpool_limits(limits=1, user_api="blas")
    h = {name: config[name] for name in HYPERPARAMETERS}
    for name, value in h.items():
        check_number(name, value, least=0.0)
    checkpoint = tune.get_checkpoint()  # our own, or a donor's after an exploit
    state = _resume(checkpoint) if checkpoint else init_state(config["seed"])
    while True:  # Tune ends the loop: see `stop` in the RunConfig
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


def read_state(path: Path) -> State:
    """Return the state in a checkpoint, which may come from another machine.

    Parameters
    ----------
    path : Path
        A file that `train_digits` wrote: three arrays of numbers, not compressed.

    Returns
    -------
    State

    Raises
    ------
    ValueError
        If it is another file. One that unpacks to more than `MOST_BYTES`, or has objects
        in it, which could run code, is not opened that far.
    """
    try:
        check_file(path, most=MOST_BYTES)
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("it is compressed")
        if (size := sum(member.file_size for member in members)) > MOST_BYTES:
            raise ValueError(f"it unpacks to {size} bytes, more than {MOST_BYTES}")
        with np.load(path, allow_pickle=False) as arrays:
            state = State(arrays["theta"], arrays["velocity"], int(arrays["iteration"]))
        shapes = [state.theta.shape, state.velocity.shape]
        if shapes != [(WEIGHTS,)] * 2:
            raise ValueError(f"theta and velocity must have {WEIGHTS} numbers: {shapes}")
    except FileNotFoundError:
        raise
    except Exception as error:  # a broken archive has many ways to be broken
        raise ValueError(f"{path} is no checkpoint of this network: {error}") from None
    return state


def _resume(checkpoint: tune.Checkpoint) -> State:
    with checkpoint.as_directory() as folder:
        return read_state(Path(folder, "state.npz"))
