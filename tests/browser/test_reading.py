"""How legible pages are, as a browser measures it: text size, code, dark mode, print."""

from __future__ import annotations

import io

import pytest
from built_site import PAGES, REPORT, SITE
from PIL import Image
from visit import PHONE

WITH_FIGURES = [p for p in PAGES if "data-letters=" in (SITE / p).read_text()]
WITH_CODE = [p for p in PAGES if p.startswith("gallery/plot_")]
SMALLEST, SMALLEST_ON_A_PHONE = 11, 9
"""CSS pixels."""

SIZES = """() => ["pre", "article p"].map(
  each => parseFloat(getComputedStyle(document.querySelector(each)).fontSize))"""


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_no_letter_of_a_figure_is_smaller_than_11_pixels(page, inspected):
    letters = inspected(page).letters
    assert letters
    assert min(letters) >= SMALLEST


@pytest.mark.parametrize("page", WITH_FIGURES)
def test_letters_of_a_figure_are_legible_on_a_phone(page, inspected):
    letters = inspected(page).letters_on_a_phone
    assert letters
    assert min(letters) >= SMALLEST_ON_A_PHONE


def test_code_is_not_much_smaller_than_text(tab, served):
    tab.goto(f"{served}/gallery/plot_basic_pbt.html")
    code, text = tab.evaluate(SIZES)
    assert code > 0.8 * text


@pytest.mark.parametrize("page", WITH_CODE)
def test_no_code_is_cut_and_no_output_hides_its_end(page, inspected):
    assert not inspected(page).clipped


@pytest.mark.parametrize("page", ["index.html", *WITH_CODE])
def test_a_printed_page_is_complete_and_white(page, inspected):
    visit = inspected(page)
    assert not visit.hidden_on_paper
    assert not visit.dark_on_paper


def test_a_printed_page_shows_what_is_folded(tab, served):
    tab.goto(f"{served}/guide/performance.html")
    folded = tab.locator("details:not([open])")
    before = folded.count()
    tab.evaluate(
        "() => addEventListener('beforeprint', () => window.left = "
        "document.querySelectorAll('details:not([open])').length)"
    )
    tab.pdf()
    assert tab.evaluate("() => window.left") == 0 < before
    assert folded.count() == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_figure_is_shown_once_as_the_page_is(scheme, tab, served):
    tab.emulate_media(color_scheme=scheme)
    tab.goto(f"{served}/gallery/plot_basic_pbt.html")
    figure = tab.locator("figure.picture").first
    assert figure.locator("a:visible").count() == 1
    assert figure.locator(f"a.in-{scheme}").is_visible()


def test_the_first_picture_is_still_for_those_who_ask_for_less_motion(tab, served):
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(f"{served}/index.html")
    assert tab.evaluate("() => document.getAnimations().length") == 0
    assert not tab.locator(".hero-controls").is_visible()
    assert tab.locator(".hero svg .winner").is_visible()


def test_the_first_picture_moves_once_and_can_be_paused_and_replayed(tab, served):
    tab.emulate_media(reduced_motion="no-preference")
    tab.goto(f"{served}/index.html")
    states = "() => [...new Set(document.getAnimations().map(a => a.playState))]"
    counts = "() => document.getAnimations().map(a => a.effect.getTiming().iterations)"
    assert set(tab.evaluate(counts)) == {1}
    tab.get_by_role("button", name="Pause").click()
    assert tab.evaluate(states) == ["paused"]
    tab.get_by_role("button", name="Play again").click()
    assert tab.evaluate(states) == ["running"]


def test_figures_of_a_report_scroll_on_a_phone_instead_of_shrinking(tab, served):
    tab.set_viewport_size(PHONE)
    tab.goto(f"{served}/{REPORT}")
    widths = tab.evaluate("""() => [...document.querySelectorAll(".picture img")].map(
      image => image.clientWidth / image.getAttribute("width"))""")
    page = tab.evaluate("() => document.documentElement.scrollWidth")
    assert len(widths) == 3
    assert all(SMALLEST * width >= SMALLEST_ON_A_PHONE for width in widths)
    assert page == PHONE["width"]


@pytest.mark.parametrize(("scheme", "ground"), [("light", "#ffffff"), ("dark", "#14181e")])
def test_figures_of_a_report_have_the_ground_of_the_page(scheme, ground, tab, served):
    tab.emulate_media(color_scheme=scheme)
    tab.goto(f"{served}/{REPORT}")
    for figure in tab.locator(".picture img:visible").all():
        image = Image.open(io.BytesIO(figure.screenshot())).convert("RGB")
        corner = image.getpixel((20, 5))
        assert "#{:02x}{:02x}{:02x}".format(*corner) == ground
