"""What the site offers to download: scripts, notebooks, the package, and two zips.

Sphinx-Gallery offers scripts and notebooks as well, but a script installs ``pbt-examples``
from the site, whose address Sphinx-Gallery does not know.
"""

from __future__ import annotations

import json
import re
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from notebooks import Cell, code_cell, make_notebooks, notebook
from packages import build_packages
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
RAY = f"ray[tune]=={version('ray')}"  # another release may come to other decisions
NEED = re.compile(r'"(pbt-examples(?:\[\w+\])?)"')  # as the scripts' PEP 723 blocks have it
SERVED = re.compile(r'pbt-examples(\[\w+\])? @ [^"\\]+/(pbt_examples-[^"\\]+\.whl)')
ANY_BUILD = re.compile(r"pbt_examples-[\w.%+]+?(-py3-none-any\.whl|\.tar\.gz)")
SITE_ZIP = "pbt-examples-site"
FOR_HOSTS_ALONE = {".buildinfo", ".nojekyll", "404.html", "sitemap.xml"}
COMPRESSED = {".gz", ".mp4", ".png", ".webp", ".whl", ".woff2", ".zip"}  # already
FOR_NOTEBOOKS = ("imageio-ffmpeg", "ipywidgets")  # videos; tqdm and Ray ask for the other

README = """\
PBT examples: the pages, as scripts and as notebooks
====================================================

With uv (https://docs.astral.sh/uv/) nothing needs to be installed first:

    uv run gallery/plot_basic_pbt.py

Without it, in a virtual environment of Python 3.11 or newer:

    python3 -m pip install "{ray}" "./{wheel}[digits,quadratic]"
    python3 gallery/plot_basic_pbt.py

A script writes the data of its runs to a folder named data. A notebook shows the figures,
too, and installs what it needs in its first cell.
"""


# To show a summary, the search reads the page, which browsers refuse in a folder.
WITHOUT_SUMMARIES = """
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
"""


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write all downloads but the zip of the site into the finished site."""
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir, "downloads")
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    wheel, _ = build_packages(ROOT, folder, site=app.config.docs_url)
    _name_in_pages(wheel, Path(app.outdir))
    address = f"{app.config.docs_url}/downloads/{quote(wheel.name)}"
    scripts = sorted((ROOT / "gallery").glob("plot_*.py"))
    pages = Path(app.srcdir, "gallery")
    cells = make_notebooks(scripts, pages, lambda role, target: _link(app, role, target))
    for script in scripts:
        text = script.read_text()
        needs = f"{NEED.search(text).group(1)} @ {address}"
        text = NEED.sub(f'"{needs}", "{RAY}"', text, count=1)
        (folder / script.name).write_text(text)
        text = _with_install_cell(needs, cells[script.stem])
        (folder / f"{script.stem}.ipynb").write_text(text)

    with zipfile.ZipFile(folder / "pbt-examples.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README.format(ray=RAY, wheel=wheel.name))
        archive.write(wheel, wheel.name)
        for file in sorted(folder.glob("plot_*")):
            archive.writestr(f"gallery/{file.name}", _without_site(file, wheels=".."))


def pack_site(app: Sphinx, exception: Exception | None) -> None:
    """Write a zip of the whole site, to be read from a folder without any server."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    target = site / "downloads" / f"{SITE_ZIP}.zip"
    served = re.compile(rf"(?<=>){re.escape(app.config.docs_url)}/(?=downloads/)")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in filter(_is_for_readers, sorted(site.rglob("*"))):
            name = str(Path(SITE_ZIP, file.relative_to(site)))
            if file.suffix == ".html":  # commands that name what the folder has itself
                archive.writestr(name, served.sub("", file.read_text()))
            elif file.parent.name == "downloads" and file.name.startswith("plot_"):
                archive.writestr(name, _without_site(file, wheels="."))
            else:
                method = zipfile.ZIP_STORED if file.suffix in COMPRESSED else None
                archive.write(file, name, method)


def _is_for_readers(file: Path) -> bool:
    """Leave out what only a host uses, maps of the theme's sources, and the zip itself."""
    unread = file.name in FOR_HOSTS_ALONE or file.suffix == ".map"
    return file.is_file() and not unread and file.name != f"{SITE_ZIP}.zip"


def _without_site(file: Path, *, wheels: str) -> str:
    """Return a served script or notebook as it runs from a folder, without the site.

    `wheels` is the path of the wheel's folder, relative to the file's.
    """
    served = file.read_text()
    extra, name = SERVED.search(served).groups(default="")
    wheel = f"{wheels}/{unquote(name)}"
    if file.suffix == ".ipynb":
        return SERVED.sub(wheel + extra, served, count=1)
    source = f'#\n# [tool.uv.sources]\n# pbt-examples = {{ path = "{wheel}" }}\n# ///\n'
    return SERVED.sub(f"pbt-examples{extra}", served, count=1).replace("# ///\n", source, 1)


def _name_in_pages(wheel: Path, site: Path) -> None:
    """Let every page name this build, including pages that an earlier build wrote."""
    stem = quote(wheel.name.removesuffix("-py3-none-any.whl"))
    for page in site.rglob("*.html"):
        text = page.read_text()
        named = ANY_BUILD.sub(rf"{stem}\1", text)
        if named != text:
            page.write_text(named)


def _with_install_cell(needs: str, cells: list[Cell]) -> str:
    install = f'%pip install --quiet "{needs}" "{RAY}" {" ".join(FOR_NOTEBOOKS)}'
    return json.dumps(notebook([code_cell(install) | {"id": "install"}, *cells]), indent=1)


def _link(app: Sphinx, role: str, target: str) -> tuple[str, str] | None:
    """Return the title and the address of the target of a role on an example page."""
    site = app.config.docs_url
    if role == "recorded":
        return Path(target).name, f"{site}/data/{target}"
    if role == "doc":
        page = target.lstrip("/") if target.startswith("/") else f"gallery/{target}"
    elif role == "ref" and target.startswith("sphx_glr_gallery_"):
        page = "gallery/" + target.removeprefix("sphx_glr_gallery_").removesuffix(".py")
    else:
        return None
    if page not in app.env.titles:  # Sphinx has said so where it read the page
        return None
    return app.env.titles[page].astext(), f"{site}/{page}.html"


def setup(app: Sphinx) -> dict[str, Any]:
    """Publish when all pages are there; pages that name the address follow its changes."""
    app.add_config_value("docs_url", "", "env", str)
    app.add_js_file(None, body=WITHOUT_SUMMARIES)
    app.connect("build-finished", publish)
    app.connect("build-finished", pack_site, priority=900)  # after all other writers
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
