"""Run the toy experiment once, with one way to set Ray up, and print what it took.

A process of its own for each measurement, so that the whole script can be timed from
process start, as a reader would wait for it:

    python benchmarks/one_experiment.py WAY POPULATION ITERATIONS

WAY is ``ours``, ``reuse`` (Ray's defaults and ``reuse_actors=True``) or ``stock`` (Ray's
defaults, and its own data frame at the end). POPULATION 0 is the grid baseline: two
trials and no scheduler.
"""

import json
import os
import sys
import tempfile
import time

import numpy as np


def main(way: str, population: int, iterations: int) -> None:
    """Run one experiment and print its figures as one line of JSON."""
    param_space = {
        "h0": {"grid_search": list(np.linspace(0, 1, population or 2))},
        "lr": 0.05,
        "checkpoint_interval": 4,
    }
    seconds, reports = (ours if way == "ours" else stock)(
        param_space, population, iterations, reuse_actors=way != "stock"
    )
    print(json.dumps({"fit": seconds, "reports": reports}))


def pbt_options() -> dict:
    """Return the settings of the scheduler, equal for all ways."""
    from ray import tune

    return dict(
        time_attr="training_iteration",
        perturbation_interval=4,
        quantile_fraction=0.5,
        resample_probability=0.5,
        synch=True,
        hyperparam_mutations={
            "lr": tune.qloguniform(5e-3, 1e-1, 5e-4),
            "h0": tune.uniform(0, 1),
            "h1": tune.uniform(0, 1),
        },
    )


def h1(config: dict) -> float:
    """Return the second hyperparameter that belongs to the first."""
    return 1.0 - config["h0"]


def ours(param_space, population, iterations, *, reuse_actors):
    """Run it as the pages of this project do."""
    from pbt_examples import PopulationBasedTraining, run_experiment, train_toy
    from ray import tune

    scheduler = PopulationBasedTraining(**pbt_options(), log_config=False)
    run = run_experiment(
        train_toy,
        param_space | {"h1": tune.sample_from(h1)},
        scheduler=scheduler if population else None,
        hyperparameters=["lr", "h0", "h1"],
        iterations=iterations,
        slots=2,
    )
    return run.info["seconds"], len(run.history)


def stock(param_space, population, iterations, *, reuse_actors):
    """Run it as Ray's tutorial does: Ray's own start, loggers, scheduler and data frame."""
    import ray
    from pbt_examples import train_toy
    from ray import tune
    from ray.tune.schedulers import PopulationBasedTraining

    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    with tempfile.TemporaryDirectory() as folder:
        tuner = tune.Tuner(
            train_toy,
            param_space=param_space | {"h1": tune.sample_from(h1)},
            tune_config=tune.TuneConfig(
                metric="Q",
                mode="max",
                scheduler=PopulationBasedTraining(**pbt_options()) if population else None,
                reuse_actors=reuse_actors,
            ),
            run_config=tune.RunConfig(
                stop={"training_iteration": iterations},
                storage_path=folder,
                failure_config=tune.FailureConfig(max_failures=3),
                verbose=0,
            ),
        )
        started = time.perf_counter()
        results = tuner.fit()
        seconds = time.perf_counter() - started
        rows = sum(len(result.metrics_dataframe) for result in results)
    ray.shutdown()
    return seconds, rows


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
