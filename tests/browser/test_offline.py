"""The same pages, read from a folder into which the site's zip was unpacked."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from built_site import ONE_OF_EACH_KIND

OFFLINE = [page for page in ONE_OF_EACH_KIND if page != "404.html"]
pytestmark = pytest.mark.parametrize("page", OFFLINE)


def test_a_page_in_a_folder_is_complete(page, read_offline):
    visit = read_offline(page)
    assert not visit.failed
    assert not visit.complaints
    assert not visit.images_missing


def test_a_page_in_a_folder_contacts_no_host(page, read_offline, unpacked):
    outside = [
        each for each in read_offline(page).requests if not each.startswith(unpacked)
    ]
    assert not [each for each in outside if not each.startswith(("data:", "blob:"))]


def test_links_of_a_page_in_a_folder_lead_to_files(page, read_offline):
    for link in read_offline(page).links:
        url = urlsplit(urldefrag(link).url)
        assert url.scheme != "file" or Path(unquote(url.path)).is_file(), link
