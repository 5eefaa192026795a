"""The groups of the gallery and the order of their pages.

``.. gallery-group:: Start`` shows the thumbnails of a group. On the gallery's own page the
directives also determine the previous and the next page. Sphinx-Gallery's own groups are
folders of scripts, whose names would become part of the pages' addresses.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

INDEX = "gallery/index"
GROUPS = {
    "Start": (
        "basic_pbt",
        "one_interval",
    ),
    "Understand": (
        "grid_baseline",
        "lineage_and_schedule",
        "figure2_ablation",
        "population_sweep",
        "async_vs_synch",
    ),
    "Trust": (
        "many_seeds",
        "many_seeds_on_ray",
        "where_runs_fail",
        "real_model",
        "real_model_seeds",
    ),
    "Your own model": (
        "your_own_run",
        "restored_optimizer",
    ),
    "Beyond": (
        "greedy",
        "less_greedy",
        "two_speeds",
        "pb2",
    ),
}
"""The scripts of each group, without ``plot_`` and ``.py``."""

STARTS_RAY = {"plot_async_vs_synch.py", "plot_real_model.py", "plot_your_own_run.py"}
"""Examples that start Ray themselves, with more slots or with Ray's own API."""


def position(script: str) -> int:
    """Return the place in the gallery of a script, given by its name or its path."""
    page = Path(script).stem.removeprefix("plot_")
    order = [each for pages in GROUPS.values() for each in pages]
    if page not in order:
        raise ConfigError(
            f"gallery/plot_{page}.py belongs to no group: add {page!r} to one of "
            f"{', '.join(GROUPS)} in docs/_ext/reading_order.py, where it is read best"
        )
    return order.index(page)


def turn(script: str) -> tuple[bool, int]:
    """Return a key for the order in which scripts run, which no reader sees.

    Those that start Ray themselves come first, before others share a session that would
    have to end for them.
    """
    return Path(script).name not in STARTS_RAY, position(script)


class GalleryGroup(SphinxDirective):
    """Show the thumbnails of one group of pages."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return Sphinx-Gallery's thumbnails and a table of contents."""
        name = self.arguments[0]
        if name not in GROUPS:
            raise self.error(f"there is no group {name!r}, only {', '.join(GROUPS)}")
        folder = Path(self.config.sphinx_gallery_conf["examples_dirs"])
        scripts = [folder / f"plot_{page}.py" for page in GROUPS[name]]
        scripts = [script for script in scripts if script.exists()]
        if not scripts:
            return []
        lines = [".. minigallery::", ""]
        lines += [f"   {os.path.relpath(script, self.env.srcdir)}" for script in scripts]
        if self.env.docname == INDEX:
            lines += ["", ".. toctree::", "   :hidden:", ""]
            lines += [f"   {script.stem}" for script in scripts]
        return self.parse_text_to_nodes("\n".join(lines))


def show_groups(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace Sphinx-Gallery's own list with the groups."""
    if docname == INDEX:
        header = Path(app.config.sphinx_gallery_conf["examples_dirs"], "GALLERY_HEADER.rst")
        source[0] = header.read_text()
        app.env.note_dependency(str(header))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the gallery's page."""
    app.add_directive("gallery-group", GalleryGroup)
    app.connect("source-read", show_groups)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
