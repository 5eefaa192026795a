"""Run the toy experiment with one set of Ray settings, and print the times.

Each measurement has its own process, so that the whole script can be timed from the start
of the process, as a reader experiences it::

    python -m benchmarks.one_experiment SLOTS WAY,POPULATION,ITERATIONS [...]

WAY is ``ours``, ``buffered`` (ours, with two calls of the worker per interval),
``reuse`` (Ray's defaults and ``reuse_actors=True``), ``stock`` (Ray's defaults,
and its own data frame at the end), ``call`` (no experiment: call an actor ITERATIONS
times) or ``nothing`` (start Ray, stop it). POPULATION 0 is the grid baseline: two trials
and no scheduler. Several runs, of which none may be ``reuse`` or ``stock``, share one Ray.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
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


def main(slots: int, *runs: str) -> None:
    """Run each and print a list of their figures as one line of JSON."""
    with ExitStack() as stack:
        if len(runs) > 1:
            stack.enter_context(pbt_examples.tuning.ray_session(slots=slots))
        print(json.dumps([_one(*run.split(","), slots) for run in runs]))


def _one(name: str, population: str, iterations: str, slots: int) -> dict[str, float]:
    ways = {way.__name__: way for way in (ours, buffered, reuse, stock, call, nothing)}
    param_space = {
        "h0": tune.grid_search(np.linspace(0, 1, int(population) or 2).tolist()),
        "h1": tune.sample_from(lambda config: 1.0 - config["h0"]),
        "lr": 0.05,
        "checkpoint_interval": 4,
    }
    return ways[name](param_space, int(population), int(iterations), slots)


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


def call(
    param_space: Any, population: int, iterations: int, slots: int
) -> dict[str, float]:
    """Time calls of a Ray actor that return what a trial reports."""
    import ray

    class Reporter:
        def report(self) -> dict[str, float]:
            return dict.fromkeys(("Q", "theta0", "theta1", "h0", "h1", "lr"), 0.5)

    times = []
    with pbt_examples.tuning.ray_session(slots=slots):
        actor = ray.remote(Reporter).remote()
        ray.get(actor.report.remote())
        for _ in range(iterations):
            begin = time.perf_counter()
            ray.get(actor.report.remote())
            times.append(time.perf_counter() - begin)
    return {"fit": 0.0, "rows": 0, "report": statistics.median(times)}


def nothing(
    param_space: Any, population: int, iterations: int, slots: int
) -> dict[str, Any]:
    """Start Ray and stop it: the overhead that no setting can avoid."""
    with pbt_examples.tuning.ray_session(slots=slots):
        return {"fit": 0.0, "rows": 0}


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
