"""The sitemap, and the cards that social media show for a shared page."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from built_site import EXAMPLES, PAGES, SITE

GENERATED = {"404.html", "genindex.html", "search.html"}


def test_the_sitemap_lists_every_page():
    tree = ET.parse(SITE / "sitemap.xml")
    addresses = [each.text for each in tree.findall(".//{*}loc")]
    pages = {page for page in PAGES if not page.startswith(("_", "data/"))} - GENERATED
    assert len(addresses) == len(pages)
    for page in pages:
        assert any(address.endswith(f"/{page}") for address in addresses)


@pytest.mark.parametrize("page", ["index.html", *EXAMPLES])
def test_a_shared_page_has_a_card_with_its_own_title(page, parse):
    facts = {
        each["property"]: each["content"]
        for each in parse(page).find_all("meta", property=True)
    }
    assert facts["og:title"] == parse(page).h1.find(string=True)
    assert len(facts["og:description"].split()) > 8
    image = urlsplit(facts["og:image"]).path
    picture = SITE / "_images" / image.rpartition("/")[2]
    assert 0 < picture.stat().st_size < 300_000
