"""Run the toy experiment once, with one set of Ray settings, and print the times.

Each measurement has its own process, so that the whole script can be timed from the start
of the process, as a reader experiences it::

    python -m benchmarks.one_experiment WAY POPULATION ITERATIONS SLOTS

WAY is ``ours``, ``buffered`` (ours, with two calls of the worker per interval),
``reuse`` (Ray's defaults and ``reuse_actors=True``), ``stock`` (Ray's defaults,
and its own data frame at the end) or ``nothing`` (start Ray, stop it).
POPULATION 0 is the grid baseline: two trials and no scheduler.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from typing import Any

import numpy as np
import pbt_examples
from ray import tune

SETTINGS = dict(  # of the scheduler, the same for all
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


def main(way: str, population: int, iterations: int, slots: int) -> None:
    """Run one experiment and print its figures as one line of JSON."""
    param_space = {
        "h0": tune.grid_search(np.linspace(0, 1, population or 2).tolist()),
        "h1": tune.sample_from(lambda config: 1.0 - config["h0"]),
        "lr": 0.05,
        "checkpoint_interval": 4,
    }
    ways = (ours, buffered, reuse, stock, nothing)
    run = {way.__name__: way for way in ways}[way]
    print(json.dumps(run(param_space, population, iterations, slots)))


def ours(
    param_space: dict[str, Any], population: int, iterations: int, slots: int
) -> dict[str, Any]:
    """Run it as the pages of this project do."""
    scheduler = pbt_examples.tuning.PopulationBasedTraining(**SETTINGS, log_config=False)
    run = pbt_examples.tuning.run_experiment(
        pbt_examples.toy.train_toy,
        param_space,
        scheduler=scheduler if population else None,
        hyperparameters=["lr", "h0", "h1"],
        iterations=iterations,
        slots=slots,
    )
    arrivals = sorted(run.history["time"])
    return {
        "fit": run.info.seconds,
        "rows": len(run.history),
        "report": (arrivals[-1] - arrivals[0]) / (len(arrivals) - 1),
    }


def buffered(*arguments: Any) -> dict[str, Any]:
    """Run it like `ours`, but with two calls of the worker per interval."""
    with pbt_examples.tuning.buffered_reports(SETTINGS["perturbation_interval"]):
        return ours(*arguments)


def reuse(*arguments: Any) -> dict[str, Any]:
    """Run it as Ray's tutorial does, but reuse processes across trials."""
    return stock(*arguments, reuse_actors=True)


def stock(
    param_space: dict[str, Any],
    population: int,
    iterations: int,
    slots: int,
    *,
    reuse_actors: bool = False,
) -> dict[str, Any]:
    """Run it as Ray's tutorial does: Ray's own loggers, scheduler and data frame."""
    import ray
    from ray.tune.schedulers import PopulationBasedTraining

    ray.init(address="local", num_cpus=slots, include_dashboard=False, log_to_driver=False)
    with tempfile.TemporaryDirectory() as folder:
        tuner = tune.Tuner(
            pbt_examples.toy.train_toy,
            param_space=param_space,
            tune_config=tune.TuneConfig(
                metric="Q",
                mode="max",
                scheduler=PopulationBasedTraining(**SETTINGS) if population else None,
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
        fit = time.perf_counter() - started
        rows = sum(len(result.metrics_dataframe) for result in results)
    ray.shutdown()
    return {"fit": fit, "rows": rows}


def nothing(
    param_space: Any, population: int, iterations: int, slots: int
) -> dict[str, Any]:
    """Start Ray and stop it: the overhead that no setting can avoid."""
    with pbt_examples.tuning.ray_session(slots=slots):
        return {"fit": 0.0, "rows": 0}


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
