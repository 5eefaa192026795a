"""Link the recorded data of the examples: ``:data:`basic_pbt/pbt/history.csv```."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole

logger = logging.getLogger(__name__)


class DataRole(ReferenceRole):
    """A link to a file below ``data/`` of the site, which must exist."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, relative to the page, so that it works from anywhere."""
        recorded = Path(self.config.html_extra_path[0], "data", self.target)
        if not recorded.is_file():
            logger.warning(
                "no example has recorded the data %r",
                self.target,
                location=self.env.docname,
            )
        up = "../" * self.env.docname.count("/")
        text = self.title if self.has_explicit_title else Path(self.target).name
        link = nodes.reference(text, text, refuri=f"{up}data/{self.target}", internal=False)
        link["classes"].append("data-link")
        return [link], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role."""
    # Within Sphinx's Python domain, which has a role of that name for documented objects
    # of a kind that our reference has none of.
    app.add_role_to_domain("py", "data", DataRole(), override=True)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
