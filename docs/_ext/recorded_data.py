"""Link to the recorded data of the examples: ``:recorded:`basic_pbt/pbt/history.csv```.

Sphinx's own ``:download:`` would copy each file to an address that changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole

logger = logging.getLogger(__name__)


class RecordedRole(ReferenceRole):
    """A link to a file below ``data/`` of the site, which must exist."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a link relative to the page, so that it works at any address."""
        file = Path(self.config.html_extra_path[0], "data", self.target)
        if not file.is_file():
            logger.warning(
                "no example has recorded the data %r",
                self.target,
                location=self.env.docname,
            )
        up = "../" * self.env.docname.count("/")
        text = self.title if self.has_explicit_title else file.name
        link = nodes.reference(text, text, refuri=f"{up}data/{self.target}", internal=False)
        link["classes"].append("data-link")
        return [link], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role."""
    app.add_role("recorded", RecordedRole())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
