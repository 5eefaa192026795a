"""What the tests of the built site share."""

import pytest
from bs4 import BeautifulSoup
from built_site import SITE


@pytest.fixture(scope="session")
def parse():
    """Return a function that reads a page, given its name below the site's root."""
    pages: dict[str, BeautifulSoup] = {}

    def of(page: str) -> BeautifulSoup:
        if page not in pages:
            pages[page] = BeautifulSoup((SITE / page).read_text(), "html.parser")
        return pages[page]

    return of
