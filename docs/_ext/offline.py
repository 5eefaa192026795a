"""The whole site in one zip, to be read from a folder, without any server."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from downloads import without_site
from sphinx.application import Sphinx

NAME = "pbt-examples-site"
FOR_HOSTS_ALONE = {".buildinfo", ".nojekyll", "404.html", "sitemap.xml"}
LAST = 900  # after all that writes into the finished site

WITHOUT_SUMMARIES = """
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
"""


def pack(app: Sphinx, exception: Exception | None) -> None:
    """Write the zip into the site, where it is a download like the others."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    target = site / "downloads" / f"{NAME}.zip"
    served = re.compile(rf"(?<=>){re.escape(app.config.docs_url)}/(?=downloads/)")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in filter(_is_for_readers, sorted(site.rglob("*"))):
            name = str(Path(NAME, file.relative_to(site)))
            if file.suffix == ".html":  # commands that name what the folder has itself
                archive.writestr(name, served.sub("", file.read_text()))
            elif file.parent.name == "downloads" and file.name.startswith("plot_"):
                archive.writestr(name, without_site(file, wheels="."))
            else:
                archive.write(file, name)


def _is_for_readers(file: Path) -> bool:
    """Leave out what only a host uses, maps of the theme's sources, and the zip itself."""
    unread = file.name in FOR_HOSTS_ALONE or file.suffix == ".map"
    return file.is_file() and not unread and file.name != f"{NAME}.zip"


def setup(app: Sphinx) -> dict[str, Any]:
    """Pack when all else is done."""
    # To show a summary the search reads the page, which browsers refuse in a folder.
    app.add_js_file(None, body=WITHOUT_SUMMARIES)
    app.connect("build-finished", pack, priority=LAST)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
