"""The function trainable of the toy problem: configuration, checkpoint, report."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from pbt_examples.toy.function import Q, get_init_theta, grad_Qhat
from ray import tune


def train_toy(config: dict[str, Any]) -> None:
    """Climb `Qhat` by gradient ascent and report after every step.

    This is one of Ray's function trainables: Tune calls it in a worker process, when the
    trial starts and again each time the trial resumes.

    Parameters
    ----------
    config : dict
        ``h0``, ``h1`` and ``lr`` (the learning rate) are the hyperparameters.
        ``checkpoint_interval`` is the number of steps from one report with a checkpoint to
        the next; set it to the scheduler's ``perturbation_interval``.
    """
    theta, step = get_init_theta(), 0
    if checkpoint := tune.get_checkpoint():  # our own, or a donor's after an exploit
        with checkpoint.as_directory() as folder:
            state = json.loads(Path(folder, "state.json").read_text())
        theta, step = np.array(state["theta"]), state["step"]

    h = np.array([config["h0"], config["h1"]])
    while True:  # until `stop` in the RunConfig
        step += 1
        theta = theta + config["lr"] * grad_Qhat(theta, h).theta
        metrics = {"Q": float(Q(theta)), "theta0": theta[0], "theta1": theta[1]}
        metrics |= {name: config[name] for name in ("h0", "h1", "lr")}

        if step % config["checkpoint_interval"]:
            tune.report(metrics)
        else:
            with tempfile.TemporaryDirectory() as folder:
                state = {"theta": theta.tolist(), "step": step}
                Path(folder, "state.json").write_text(json.dumps(state))
                checkpoint = tune.Checkpoint.from_directory(folder)
                tune.report(metrics, checkpoint=checkpoint)
