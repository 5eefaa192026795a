"""What pages weigh. The table is printed at the end of the test."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from built_site import EXAMPLES, SITE

PAGE, VIDEOS = 600_000, 150_000  # bytes


def test_examples_are_light(inspected, capsys):
    rows = [_weigh(page, inspected(page)) for page in ["index.html", *EXAMPLES]]
    with capsys.disabled():
        print("\n\nkB before a video is played, with every figure in double resolution:")
        print(f"{'page':<28}{'as sent, compressed':>22}{'as files':>12}{'its videos':>13}")
        for page, *sizes in rows:
            kilobytes = [f"{size / 1000:.0f}" for size in sizes]
            name = PurePosixPath(page).stem
            print("{:<28}{:>22}{:>12}{:>13}".format(name, *kilobytes))
    assert all(sent <= PAGE and videos <= VIDEOS for _, sent, _, videos in rows)


def _weigh(page, visit):
    """Return the page, the bytes on the line, those of its files, and of its videos."""
    files = sum(_size(address) for address in set(visit.requests))
    return page, visit.bytes, files, sum(_size(video) for video in visit.videos)


def _size(address):
    path = unquote(urlsplit(address).path).lstrip("/")
    return (SITE / path).stat().st_size if not address.startswith("data:") else 0
