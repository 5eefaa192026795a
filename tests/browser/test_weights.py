"""The weight of pages, with every figure in its resolution for high-density screens."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from built_site import EXAMPLES, REPORT, SITE

PAGE, VIDEOS = 600_000, 150_000  # bytes


@pytest.mark.parametrize("page", ["index.html", "playground.html", REPORT, *EXAMPLES])
def test_a_page_with_pictures_is_light(page, inspected, record_property):
    visit = inspected(page)
    files = sum(map(_size, set(visit.requests)))
    videos = sum(map(_size, set(visit.videos)))
    sizes = (f"{each / 1000:.0f}" for each in (visit.bytes, files, videos))
    record_property("weight", (PurePosixPath(page).stem, *sizes))
    assert 0 < visit.bytes <= PAGE
    assert videos <= VIDEOS


def _size(address):
    path = unquote(urlsplit(address).path).lstrip("/")
    return 0 if address.startswith(("data:", "blob:")) else (SITE / path).stat().st_size
