"""What the world outside asks a site for: a map of its pages, and a card for each.

A card is what shows up where somebody shares the address of a page: title, summary and
picture. It needs absolute addresses, unlike all else on the site.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image
from sphinx.application import Sphinx

CARD = (1200, 630)  # pixels, as the networks ask for
MARGIN = 40
DEFAULT = "gallery/plot_basic_pbt"  # whose figure stands for pages without one


def choose_card(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Tell sphinxext-opengraph, which writes the tags, the picture of a page."""
    if doctree is not None:
        card = {
            "og:image": f"{app.config.docs_url}/cards/{_card_of(app, page)}.png",
            "og:image:width": str(CARD[0]),
            "og:image:height": str(CARD[1]),
        }
        context["meta"] = {**(context["meta"] or {}), **card}


def _card_of(app: Sphinx, page: str) -> str:
    page = page if _figure(app, page).exists() else DEFAULT
    return page.removeprefix("gallery/plot_")


def _figure(app: Sphinx, page: str) -> Path:
    name = page.removeprefix("gallery/")
    return Path(app.srcdir, "gallery", "images", f"sphx_glr_{name}_001_2x.webp")


def write_cards(app: Sphinx, exception: Exception | None) -> None:
    """Lay the first figure of each example on white paper of the size of a card."""
    folder = Path(app.outdir, "cards")
    folder.mkdir(exist_ok=True)
    for page in app.env.found_docs:
        figure, card = _figure(app, page), folder / f"{_card_of(app, page)}.png"
        if not figure.exists():
            continue
        if card.exists() and card.stat().st_mtime > figure.stat().st_mtime:
            continue
        paper = Image.new("RGB", CARD, "white")
        picture = Image.open(figure).convert("RGB")
        picture.thumbnail([side - 2 * MARGIN for side in CARD])
        left, top = ((a - b) // 2 for a, b in zip(CARD, picture.size, strict=True))
        paper.paste(picture, (left, top))
        paper.quantize(256).save(card, optimize=True)


def write_map(app: Sphinx, exception: Exception | None) -> None:
    """List the address of every page, also of those that an earlier build has written.

    sphinx-sitemap lists the pages of the last build alone.
    """
    site = app.config.docs_url
    pages = (f"<url><loc>{site}/{page}.html</loc></url>" for page in app.env.found_docs)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        *sorted(pages),
        "</urlset>",
    ]
    Path(app.outdir, "sitemap.xml").write_text("\n".join(lines) + "\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the three."""
    app.connect("html-page-context", choose_card, priority=400)  # before the tags
    app.connect("build-finished", write_cards)
    app.connect("build-finished", write_map)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
