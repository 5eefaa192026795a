"""Write the front page of the API reference: every public name, by the module it is in."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pbt_examples
from sphinx.application import Sphinx
from sphinx.config import Config

PACKAGE = Path(pbt_examples.__file__).parent

HEAD = """\
API reference
=============

What the scripts of the gallery share. All of it can be imported from ``pbt_examples``.

.. currentmodule:: pbt_examples
"""

SECTION = """
{title}
{underline}

{summary}

.. autosummary::
   :toctree:

{names}
"""


def write_page(app: Sphinx, config: Config) -> None:
    """Write the page where Sphinx reads it, unless it is there already."""
    page = Path(app.srcdir, "api", "index.rst")
    text = HEAD + "".join(_section(module, names) for module, names in _public_names())
    if page.exists() and page.read_text() == text:
        return
    page.parent.mkdir(exist_ok=True)
    for entry in page.parent.iterdir():  # autosummary does not renew what is there
        entry.unlink()
    page.write_text(text)


def _public_names() -> list[tuple[str, list[str]]]:
    """Return each module with the names that the package takes from it, from its stub."""
    stub = PACKAGE / "__init__.pyi"
    imports = [
        each
        for each in ast.parse(stub.read_text()).body
        if isinstance(each, ast.ImportFrom)
    ]
    return [(str(each.module), [alias.name for alias in each.names]) for each in imports]


def _section(module: str, names: list[str]) -> str:
    title = module.replace("_", " ").replace(".", ": ").capitalize()
    source = (PACKAGE / module.replace(".", "/")).with_suffix(".py").read_text()
    summary = str(ast.get_docstring(ast.parse(source))).partition("\n")[0]
    return SECTION.format(
        title=title,
        underline="-" * len(title),
        summary=summary,
        names="\n".join(f"   {name}" for name in names),
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the page before autosummary looks for it."""
    app.connect("config-inited", write_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
