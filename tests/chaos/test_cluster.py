"""On a cluster of real nodes, scripts and pages run unchanged, and report the same bits.

Build the site first: what its synchronous pages record on the cluster is compared with what
they recorded then.
"""

from pathlib import Path

import pytest
from joining import assert_a_friend_comes_in, assert_strangers_stay_outside
from loopback import loopback_cluster
from pbt_examples import Run, same_history
from reader_script import script, wait_until
from toy_experiment import basic_run

ROOT = Path(__file__).parents[2]
GALLERY, DATA = ROOT / "gallery", ROOT / "docs" / "_build" / "html" / "data"
RECORDING = [
    page for page in GALLERY.glob("plot_*.py") if "data_folder" in page.read_text()
]
PAGES = sorted(page.stem.removeprefix("plot_") for page in RECORDING)
PAGES.remove("async_vs_synch")  # depends on timing by its nature
PAGES.remove("your_own_run")  # runs Ray's own scheduler, whose draws depend on the slots

SAMPLE = {"basic_pbt", "lineage_and_schedule"}
"""One page that uses Ray's own API, and one that uses the shared helpers and replays."""

NODES, ITERATIONS, HELD = 3, 40, 10
PARALLEL_RUN = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {str(ROOT / "tests" / "ray")!r})
from ray import tune
from toy_experiment import basic_run, toy_with_fault, wait_for_company

def hold(step):
    company(step)
    if step == {HELD}:
        Path(held, tune.get_context().get_trial_id()).touch()
        while not Path(held, "go").exists():
            time.sleep(0.01)

kept, begun, held = sys.argv[1:]
company = wait_for_company({NODES}, begun)
basic_run(toy_with_fault(hold), population=4, iterations={ITERATIONS}, folder=kept)
"""
"""On each node a trial goes as far as the step at which it is held until told to go on."""


@pytest.fixture(scope="module")
def undisturbed(ray_with_1_slot):
    return basic_run(population=4, iterations=ITERATIONS)


@pytest.fixture(scope="module")
def cluster(bare_python):
    with loopback_cluster(bare_python, nodes=NODES) as process:
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


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "page",
    [
        page if page in SAMPLE else pytest.param(page, marks=pytest.mark.soak)
        for page in PAGES
    ],
)
def test_a_page_records_the_same_data(cluster, page, tmp_path):
    alone, spread = DATA / page, tmp_path / "data" / page
    assert alone.exists(), "build the site first: nox -s docs"
    environment = {
        "PBT_EXAMPLES_DATA": str(tmp_path / "data"),
        "PBT_EXAMPLES_STORAGE": str(tmp_path / "storage"),
    }
    with script(GALLERY / f"plot_{page}.py", **environment, **cluster.access) as process:
        output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, output[-3000:]
    assert _files(spread) == _files(alone)
    for file in _files(alone):
        if file.name == "run.json":
            one, other = (Run.load((folder / file).parent) for folder in (alone, spread))
            assert same_history(one, other), file
            assert other.info.slots in (NODES, None), "this run was not on the cluster"
        elif not (alone / file).with_name("run.json").exists():
            assert (alone / file).read_bytes() == (spread / file).read_bytes(), file


def _files(folder):
    return {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("kill_a_node", [pytest.param(False, marks=pytest.mark.soak), True])
def test_a_cluster_reports_the_same_bits(cluster, undisturbed, tmp_path, kill_a_node):
    # The last test of this file: it leaves a cluster with a node less.
    folders = [tmp_path / name for name in ("storage", "kept", "begun", "held")]
    storage, kept, begun, held = folders
    begun.mkdir()
    held.mkdir()
    where = {"PBT_EXAMPLES_STORAGE": str(storage)}
    with script(PARALLEL_RUN, kept, begun, held, **cluster.access, **where) as process:
        assert wait_until(lambda: len([*held.iterdir()]) == NODES, 120)
        if kill_a_node:
            cluster.stdin.write("kill a node\n")
            cluster.stdin.flush()
            assert cluster.stdout.readline() == "killed\n"
        (held / "go").touch()
        output, _ = process.communicate(timeout=200)
    assert process.returncode == 0, output[-2000:]
    run = Run.load(kept)
    assert same_history(undisturbed, run)
    assert run.history["pid"].nunique() >= NODES
    assert "fail" in set(run.events["event"]) or not kill_a_node
