"""The function trainable of the noisy quadratic, with the same pattern as the toy's."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from pbt_examples.quadratic.moments import (
    COSINE,
    START,
    STEPS,
    expected_loss,
    expected_step,
)
from ray import tune


def train_quadratic(config: dict[str, Any]) -> None:
    """Take steps of expected gradient descent, and report after every few of them.

    This is one of Ray's function trainables. The scheduler may decide after each report,
    since each has a checkpoint.

    Parameters
    ----------
    config : dict
        ``lr``, the learning rate, is the hyperparameter. ``steps_per_report`` is the
        number of steps in one iteration of Tune. With ``decay``, which is optional, the
        learning rate is multiplied by half a cosine over all `STEPS`.
    """
    moments, step = list(START), 0
    checkpoint = tune.get_checkpoint()  # our own, or a donor's after an exploit
    if checkpoint:
        with checkpoint.as_directory() as folder:
            state = json.loads(Path(folder, "state.json").read_text())
        moments, step = state["moments"], state["step"]

    factors = COSINE if config.get("decay") else [1.0] * STEPS
    while True:  # Tune ends the loop: see `stop` in the RunConfig
        for _ in range(config["steps_per_report"]):
            moments = expected_step(moments, config["lr"] * factors[step]).tolist()
            step += 1
        metrics = {"loss": float(expected_loss(moments)), "step": step}
        with tempfile.TemporaryDirectory() as folder:
            state = json.dumps({"moments": moments, "step": step})
            Path(folder, "state.json").write_text(state)
            tune.report(metrics, checkpoint=tune.Checkpoint.from_directory(folder))
