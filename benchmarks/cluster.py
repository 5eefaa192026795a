"""How much faster large populations run on more nodes, if a step takes time."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pbt_examples
from ray.cluster_utils import Cluster
from ray.tune.trainable import wrap_function

from benchmarks.measuring import Rows, median

STEP = 0.05  # seconds, asleep, so that nodes on one machine do not compete for its cores
ITERATIONS = 8
TOKEN = secrets.token_hex()  # the same for all, since Ray reads it once per process


def measure(*, small: bool) -> dict[str, Any]:
    """Run each population on clusters of one slot per node, and compare with one node."""
    populations, sizes = ((16,), (1, 2)) if small else ((64, 128), (1, 2, 4))
    times: dict[int, dict[int, float]] = {population: {} for population in populations}
    with _cluster() as cluster:
        for nodes in sizes:
            _grow(cluster, nodes)
            for population in populations:
                times[population][nodes] = _seconds(population, nodes)
    table: Rows = []
    for population in populations:
        table += [
            {
                "trials": population,
                "nodes": nodes,
                "`fit` (s)": median([seconds]),
                "asleep (s)": median([population * ITERATIONS * STEP / nodes]),
                "speed-up": median([times[population][1] / seconds]),
                "ideal": nodes,
            }
            for nodes, seconds in times[population].items()
        ]
    last = table[-1]
    ratios = {"share of the ideal": last["speed-up"] / last["ideal"]}
    return {"tables": {"cluster": table}, "ratios": ratios}


def _grow(cluster: Cluster, nodes: int) -> None:
    for _ in range(nodes - len(cluster.list_all_nodes())):
        cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()


def _seconds(population: int, nodes: int) -> float:
    h0_values = [trial / (population - 1) for trial in range(population)]
    run = pbt_examples.tuning.run_experiment(
        _slow_toy(),
        pbt_examples.toy.toy_param_space(h0_values),
        scheduler=pbt_examples.toy.toy_scheduler(),
        iterations=ITERATIONS,
    )
    assert run.history["pid"].nunique() >= nodes  # each of them had a part in it
    return run.info.seconds


def _slow_toy() -> type:
    base: Any = wrap_function(pbt_examples.toy.train_toy)

    class SlowToy(base):
        def step(self) -> dict[str, Any]:
            time.sleep(STEP)
            return super().step()

    return SlowToy


@contextmanager
def _cluster() -> Iterator[Cluster]:
    """Start one node on this machine, and put its address into the environment."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="pbt") as folder:
        os.environ |= {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": TOKEN,
            "RAY_TMPDIR": folder,
        }
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        try:
            os.environ |= {"RAY_ADDRESS": cluster.address, "PBT_EXAMPLES_STORAGE": folder}
            yield cluster
        finally:
            cluster.shutdown()
            os.environ.clear()
            os.environ |= before
