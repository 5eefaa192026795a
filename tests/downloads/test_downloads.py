"""Every download of the site, run as a reader with an empty machine would.

Each script and each notebook is fetched over HTTP from the site, served on loopback, and
run in a new environment and a new folder. What it records must equal, to the last bit,
what the site shows. ``nox -s downloads`` runs this; the site must be built, with the
default ``DOCS_URL``.
"""

from __future__ import annotations

import csv
import functools
import json
import os
import subprocess
import threading
import urllib.request
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs" / "_build" / "html"
URL = "http://127.0.0.1:8000"
PAGES = sorted(script.stem for script in (ROOT / "gallery").glob("plot_*.py"))
TIMING = {"time", "duration", "pid"}  # columns
CLOCKS = {"events.csv"}  # tables that say when, and nothing else


@pytest.fixture(scope="module", autouse=True)
def server():
    """Serve the site at the address that the downloads name."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(SITE))
    with ThreadingHTTPServer(("127.0.0.1", 8000), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield
        running.shutdown()


@pytest.fixture(scope="module", autouse=True)
def empty_cache(tmp_path_factory):
    """Give uv an empty cache, or it reuses the environment of an earlier site."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", str(tmp_path_factory.mktemp("uv")))
        yield


@pytest.mark.parametrize("page", PAGES)
def test_script_runs_from_its_address_and_records_what_the_site_shows(page, tmp_path):
    _run(["uv", "run", "--no-project", f"{URL}/downloads/{page}.py"], tmp_path)
    _assert_same_data(page, tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_notebook_installs_what_it_needs_and_shows_what_the_page_shows(page, tmp_path):
    urllib.request.urlretrieve(f"{URL}/downloads/{page}.ipynb", tmp_path / "page.ipynb")
    _run(["uv", "venv", "--seed", "environment"], tmp_path)
    tools = tmp_path / "environment" / "bin"
    jupyter = ["ipykernel", "nbclient"]  # what a reader of a notebook has
    _run(["uv", "pip", "install", f"--python={tools / 'python'}", *jupyter], tmp_path)
    execute = [str(tools / "jupyter-execute"), "--inplace", "--timeout=600"]
    _run([*execute, "page.ipynb"], tmp_path)
    _assert_same_data(page, tmp_path)
    _assert_same_outputs(page, json.loads((tmp_path / "page.ipynb").read_text()))


@pytest.mark.parametrize("page", ["plot_basic_pbt"])
def test_script_of_the_offline_site_runs_without_the_site(page, tmp_path):
    with zipfile.ZipFile(SITE / "downloads" / "pbt-examples-site.zip") as archive:
        archive.extractall(tmp_path)
    downloads = tmp_path / "pbt-examples-site" / "downloads"
    assert URL not in (downloads / f"{page}.py").read_text().partition('# ///\n"')[0]
    _run(["uv", "run", "--no-project", str(downloads / f"{page}.py")], tmp_path)
    _assert_same_data(page, tmp_path)


def _run(command: list[str], folder: Path) -> None:
    kept = {"HOME", "LANG", "PATH", "TMPDIR", "SSL_CERT_FILE"}
    kept |= {name for name in os.environ if name.startswith(("UV_", "PIP_"))}
    environment = {name: os.environ[name] for name in kept & set(os.environ)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def _assert_same_data(page: str, folder: Path) -> None:
    """Compare all tables that come out the same each time, timing columns aside."""
    name = page.removeprefix("plot_")
    theirs, ours = folder / "data" / name, SITE / "data" / name
    assert theirs.exists() == ours.exists()  # some pages record nothing
    runs = sorted(run.name for run in ours.glob("*"))
    assert sorted(run.name for run in theirs.glob("*")) == runs
    for run in runs:
        if not _is_repeatable(ours / run):
            continue  # asynchronous: the script has asserted what the page claims
        for table in (ours / run).glob("*.csv"):
            if table.name not in CLOCKS:
                assert _rows(theirs / run / table.name) == _rows(table)


def _assert_same_outputs(page: str, notebook: dict) -> None:
    """Compare the kinds of output with those of the page; allow no noise besides."""
    html = (SITE / "gallery" / f"{page}.html").read_text()
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    outputs = [output for cell in cells[1:] for output in cell["outputs"]]  # [0] installs
    noise = [each["text"] for each in outputs if each.get("name") == "stderr"]
    assert not [text for text in noise if "Warning" in text or "WARNING" in text]
    shown = [output["data"] for output in outputs if "data" in output]
    videos = [data for data in shown if "<video" in "".join(data.get("text/html", ""))]
    pictures = [data for data in shown if "image/png" in data]
    assert len(videos) == html.count("<video")
    assert len(pictures) == html.count('<figure class="picture') - html.count("<video")
    bare = [data for data in shown if set(data) == {"text/plain"}]
    assert not bare, "a cell shows the repr of an object"


def _is_repeatable(run: Path) -> bool:
    if not (run / "run.json").exists():
        return True  # tables that a page has computed
    info = json.loads((run / "run.json").read_text())["info"]
    # A run that the page has read from another program has neither slots nor synch.
    return info.get("synch", "slots" in info)


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k not in TIMING} for row in rows]
