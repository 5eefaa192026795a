"""What a reader finds on the page of an example."""

from __future__ import annotations

import re

import pytest
from built_site import EXAMPLES, SITE

GALLERY = SITE.parents[2] / "gallery"

pytestmark = pytest.mark.parametrize("page", EXAMPLES)

NOISE = {
    "a line of Ray's logging": r"(INFO|WARNING|ERROR) [\w.]+\.py:\d+|\((raylet|pid=)",
    "a warning": r"\w+Warning\b",
    "a traceback": r"Traceback",
    "the repr of an object": r"<[\w.]+ (object )?at 0x[0-9a-f]+>|<(Axes|Figure):? ",
}


def test_every_script_has_a_page_and_no_page_lacks_one(page):
    scripts = {f"gallery/{script.stem}.html" for script in GALLERY.glob("plot_*.py")}
    assert set(EXAMPLES) == scripts


@pytest.mark.parametrize("what", NOISE)
def test_output_is_free_of_noise(page, what, parse):
    outputs = [
        each.text for each in parse(page).select(".sphx-glr-script-out, .output_html")
    ]
    assert outputs
    assert not [text for text in outputs if re.search(NOISE[what], text)]


def test_columns_are_in_tables(page, parse):
    # Columns that are lined up with spaces wrap on a phone.
    for output in parse(page).select(".sphx-glr-script-out"):
        lines = output.text.splitlines()
        assert len([line for line in lines if re.search(r"\S {2,}\S", line)]) < 3


def test_every_picture_has_alt_text_and_a_caption(page, parse):
    figures = parse(page).select("figure.picture")
    assert figures
    for figure in figures:
        image, video = figure.find("img"), figure.find("video")
        alt = image["alt"] if image else figure.select_one("details p").text
        assert len(alt.split()) > 5
        assert len(figure.figcaption.text.split()) > 3
        assert (image is None) != (video is None)


def test_pictures_take_their_place_before_they_load(page, parse):
    for each in parse(page).select("figure.picture img, figure.picture video"):
        assert int(each["width"]) > 0
        assert int(each["height"]) > 0


def test_only_the_first_picture_loads_at_once(page, parse):
    images = parse(page).select("figure.picture img")
    loading = [image["loading"] for image in images]
    assert loading[1:] == ["lazy"] * (len(images) - 1)


def test_images_come_in_two_resolutions(page, parse):
    for image in parse(page).select("figure.picture img"):
        small, large = (each.split()[0] for each in image["srcset"].split(", "))
        assert small == image["src"]
        assert _bytes(page, small) < _bytes(page, large)


def test_videos_wait_for_the_reader(page, parse):
    for video in parse(page).find_all("video"):
        for attribute in ("controls", "muted", "playsinline"):
            assert video.has_attr(attribute)
        assert not video.has_attr("autoplay")
        assert video["preload"] == "none"
        assert video["aria-label"]
        assert "aspect-ratio" in video["style"]
        assert _bytes(page, video["poster"])


def test_videos_are_light(page, parse):
    for video in parse(page).find_all("video"):
        assert _bytes(page, video["src"]) <= 150_000


def test_the_foot_says_what_the_page_cost(page, parse):
    cost = parse(page).select_one(".example-cost").text
    assert re.search(r"\d+ s\b", cost)
    assert re.search(r"\d GiB", cost)
    assert re.search(r"Python \d+\.\d+", cost)


def _bytes(page: str, address: str) -> int:
    return ((SITE / page).parent / address).stat().st_size
