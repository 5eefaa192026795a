"""Make notebooks from the scripts: the same text and code, in Markdown for Jupyter.

Sphinx-Gallery makes notebooks as well. In ours, links to other pages of the site work,
animations play, and each cell shows the same as on the page.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypandoc
from sphinx.errors import ExtensionError
from sphinx_gallery.py_source_parser import (
    Block,
    remove_config_comments,
    remove_ignore_blocks,
    split_code_and_text_blocks,
)

MARKDOWN = "markdown_strict+backtick_code_blocks+pipe_tables+tex_math_dollars"
BETWEEN_CELLS = "\n\nEND-OF-CELL\n\n"
ROLE = re.compile(r":(?P<role>[\w:]+):`(?:(?P<title>[^`<]+?)\s*<)?(?P<target>[^`<>]+)>?`")
BETWEEN_BLOCKS = ".. GENERATED FROM PYTHON SOURCE LINES"  # on the pages
PICTURE = re.compile(r"\.\. page-figure:: (\w+) (\d+)")

PLAY_ANIMATIONS = """\
# Show an animation as a video that plays in the notebook.
import imageio_ffmpeg
import matplotlib.pyplot as plt

plt.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()
plt.rcParams["animation.html"] = "html5"
"""

Link = Callable[[str, str], tuple[str, str] | None]
Cell = dict[str, Any]


def make_notebooks(scripts: list[Path], pages: Path, link: Link) -> dict[str, list[Cell]]:
    """Return the cells of the notebook of each script, by the script's name.

    Parameters
    ----------
    scripts : list of Path
        Scripts of the gallery.
    pages : Path
        The folder with the pages that Sphinx-Gallery has made from them.
    link : callable
        Takes a Sphinx role and its target; returns a title and an address, or None if a
        notebook cannot link to it.
    """
    blocks = [
        (script.stem, block, shown)
        for script in scripts
        for block, shown in _blocks(script, pages / f"{script.stem}.rst")
    ]
    texts = [
        _without_roles(block.content, link) for _, block, _ in blocks if _is_text(block)
    ]
    # One call for all cells, since the start of Pandoc takes most of the time.
    prose, options = BETWEEN_CELLS.join(texts), ["--wrap=none"]
    markdown = pypandoc.convert_text(prose, MARKDOWN, format="rst", extra_args=options)
    texts = iter(markdown.split(BETWEEN_CELLS.strip()))
    notebooks: dict[str, list[Cell]] = {script.stem: [] for script in scripts}
    for name, block, shown in blocks:
        cells = notebooks[name]
        if _is_text(block):
            cells.append(_text_cell(next(texts)))
        elif code := _visible_code(block):
            cells.append(code_cell(_show_as_page(code, shown, pages)))
    for cells in notebooks.values():
        if any("\nplt.close()" in cell["source"] for cell in cells):
            cells.insert(1, code_cell(PLAY_ANIMATIONS))
        for number, cell in enumerate(cells):
            cell["id"] = f"cell-{number}"
    return notebooks


def notebook(cells: list[Cell]) -> dict[str, Any]:
    """Return a complete notebook, ready for JSON."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def code_cell(source: str) -> Cell:
    """Return a cell of code that has not run."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source.strip(),
    }


def _text_cell(source: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": source.strip()}


def _is_text(block: Block) -> bool:
    return block.type == "text"


def _blocks(script: Path, page: Path) -> Iterator[tuple[Block, str]]:
    """Yield each block of a script with its counterpart on the page."""
    blocks = split_code_and_text_blocks(str(script))[1]
    places = page.read_text().split(BETWEEN_BLOCKS)
    if len(places) > len(blocks):
        raise ExtensionError(
            f"{script.name} has changed since it ran: build the site again"
        )
    # Sphinx-Gallery leaves out a last block without visible lines.
    places += [""] * (len(blocks) - len(places))
    yield from zip(blocks, places, strict=True)


def _visible_code(block: Block) -> str:
    code = remove_config_comments(remove_ignore_blocks(block.content))
    return re.sub(r"\n{3,}", "\n\n", code.strip())


def _show_as_page(code: str, place: str, pages: Path) -> str:
    """Let a cell show what the page shows, and not the repr of an object."""
    statements = ast.parse(code).body
    if any(_is_video(pages, *picture) for picture in PICTURE.findall(place)):
        names = [ast.unparse(s.targets[0]) for s in statements if isinstance(s, ast.Assign)]
        if not names:
            raise ExtensionError(f"an animation must have a name, got {code!r}")
        # Without `close`, Jupyter would show the last frame as well.
        show = f"display({names[-1]})\nplt.close()"
        if "output_html" not in place:
            return f"{code}\n\n{show}"
        lines = code.splitlines()
        lines.insert(statements[-1].lineno - 1, show)
        return "\n".join(lines)
    if "output_html" in place or not _has_value(statements[-1]):
        return code
    lines = code.encode().splitlines()
    line, column = statements[-1].end_lineno - 1, statements[-1].end_col_offset
    # In Jupyter, a semicolon hides the value.
    lines[line] = lines[line][:column] + b";" + lines[line][column:]
    return b"\n".join(lines).decode()


def _has_value(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and not ast.unparse(statement).startswith(
        "print("
    )


def _is_video(pages: Path, name: str, number: str) -> bool:
    facts = pages / "images" / f"sphx_glr_{name}_{int(number):03}.json"
    return json.loads(facts.read_text())["files"][0].endswith(".mp4")


def _without_roles(text: str, link: Link) -> str:
    """Replace Sphinx's roles with plain links and plain code."""

    def plain(match: re.Match[str]) -> str:
        role, title, target = match.group("role", "title", "target")
        if role == "math":
            return match.group()
        found = link(role, target)
        if found is None:
            return f"``{title or target.lstrip('~')}``"
        return f"`{title or found[0]} <{found[1]}>`__"

    return ROLE.sub(plain, text)
