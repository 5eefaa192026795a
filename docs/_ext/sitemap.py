"""List the address of every page for search engines.

sphinx-sitemap lists only the pages that the last build has written, so its list is
incomplete after a build that goes on from an earlier one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


def write_map(app: Sphinx, exception: Exception | None) -> None:
    """Write ``sitemap.xml``."""
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
    """Write the map when all pages are there."""
    app.connect("build-finished", write_map)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
