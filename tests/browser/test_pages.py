"""Pages in a real browser: what they load, and who can use them."""

from __future__ import annotations

from urllib.parse import unquote, urldefrag

import pytest
from built_site import OPENED, SITE
from serving import Pause, serve
from visit import WATCH_SHIFTS

every_page = pytest.mark.parametrize("page", OPENED)


@every_page
def test_nothing_fails_and_the_console_is_silent(page, inspected):
    visit = inspected(page)
    assert not visit.failed
    assert not visit.complaints


@every_page
def test_no_other_host_is_contacted(page, inspected, served):
    assert not inspected(page).foreign_requests(served)


@every_page
def test_every_image_is_there(page, inspected):
    assert not inspected(page).images_missing


@every_page
def test_links_still_lead_somewhere_after_scripts_ran(page, inspected, served):
    visit = inspected(page)
    for link in visit.links:
        address, anchor = urldefrag(link)
        if address == f"{served}/{page}":
            assert not anchor or unquote(anchor) in visit.ids, link
        elif address.startswith(served):
            assert (SITE / unquote(address.removeprefix(f"{served}/"))).is_file(), link


@every_page
def test_nothing_moves_while_the_page_loads(page, inspected):
    assert inspected(page).shift <= 0.02


def test_the_front_page_stays_in_place_when_it_comes_in_two_parts(browser):
    tab = browser.new_page()
    tab.add_init_script(WATCH_SHIFTS)
    pause = Pause(before=b'<div class="front')
    with serve(SITE, pause=pause) as address:
        tab.goto(address, wait_until="commit")
        tab.wait_for_selector("h1")
        tab.wait_for_function("performance.getEntriesByType('paint').length")
        assert not tab.locator(".front").count()
        pause.over.set()
        tab.wait_for_load_state()
    tab.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")
    assert tab.evaluate("shift") <= 0.02
    tab.close()


@every_page
def test_nothing_plays_by_itself(page, inspected):
    assert not inspected(page).moving


@every_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(page, scheme, inspected):
    assert not inspected(page).violations[scheme]


@every_page
def test_the_keyboard_reaches_everything_and_shows_where_it_is(page, inspected):
    visit = inspected(page)
    assert visit.reached
    assert not visit.unreached
    assert not visit.unmarked


@every_page
def test_no_screen_needs_sideways_scrolling(page, inspected):
    assert not inspected(page).too_wide
