"""Where the pages lead, and what they load."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from built_site import PAGES, SITE

pytestmark = pytest.mark.parametrize("page", PAGES)

# What a browser fetches without being asked, by element and attribute.
LOADED = {
    "img": ("src", "srcset"),
    "link": ("href",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "iframe": ("src",),
}
NOT_FETCHED = {"canonical", "next", "prev", "index", "search", "author", "copyright"}


def test_nothing_is_loaded_from_elsewhere(page, parse):
    for name, attributes in LOADED.items():
        for element in parse(page).find_all(name):
            if NOT_FETCHED & set(element.get("rel", [])):
                continue
            for attribute in attributes:
                for each in element.get(attribute, "").split(","):
                    assert not urlsplit(each.strip()).netloc, element


def test_internal_links_lead_somewhere(page, parse, ids):
    for link in parse(page).find_all("a", href=True):
        url = urlsplit(link["href"])
        if url.scheme or url.netloc:
            continue
        target = page
        if url.path.startswith("/"):  # the 404 page, which may be shown anywhere
            target = url.path.lstrip("/")
        elif url.path:
            target = str(((SITE / page).parent / unquote(url.path)).resolve())
            target = target.removeprefix(f"{SITE}/")
        assert (SITE / target).is_file(), link
        if url.fragment and target.endswith(".html"):
            assert unquote(url.fragment) in ids(target), link
