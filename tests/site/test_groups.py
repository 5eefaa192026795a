"""Every page of the gallery is in a group, in the order in which they are read."""

from __future__ import annotations

import itertools
import sys

import pytest
from built_site import EXAMPLES, SITE

sys.path.insert(0, str(SITE.parents[1] / "_ext"))
from reading_order import GROUPS, position
from sphinx.errors import ConfigError

ORDER = [page for pages in GROUPS.values() for page in pages]
THERE = [page for page in ORDER if f"gallery/plot_{page}.html" in EXAMPLES]


def test_each_page_is_in_exactly_one_group():
    assert sorted(ORDER) == sorted(
        page[len("gallery/plot_") : -len(".html")] for page in EXAMPLES
    )


def test_the_gallery_shows_its_groups_in_order(parse):
    page = parse("gallery/index.html")
    assert [
        heading.find(string=True) for heading in page.select("section section > h2")
    ] == [*GROUPS]
    links = [each["href"] for each in page.select(".sphx-glr-thumbcontainer a[href]")]
    assert links == [f"plot_{name}.html" for name in THERE]


@pytest.mark.parametrize(("before", "after"), itertools.pairwise(THERE))
def test_the_next_link_leads_to_the_next_page_of_the_order(before, after, parse):
    link = parse(f"gallery/plot_{before}.html").select_one("a.right-next")
    assert link["href"] == f"plot_{after}.html"


def test_a_page_without_a_group_is_refused_with_an_explanation():
    with pytest.raises(
        ConfigError, match=r"plot_new\.py belongs to no group: add 'new' to one of"
    ):
        position("gallery/plot_new.py")
