"""What the tests of the built site share."""

import functools
import gc

import pytest
from bs4 import BeautifulSoup
from built_site import SITE


@pytest.fixture(scope="session")
def parse():
    """Return a function that reads a page, given its name below the site's root."""

    @functools.cache
    def of(page: str) -> BeautifulSoup:
        gc.freeze()  # or each collection visits the elements of all pages before this one
        return BeautifulSoup((SITE / page).read_text(), "html.parser")

    return of


@pytest.fixture(scope="session")
def ids(parse):
    """Return a function that gives the ids of a page's elements."""
    return functools.cache(lambda page: {each["id"] for each in parse(page)(id=True)})
