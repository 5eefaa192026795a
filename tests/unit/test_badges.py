"""The badges of the README are files of this project, and agree with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

SAID = {
    "python": PROJECT["requires-python"].replace(">=", "") + " or newer",
    "licence": PROJECT["license"],
}


@pytest.mark.parametrize("name", SAID)
def test_a_badge_agrees_with_pyproject(name):
    badge = ET.parse(ROOT / "docs" / "badges" / f"{name}.svg")
    assert badge.findall(".//{*}text")[-1].text == SAID[name]


def test_no_picture_of_the_readme_comes_from_elsewhere():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert len(pictures) > len(SAID)
    assert all((ROOT / picture).is_file() for picture in pictures)
