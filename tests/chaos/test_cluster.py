"""On a cluster of real nodes, a script runs unchanged, and reports the same bits."""

from pathlib import Path

import pytest
from joining import assert_a_friend_comes_in, assert_strangers_stay_outside
from loopback import loopback_cluster
from pbt_examples import Run, same_history
from pbt_examples.tuning import ray_session
from reader_script import script, wait_until
from toy_experiment import basic_run

HERE = Path(__file__).parent
ITERATIONS = 200
PARALLEL_RUN = f"""
import sys
sys.path.insert(0, {str(HERE.parent / "ray")!r})
from toy_experiment import basic_run, toy_with_fault, wait_for_company
company = toy_with_fault(wait_for_company(3, sys.argv[2]))
basic_run(company, population=4, iterations={ITERATIONS}, folder=sys.argv[1])
"""


@pytest.fixture(scope="module")
def undisturbed():
    with ray_session(slots=1):
        return basic_run(population=4, iterations=ITERATIONS)


@pytest.fixture(scope="module")
def cluster(bare_python):
    with loopback_cluster(bare_python, nodes=3) as process:
        yield process


def test_several_nodes_need_a_storage_path(cluster):
    code = "from pbt_examples.tuning import ray_session\nwith ray_session(): pass"
    with script(code, **cluster.access) as process:
        output, _ = process.communicate(timeout=100)
    assert "3 nodes: set PBT_EXAMPLES_STORAGE" in output


WHERE_FROM = """
import os, pbt_examples, ray
from pbt_examples.tuning import ray_session
ask = ray.remote(lambda: __import__("pbt_examples").__file__)
if "BY_ITSELF" in os.environ:
    ray.init(address=os.environ["RAY_ADDRESS"], logging_level="ERROR")
    print(ray.get(ask.remote()))
else:
    with ray_session():
        print(ray.get(ask.remote()))
"""


def test_workers_get_the_package_from_the_session(cluster, tmp_path):
    access = cluster.access | {"PBT_EXAMPLES_STORAGE": str(tmp_path)}
    with script(WHERE_FROM, **access) as process:
        output, _ = process.communicate(timeout=100)
    assert process.returncode == 0, output[-2000:]
    assert "runtime_resources" in output
    with script(WHERE_FROM, **access, BY_ITSELF="yes") as process:  # or it proves nothing
        output, _ = process.communicate(timeout=100)
    assert "No module named 'pbt_examples'" in output, output[-2000:]


def test_without_the_token_nobody_joins_or_runs_code(cluster, tmp_path):
    address = cluster.access["RAY_ADDRESS"]
    assert_strangers_stay_outside(address, tmp_path, "another token")
    token = {name: v for name, v in cluster.access.items() if name.startswith("RAY_AUTH")}
    assert_a_friend_comes_in(address, tmp_path, **token)


@pytest.mark.parametrize("kill_a_node", [pytest.param(False, marks=pytest.mark.soak), True])
def test_a_cluster_reports_the_same_bits(cluster, undisturbed, tmp_path, kill_a_node):
    # The last test of this file: it leaves a cluster of two nodes.
    storage, company, kept = (tmp_path / name for name in ("storage", "company", "kept"))
    company.mkdir()
    where = {"PBT_EXAMPLES_STORAGE": str(storage)}
    with script(PARALLEL_RUN, kept, company, **cluster.access, **where) as process:

        def checkpoints_are_there():  # else all the node's reports are discarded
            return (kept / "run.json").exists() and len(Run.load(kept).exploits) > 0

        if kill_a_node:
            assert wait_until(checkpoints_are_there, 120)
            cluster.stdin.write("kill a node\n")
            cluster.stdin.flush()
            assert cluster.stdout.readline() == "killed\n"
            assert process.poll() is None, "the run was over before the node was"
        output, _ = process.communicate(timeout=200)
        assert process.returncode == 0, output[-2000:]
    run = Run.load(kept)
    assert same_history(undisturbed, run)
    assert run.history["pid"].nunique() >= 3
    assert "fail" in set(run.events["event"]) or not kill_a_node
