"""Put the explorer of a run that the gallery recorded on a page written by hand."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from pbt_examples.explorer import explore
from pbt_examples.record import Run, data_folder
from pbt_examples.toy import theta_plane
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class RecordedRun(SphinxDirective):
    """``{recorded-run} page run`` is the explorer of a run of the toy problem."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Read the record of the run, and have Sphinx write the page again with it."""
        page, name = self.arguments
        folder = data_folder(page, name)
        self.env.note_dependency(str(folder / "run.json"))
        explorer = explore(Run.load(folder), name=name, plane=theta_plane())
        return [nodes.raw("", explorer._repr_html_(), format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("recorded-run", RecordedRun)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
