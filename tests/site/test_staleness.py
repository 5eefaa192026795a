"""A build that goes on from an earlier one runs the examples that may have changed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pbt_examples
import pytest
from built_site import SITE
from docutils import nodes

sys.path.insert(0, str(SITE.parents[1] / "_ext"))
import pictures
import staleness

PACKAGE = Path(pbt_examples.__file__).parent


@pytest.fixture
def package(tmp_path, monkeypatch):
    copy = tmp_path / "pbt_examples"
    shutil.copytree(PACKAGE, copy)
    monkeypatch.setattr(staleness, "PACKAGES", ())
    monkeypatch.setattr(pbt_examples, "__file__", str(copy / "__init__.py"))
    return copy


@pytest.mark.parametrize(
    "file",
    [
        "toy/function.py",
        "explorer/script/explorer.js",
        "explorer/style.css",
        "report/template.html",
        "quadratic/tables/pb2_runs.csv",
    ],
)
def test_all_examples_run_again_when_the_package_has_changed(file, package):
    before = staleness._fingerprint({})
    with (package / file).open("a") as changed:
        changed.write(" ")
    assert staleness._fingerprint({}) != before


def test_no_example_runs_again_because_python_has_compiled_the_package(package):
    before = staleness._fingerprint({})
    (package / "__pycache__").mkdir(exist_ok=True)
    (package / "__pycache__" / "new.cpython-311.pyc").write_bytes(b"compiled")
    assert staleness._fingerprint({}) == before


def test_a_thumbnail_is_as_old_as_its_panel_so_that_no_page_is_read_again(tmp_path):
    panel = tmp_path / pictures.FOLDER / "sphx_glr_plot_x_panel.webp"
    thumbnail = panel.parent / "thumb" / "sphx_glr_plot_x_thumb.webp"
    thumbnail.parent.mkdir(parents=True)
    panel.write_bytes(b"drawn")
    os.utime(panel, (1e9, 1e9))
    pictures.use_panels(SimpleNamespace(srcdir=tmp_path))
    assert thumbnail.read_bytes() == b"drawn"
    assert thumbnail.stat().st_mtime == 1e9


def environment(**titles):
    titled = {page: nodes.title("", title) for page, title in titles.items()}
    order = {"index": list(titles)}
    return SimpleNamespace(titles=titled, toctree_includes=order, found_docs=set(titled))


def test_all_pages_are_written_again_only_when_a_title_or_their_order_has_changed():
    env = environment(a="First", b="Second")
    assert staleness.renew_navigation(None, env) == []
    env.titles["a"] = env.titles.pop("a")  # as if it had been read again
    assert staleness.renew_navigation(None, env) == []
    env.titles["a"] = nodes.title("", "Another")
    assert staleness.renew_navigation(None, env) == ["a", "b"]
    env.toctree_includes["index"] = ["b", "a"]
    assert staleness.renew_navigation(None, env) == ["a", "b"]
