"""Every synchronous page of the gallery records the same on a cluster as on one machine."""

from pathlib import Path

import pytest
from loopback import loopback_cluster
from pbt_examples import Run, same_history
from reader_script import script

GALLERY = Path(__file__).parents[2] / "gallery"
RECORDING = [
    page for page in GALLERY.glob("plot_*.py") if "data_folder" in page.read_text()
]
PAGES = sorted(page.stem.removeprefix("plot_") for page in RECORDING)
PAGES.remove("async_vs_synch")  # depends on timing by its nature
PAGES.remove("your_own_run")  # runs Ray's own scheduler, whose draws depend on the slots

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def cluster(bare_python):
    with loopback_cluster(bare_python, nodes=3) as process:
        yield process


@pytest.mark.parametrize("page", PAGES)
def test_a_page_records_the_same(cluster, page, tmp_path):
    alone = {"PBT_EXAMPLES_DATA": str(tmp_path / "alone")}
    spread = {
        "PBT_EXAMPLES_DATA": str(tmp_path / "spread"),
        "PBT_EXAMPLES_STORAGE": str(tmp_path / "storage"),
    }
    for environment in (alone, spread | cluster.access):
        with script(GALLERY / f"plot_{page}.py", **environment) as process:
            output, _ = process.communicate(timeout=400)
        assert process.returncode == 0, output[-3000:]
    recorded = _files(tmp_path / "alone")
    assert recorded
    assert _files(tmp_path / "spread") == recorded
    for file in recorded:
        one, other = tmp_path / "alone" / file, tmp_path / "spread" / file
        if file.name == "run.json":
            assert same_history(Run.load(one.parent), Run.load(other.parent)), file
        elif not one.with_name("run.json").exists():
            assert one.read_bytes() == other.read_bytes(), file


def _files(folder):
    return {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()}
