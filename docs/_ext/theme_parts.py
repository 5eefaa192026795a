"""Leave out what the site does not use of its theme.

Of the icon font it keeps the icons that the site shows, which are 3 kB instead of 115.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pydata_sphinx_theme
from fontTools import subset
from sphinx.application import Sphinx

FONT = "vendor/fontawesome/webfonts/fa-solid-900.woff2"
STYLE = "styles/pydata-sphinx-theme.css"
SCRIPT = "scripts/pydata-sphinx-theme.js"
THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"

CLASS = re.compile(r"\bfa-[a-z0-9-]+")
GLYPH_OF_CLASSES = re.compile(r'([^{}]+)\{--fa:"\\([0-9a-f]+)"')
LEFTOVERS = ("webpack-macros.html",)  # of the theme's own build, with links to nowhere
PRIVATE = re.compile("[\ue000-\uf8ff]")  # where the font has its icons


def remove_leftovers(app: Sphinx, exception: Exception | None) -> None:
    """Remove what the theme has copied for its own use."""
    for name in LEFTOVERS:
        Path(app.outdir, "_static", name).unlink(missing_ok=True)


def shrink_font(app: Sphinx, exception: Exception | None) -> None:
    """Write the font with no other icons than those that a page or the style names."""
    if exception is not None or app.builder.format != "html":
        return
    style = (THEME / STYLE).read_text()
    used = set(CLASS.findall((THEME / SCRIPT).read_text()))
    for page in Path(app.outdir).rglob("*.html"):
        used.update(CLASS.findall(page.read_text()))
    glyphs = {ord(glyph) for glyph in PRIVATE.findall(style)}
    for classes, glyph in GLYPH_OF_CLASSES.findall(style):
        if used.intersection(CLASS.findall(classes)):
            glyphs.add(int(glyph, 16))
    options = subset.Options(flavor="woff2")
    font = subset.load_font(str(THEME / FONT), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=glyphs)
    subsetter.subset(font)
    subset.save_font(font, str(Path(app.outdir, "_static", FONT)), options)


def setup(app: Sphinx) -> dict[str, Any]:
    """Act when all pages are there."""
    app.connect("build-finished", remove_leftovers)
    app.connect("build-finished", shrink_font)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
