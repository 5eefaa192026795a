"""Make notebooks of the scripts: the same text and code, in Markdown that Jupyter shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypandoc
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

MARKDOWN = "markdown_strict+backtick_code_blocks+pipe_tables+tex_math_dollars"
BETWEEN_CELLS = "\n\nEND-OF-CELL\n\n"
ROLE = re.compile(r":(?P<role>[\w:]+):`(?:(?P<title>[^`<]+?)\s*<)?(?P<target>[^`<>]+)>?`")

Link = Callable[[str, str], tuple[str, str] | None]


def make_notebooks(scripts: list[Path], link: Link) -> dict[str, list[dict[str, Any]]]:
    """Return the cells of a notebook for each script, by its name.

    Parameters
    ----------
    scripts : list of Path
        Scripts of the gallery.
    link : callable
        Takes a Sphinx role and its target; returns a title and an address, or None for
        what a notebook cannot link.
    """
    blocks = [
        (script.stem, block)
        for script in scripts
        for block in split_code_and_text_blocks(str(script))[1]
    ]
    texts = [
        _without_roles(each.content, link) for _, each in blocks if each.type == "text"
    ]
    # One call for all cells, since it is the start of Pandoc that takes time.
    prose, options = BETWEEN_CELLS.join(texts), ["--wrap=none"]
    markdown = pypandoc.convert_text(prose, MARKDOWN, format="rst", extra_args=options)
    texts = iter(markdown.split(BETWEEN_CELLS.strip()))
    notebooks: dict[str, list[dict[str, Any]]] = {script.stem: [] for script in scripts}
    for name, block in blocks:
        is_code = block.type == "code"
        cell = code_cell(block.content) if is_code else _text_cell(next(texts))
        notebooks[name].append(cell | {"id": f"cell-{len(notebooks[name])}"})
    return notebooks


def notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a whole notebook, ready for JSON."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def code_cell(source: str) -> dict[str, Any]:
    """Return a cell of code that has not run."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source.strip(),
    }


def _text_cell(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.strip()}


def _without_roles(text: str, link: Link) -> str:
    """Put plain links and plain code where Sphinx would look something up."""

    def plain(match: re.Match[str]) -> str:
        role, title, target = match.group("role", "title", "target")
        if role == "math":
            return match.group()
        found = link(role, target)
        if found is None:
            return f"``{title or target.lstrip('~')}``"
        return f"`{title or found[0]} <{found[1]}>`__"

    return ROLE.sub(plain, text)
