"""Every synchronous page records the same on a cluster as when the site was built.

Build the site first: the runs are compared with what its pages have recorded.
"""

from pathlib import Path

import pytest
from loopback import loopback_cluster
from pbt_examples import Run, same_history
from reader_script import script

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

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def cluster(bare_python):
    with loopback_cluster(bare_python, nodes=2) as process:
        yield process


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
            assert other.info.slots in (2, None), "this run was not on the cluster"
        elif not (alone / file).with_name("run.json").exists():
            assert (alone / file).read_bytes() == (spread / file).read_bytes(), file


def _files(folder):
    return {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()}
