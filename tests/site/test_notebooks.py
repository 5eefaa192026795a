"""The notebooks hold what the pages hold, and show what the pages show."""

from __future__ import annotations

import json

import pytest
from built_site import EXAMPLES, SITE


@pytest.fixture(params=EXAMPLES)
def page(request):
    return request.param


@pytest.fixture
def cells(page):
    name = page.removeprefix("gallery/").removesuffix(".html")
    return json.loads((SITE / "downloads" / f"{name}.ipynb").read_text())["cells"]


def test_the_notebook_hides_what_the_page_hides(cells):
    text = "".join(cell["source"] for cell in cells)
    assert "sphinx_gallery" not in text
    assert "describe(" not in text


def test_no_cell_is_empty_and_ids_are_unique(cells):
    assert all(cell["source"].strip() for cell in cells)
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_every_animation_of_the_page_plays(cells, page, parse):
    plays = [cell for cell in cells if "\nplt.close()" in cell["source"]]
    assert len(plays) == len(parse(page).select("figure.picture video"))
    if plays:
        assert any('"animation.html"] = "html5"' in cell["source"] for cell in cells)
