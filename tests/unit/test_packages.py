"""The site builds its packages from a clone, and from a source archive of a site."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

from small_project import write_project

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))
from packages import build_packages


def test_a_source_archive_of_the_site_builds_the_packages_of_another_site(tmp_path):
    project = tmp_path / "project"
    write_project(project)
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
    assert again.name.startswith("pbt_examples-0.2.0+site")
    assert again.name.count("+") == 1
