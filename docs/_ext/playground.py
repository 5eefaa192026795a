"""Put the playground of the toy problem on a page."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from pbt_examples.explorer import assets
from pbt_examples.toy import playground
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

MODULES = (assets.__file__, playground.__file__)


class Playground(SphinxDirective):
    """``{playground}`` is the playground."""

    def run(self) -> list[nodes.Node]:
        """Return the HTML, and have Sphinx write the page again when a script changes."""
        for file in (*MODULES, *playground.sources()):
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
    app.add_directive("playground", Playground)
    app.add_directive("experiment", Experiment)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
