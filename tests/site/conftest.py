"""The built site, as the tests see it. `nox -s docs` builds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
if not (SITE / "index.html").exists():
    raise pytest.UsageError(f"there is no site in {SITE}; build it with: nox -s docs")

PAGES = sorted(str(page.relative_to(SITE)) for page in SITE.rglob("*.html"))
EXAMPLES = [page for page in PAGES if page.startswith("gallery/plot_")]


@pytest.fixture(scope="session")
def parse():
    """Return a function that reads a page, given its name below the site's root."""
    pages: dict[str, BeautifulSoup] = {}

    def of(page: str) -> BeautifulSoup:
        if page not in pages:
            pages[page] = BeautifulSoup((SITE / page).read_text(), "html.parser")
        return pages[page]

    return of
