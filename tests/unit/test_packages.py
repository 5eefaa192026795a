"""The site builds its packages from a clone, and from a source archive of a site."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))
from packages import build_packages

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "small"
version = "0.2.0"

[project.urls]
Paper = "https://example.org/paper"
"""


def test_a_source_archive_of_the_site_builds_the_packages_of_another_site(tmp_path):
    project = tmp_path / "project"
    (project / "small").mkdir(parents=True)
    (project / "small" / "__init__.py").touch()
    (project / "pyproject.toml").write_text(PROJECT)
    _, archive = build_packages(project, tmp_path / "first", site="https://first.org")
    with tarfile.open(archive) as members:
        members.extractall(tmp_path, filter="data")
    copy = tmp_path / archive.name.removesuffix(".tar.gz")
    _, again = build_packages(copy, tmp_path / "second", site="https://second.org")
    assert "Documentation, https://first.org/" in (copy / "PKG-INFO").read_text()
    with tarfile.open(again) as members:
        members.extractall(tmp_path, filter="data")
    found = (tmp_path / again.name.removesuffix(".tar.gz") / "PKG-INFO").read_text()
    assert found.count("Project-URL: Documentation") == 1
    assert "Documentation, https://second.org/" in found
    assert again.name.startswith("small-0.2.0+site")
    assert again.name.count("+") == 1
