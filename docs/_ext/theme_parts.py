"""Remove the parts of the theme that the site does not use.

The theme has no options for this. It is worth it: in the first visit of every reader, the
icon font has 3 kB instead of 115, and the style sheet 20 kB instead of 64, compressed. What
was made for the same icons and classes is taken from a cache in the folder of the build.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import joblib
import pydata_sphinx_theme
import tinycss2
from fontTools import subset
from sphinx.application import Sphinx

FONT = "vendor/fontawesome/webfonts/fa-solid-900.woff2"
STYLE = "styles/pydata-sphinx-theme.css"
THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"

WORD = re.compile(r"[\w-]+")
CLASS_IN_SELECTOR = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
NEED_NOT_BE_THERE = re.compile(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")
BETWEEN_SELECTORS = re.compile(r",(?![^(]*\))")
CLASS = re.compile(r"\bfa-[a-z0-9-]+")
GLYPH_OF_CLASSES = re.compile(r'([^{}]+)\{--fa:"\\([0-9a-f]+)"')
LEFTOVERS = ("webpack-macros.html",)  # of the theme's own build, with links to nowhere
PRIVATE = re.compile("[\ue000-\uf8ff]")  # where the font has its icons


def remove_leftovers(app: Sphinx, exception: Exception | None) -> None:
    """Remove what the theme has copied for its own use."""
    for name in LEFTOVERS:
        Path(app.outdir, "_static", name).unlink(missing_ok=True)


def shrink(app: Sphinx, exception: Exception | None) -> None:
    """Write the style and the font without what no page and no script names."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    words: set[str] = set()
    for file in (*site.rglob("*.html"), *site.rglob("*.js")):
        words.update(WORD.findall(file.read_text()))
    style = (THEME / STYLE).read_text()
    # In an order, since joblib takes the same frozenset for another one in each process.
    classes = sorted(words.intersection(CLASS_IN_SELECTOR.findall(style)))
    icons = sorted(words.intersection(CLASS.findall(style)))
    cache = joblib.Memory(Path(app.doctreedir, "theme_parts"), verbose=0).cache
    text = cache(_style_for)(style, classes)
    (site / "_static" / STYLE).write_text(text)
    font = cache(_font_for)((THEME / FONT).read_bytes(), style, icons)
    (site / "_static" / FONT).write_bytes(font)


def _style_for(style: str, classes: list[str]) -> str:
    """Drop the rules for other classes."""
    return _used(tinycss2.parse_stylesheet(style, skip_comments=True), set(classes))


def _used(rules: list[Any], words: set[str]) -> str:
    kept = []
    for rule in rules:
        if rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = _used(tinycss2.parse_rule_list(rule.content), words)
            kept += [f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}"]
        elif rule.type == "qualified-rule":
            selectors = BETWEEN_SELECTORS.split(tinycss2.serialize(rule.prelude))
            selectors = [each for each in selectors if _classes(each) <= words]
            if selectors:
                content = tinycss2.serialize(rule.content)
                kept += [f"{','.join(selectors)}{{{content}}}"]
        else:
            kept += [rule.serialize()]
    return "".join(kept)


def _classes(selector: str) -> set[str]:
    """Return the classes without which a selector matches nothing."""
    return set(CLASS_IN_SELECTOR.findall(NEED_NOT_BE_THERE.sub("", selector)))


def _font_for(font: bytes, style: str, icons: list[str]) -> bytes:
    """Drop other icons, except those that the style itself shows."""
    glyphs = {ord(glyph) for glyph in PRIVATE.findall(style)}
    for classes, glyph in GLYPH_OF_CLASSES.findall(style):
        if set(icons).intersection(CLASS.findall(classes)):
            glyphs.add(int(glyph, 16))
    options = subset.Options(flavor="woff2")
    loaded = subset.load_font(BytesIO(font), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=glyphs)
    subsetter.subset(loaded)
    file = BytesIO()
    subset.save_font(loaded, file, options)
    return file.getvalue()


def setup(app: Sphinx) -> dict[str, Any]:
    """Act when all pages are there."""
    app.connect("build-finished", remove_leftovers)
    app.connect("build-finished", shrink)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
