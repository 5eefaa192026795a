"""The citation names the version that is released."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_citation_and_the_changelog_name_the_version_of_the_package():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited[1] == version
    page = (ROOT / "docs" / "guide" / "cite.md").read_text()
    assert f"version = {{{version}}}" in page
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text()
