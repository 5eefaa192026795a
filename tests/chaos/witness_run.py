"""A PBT run with Ray's own scheduler, whose trials report where they come from.

python witness_run.py STORAGE synchronous|asynchronous ITERATIONS
"""

import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from pbt_examples.tuning import run_experiment
from ray import tune
from ray.tune.schedulers import PopulationBasedTraining

TRIALS = 4


def witness(begun):
    """Return the trainable; its trials wait until all have left a mark in a folder."""

    def wait_for_all(me):  # one that ran alone would find no donor
        begun.mkdir(exist_ok=True)
        (begun / str(me)).touch()
        deadline = time.monotonic() + 60
        while len([*begun.iterdir()]) < TRIALS and time.monotonic() < deadline:
            time.sleep(0.01)

    def trainable(config):
        me = int(tune.get_context().get_trial_name().split("_")[-1])
        state, source = {"step": 0, "score": 0.0}, (-1, -1)
        checkpoint = tune.get_checkpoint()
        if checkpoint:
            with checkpoint.as_directory() as folder:
                state = json.loads(Path(folder, "state.json").read_text())
            source = state["me"], state["step"]
        wait_for_all(me)
        while True:
            time.sleep(random.uniform(0.005, 0.03))
            before = state["score"]
            after = before + config["lr"] + random.gauss(0, 0.3)
            state = {"step": state["step"] + 1, "score": after, "me": me}
            metrics = {
                "score": after, "gt_before": before, "gt_lr": config["lr"], "gt_me": me,
                "gt_src_trial": source[0], "gt_src_iter": source[1],
            }  # fmt: skip
            with tempfile.TemporaryDirectory() as folder:
                saved = None
                if state["step"] % 3 == 0:
                    Path(folder, "state.json").write_text(json.dumps(state))
                    saved = tune.Checkpoint.from_directory(folder)
                tune.report(metrics, checkpoint=saved)

    return trainable


def settings(storage):
    """Return the environment variables that the run needs."""
    return {
        "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "0",
        "TUNE_GLOBAL_CHECKPOINT_S": "0.3",  # what really takes hours takes seconds here
        "PBT_EXAMPLES_STORAGE": str(storage),
    }


def run(storage, mode, iterations):
    """Run it; the environment has the settings."""
    scheduler = PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=3,
        quantile_fraction=0.5,
        resample_probability=0.5,
        hyperparam_mutations={"lr": tune.uniform(0.1, 1)},
        synch=mode == "synchronous",
    )
    run_experiment(
        witness(Path(f"{storage}-begun")),
        {"lr": tune.grid_search([0.2, 0.4, 0.6, 0.8])},
        metric="score",
        scheduler=scheduler,
        hyperparameters=["lr"],
        iterations=iterations,
        slots=TRIALS,
    )


if __name__ == "__main__":
    os.environ |= settings(sys.argv[1])
    run(sys.argv[1], sys.argv[2], int(sys.argv[3]))
