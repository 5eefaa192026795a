"""Put what readers can touch on pages written by hand: explorers and the playground.

The package makes the HTML, which notebooks and reports use as well.
"""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from pbt_examples.explorer import assets, explore
from pbt_examples.record import Run, data_folder
from pbt_examples.toy import playground, theta_plane
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class RecordedRun(SphinxDirective):
    """``{recorded-run} page run`` is the explorer of a run of the toy problem.

    Its option ``moments`` names the iterations that the page links to.
    """

    required_arguments = 2
    option_spec: ClassVar[dict[str, Any]] = {"moments": directives.positive_int_list}

    def run(self) -> list[nodes.Node]:
        """Read the record of the run, and have Sphinx write the page again with it."""
        page, name = self.arguments
        folder = data_folder(page, name)
        self.env.note_dependency(str(folder / "run.json"))
        moments = self.options.get("moments", ())
        run = Run.load(folder)
        explorer = explore(run, name=name, plane=theta_plane(), moments=moments)
        return [nodes.raw("", explorer._repr_html_(), format="html")]


class Playground(SphinxDirective):
    """``{playground}`` is the playground."""

    def run(self) -> list[nodes.Node]:
        """Return the HTML, and have Sphinx write the page again when a script changes."""
        for file in (assets.__file__, playground.__file__, *playground.sources()):
            self.env.note_dependency(str(file))
        return [nodes.raw("", playground.playground_html(), format="html")]


class Experiment(SphinxDirective):
    """``{experiment} ADDRESS`` is a button that sets up the playground.

    Its option ``pinned`` is the address of the settings to compare with.
    """

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"pinned": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the button."""
        address, pinned = escape(self.arguments[0]), escape(self.options["pinned"])
        html = (
            f'<button type="button" class="pbt-try" data-address="{address}" '
            f'data-pinned="{pinned}">Set it up</button>'
        )
        return [nodes.raw("", html, format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("recorded-run", RecordedRun)
    app.add_directive("playground", Playground)
    app.add_directive("experiment", Experiment)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
