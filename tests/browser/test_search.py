"""Readers find pages by a word, also without a server, and are told where there is none."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("where", ["served", "unpacked"])
def test_the_search_finds_a_page_by_a_word(where, browser, request):
    tab = browser.new_page()
    complaints = []
    tab.on("console", lambda each: each.type == "error" and complaints.append(each.text))
    tab.goto(f"{request.getfixturevalue(where)}/guide/index.html")
    tab.keyboard.press("Control+K")
    tab.keyboard.type("lineage")
    tab.keyboard.press("Enter")
    results = tab.locator("ul.search li a")
    expect(results.filter(has_text="Lineage and schedule").first).to_be_visible()
    assert not complaints
    tab.close()


def test_an_unknown_address_gets_a_page_that_helps(browser, served):
    tab = browser.new_page()
    answer = tab.goto(f"{served}/guide/no-such-page.html")
    assert answer.status == 404
    expect(tab.locator("h1")).to_have_text("There is no such page")
    gallery = tab.locator("header a", has_text="gallery").first
    gallery.click()
    expect(tab).to_have_title(re.compile("The gallery"))
    tab.close()


def test_a_copy_button_copies_the_command_without_its_prompt(browser, served):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(f"{served}/index.html")
    tab.locator(".highlight-console button.copybtn").first.click()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("python3 -m pip install")
    context.close()
