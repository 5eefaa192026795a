"""A small project that stands in for this one where packages are built."""

from __future__ import annotations

from pathlib import Path

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "pbt-examples"
version = "0.2.0"

[project.urls]
Paper = "https://example.org/paper"

[tool.hatch.build.targets.wheel]
packages = ["pbt_examples"]
"""


def write_project(folder: Path, code: str = "") -> None:
    """Write the project to a folder, with one module of `code`."""
    (folder / "pbt_examples").mkdir(parents=True, exist_ok=True)
    (folder / "pbt_examples" / "__init__.py").write_text(code)
    (folder / "pyproject.toml").write_text(PROJECT)
