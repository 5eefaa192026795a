"""Where the pages lead, and what they load."""

from __future__ import annotations

import zipfile
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
with zipfile.ZipFile(SITE / "downloads" / "pbt-examples-site.zip") as _zip:
    PACKED = {name.removeprefix("pbt-examples-site/") for name in _zip.namelist()}

NOT_FETCHED = {"canonical", "next", "prev", "index", "search", "author", "copyright"}


def test_nothing_is_loaded_from_elsewhere_and_all_of_it_is_there(page, parse):
    for name, attributes in LOADED.items():
        for element in parse(page).find_all(name):
            if NOT_FETCHED & set(element.get("rel", [])):
                continue
            for attribute in attributes:
                for address in _addresses(element.get(attribute, "")):
                    assert not urlsplit(address).netloc, element
                    assert _is_there(_target(page, address), of=page), element


def test_internal_links_lead_somewhere_served_and_in_a_folder(page, parse, ids):
    for link in parse(page).find_all("a", href=True):
        url = urlsplit(link["href"])
        if url.scheme or url.netloc:
            continue
        target = _target(page, link["href"])
        assert _is_there(target, of=page), link
        if url.fragment and target.endswith(".html"):
            assert unquote(url.fragment) in ids(target), link


def _addresses(attribute: str) -> list[str]:
    """Return the addresses in an attribute: one, or those of a list with sizes."""
    if attribute.startswith("data:"):
        return []
    return [each.split()[0] for each in attribute.split(",") if each.strip()]


def _is_there(target: str, *, of: str) -> bool:
    """Say whether a page has a file that it needs, served and in the zip of the site."""
    return (SITE / target).is_file() and (of == "404.html" or target in PACKED)


def _target(page: str, address: str) -> str:
    """Return the file that an address on a page leads to, below the site's root."""
    path = unquote(urlsplit(address).path)
    if not path:
        return page
    if page == "404.html":  # which may be shown anywhere
        return path.lstrip("/")
    return str(((SITE / page).parent / path).resolve()).removeprefix(f"{SITE}/")
