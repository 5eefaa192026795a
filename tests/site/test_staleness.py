"""A build that goes on from an earlier one runs the examples that may have changed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pbt_examples
import pytest
from built_site import SITE

sys.path.insert(0, str(SITE.parents[1] / "_ext"))
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
