"""A reader who ran a script before gets the package of the current site, not a cached one.

A small project stands in for ours; it is built as the site builds the package, twice, with
the same version in its ``pyproject.toml``. ``uv`` and ``pip`` keep their caches.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from small_project import write_project

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))
from packages import build_packages

SCRIPT = """
# /// script
# dependencies = ["pbt-examples @ {address}"]
# ///
from pbt_examples import build
print(build)
"""


@pytest.fixture
def publish(tmp_path):
    """Return a function that builds the project, and gives the address of its wheel."""
    site, project = tmp_path / "site", tmp_path / "project"
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def build(content: str) -> str:
            write_project(project, f"build = {content!r}\n")
            site.mkdir(exist_ok=True)
            for old in site.iterdir():
                old.unlink()
            wheel, _ = build_packages(project, site, site="http://127.0.0.1")
            return f"http://127.0.0.1:{server.server_port}/{quote(wheel.name)}"

        yield build
        server.shutdown()


@pytest.fixture(autouse=True)
def kept_caches(monkeypatch, tmp_path):
    """Begin with empty caches, and keep them for the duration of a test."""
    for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))


def test_uv_runs_a_script_with_the_package_of_the_last_build(publish, tmp_path):
    for content in ("first", "second", "second", "first"):
        script = tmp_path / "script.py"
        script.write_text(SCRIPT.format(address=publish(content)))
        assert _output("uv", "run", "--no-project", script).split()[-1] == content


def test_pip_installs_the_package_of_the_last_build(publish, tmp_path):
    _output("uv", "venv", "--seed", tmp_path / "environment")
    python = tmp_path / "environment" / "bin" / "python"
    for content in ("first", "second", "second", "first"):
        _output(python, "-m", "pip", "install", f"pbt-examples @ {publish(content)}")
        assert _output(python, "-Ic", "import pbt_examples as p; print(p.build)") == content


def test_the_same_content_gives_the_same_packages(publish, tmp_path):
    made = []
    for _ in range(2):
        address = publish("first")
        files = sorted((tmp_path / "site").iterdir())
        made.append((address, [file.read_bytes() for file in files]))
    assert made[0] == made[1]


def _output(*command: object) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
