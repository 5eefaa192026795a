"""Make an incremental build end as a build from nothing would.

Sphinx-Gallery runs an example again only when its script has changed, and nothing removes
the pages of what is no longer there. Building everything from nothing would be simpler, but
takes minutes; with this, a change to one page takes seconds (see the page on performance).
"""

from __future__ import annotations

import hashlib
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pbt_examples
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

HELPERS = ("pictures", "between_examples")  # our modules that take part in a run
PACKAGES = ("matplotlib", "numpy", "pandas", "ray", "sphinx-gallery")


def forget_stale_examples(app: Sphinx, config: Config) -> None:
    """Run all examples again when something that they share has changed."""
    record = Path(app.srcdir, "gallery", "fingerprint.txt")
    now = _fingerprint(config.sphinx_gallery_conf)
    if record.exists() and record.read_text() == now:
        return
    for memory in record.parent.glob("*.md5"):
        memory.unlink()
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(now)


def remove_orphans(app: Sphinx, config: Config) -> None:
    """Remove what Sphinx-Gallery made from scripts that are gone."""
    scripts = Path(config.sphinx_gallery_conf["examples_dirs"])
    for page in Path(app.srcdir, "gallery").glob("plot_*.rst"):
        if not (scripts / f"{page.stem}.py").exists():
            for made in page.parent.glob(f"{page.stem}.*"):
                made.unlink()


def remove_listings(app: Sphinx, config: Config) -> None:
    """Remove the source listings, which viewcode does not update with the site."""
    shutil.rmtree(Path(app.outdir, "_modules"), ignore_errors=True)


def remove_old_pages(app: Sphinx, exception: Exception | None) -> None:
    """Remove the pages of documents that are gone."""
    for page in Path(app.outdir).glob("[!_]*/*.html"):
        if str(page.relative_to(app.outdir).with_suffix("")) not in app.env.found_docs:
            page.unlink()


def renew_navigation(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write all pages again when one is new, gone, renamed or moved: each page lists it."""
    titles = {page: title.astext() for page, title in env.titles.items()}
    now = str([sorted(pages.items()) for pages in (titles, env.toctree_includes)])
    before = getattr(env, "navigation", None)
    env.navigation = now
    return [] if before in (None, now) else sorted(env.found_docs)


def _fingerprint(settings: dict[str, Any]) -> str:
    """Return a line for everything but its script that an example's result depends on."""
    lines = [f"Python {platform.python_version()}"]
    lines += [f"{name} {version(name)}" for name in PACKAGES]
    lines.append(f"settings {_digest(repr(sorted(settings.items())).encode())}")
    helpers = [Path(__file__).with_name(f"{name}.py") for name in HELPERS]
    # Pages contain the explorer's script and style, and numbers of recorded tables.
    package = Path(pbt_examples.__file__).parent.rglob("*.*")
    files = [each for each in package if each.is_file() and each.suffix != ".pyc"]
    files += helpers
    lines += [f"{file.name} {_digest(file.read_bytes())}" for file in sorted(files)]
    return "\n".join(lines) + "\n"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def setup(app: Sphinx) -> dict[str, Any]:
    """Act before Sphinx-Gallery does, and before it completes its settings."""
    app.connect("config-inited", forget_stale_examples, priority=1)
    app.connect("config-inited", remove_orphans, priority=1)
    app.connect("config-inited", remove_listings)
    app.connect("env-updated", renew_navigation)
    app.connect("build-finished", remove_old_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
