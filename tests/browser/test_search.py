"""Search finds pages by a word, even without a server; the 404 page helps."""

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
    expect(results.first).to_contain_text("Lineage and schedule")  # its title has the word
    assert not complaints
    tab.close()


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("grid search", "gallery/plot_grid_baseline.html"),
        ("glossary", "guide/glossary.html"),
        ("cite", "guide/cite.html"),
        ("plot_lineage", "api/pbt_examples.figures.plot_lineage.html"),
    ],
)
def test_a_page_whose_title_has_the_words_comes_first(query, page, tab, served):
    tab.goto(f"{served}/search.html?q={query}")
    first = tab.locator("ul.search li a").first
    expect(first).to_have_attribute("href", re.compile(re.escape(page)))


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("optimizer", "gallery/plot_restored_optimizer.html"),
        ("integer", "guide/own-model.html"),
        ("batch size", "guide/own-model.html"),
        ("Lightning", "guide/recipes.html"),
        ("num_to_keep", "guide/running.html"),
        ("NaN", "guide/running.html"),
        ("disk", "guide/running.html"),
        ("resume", "guide/running.html"),
        ("W%26B", "guide/running.html"),
        ("MLflow", "guide/running.html"),
    ],
)
def test_what_practitioners_look_for_is_among_the_first_results(query, page, tab, served):
    tab.goto(f"{served}/search.html?q={query}")
    results = tab.locator("ul.search li > a")
    expect(results.first).to_be_visible()
    first = [
        results.nth(place).get_attribute("href") for place in range(min(5, results.count()))
    ]
    assert any(page in address for address in first), first


def test_an_unknown_address_gets_a_page_that_helps(tab, served):
    answer = tab.goto(f"{served}/guide/no-such-page.html")
    assert answer.status == 404
    expect(tab.locator("h1")).to_have_text("There is no such page")
    for link, title in (("Search for it", "Search"), ("the gallery", "The gallery")):
        tab.goto(f"{served}/guide/no-such-page.html")
        tab.locator("article a", has_text=link).click()
        expect(tab).to_have_title(re.compile(title))


def test_a_copy_button_copies_the_command_without_its_prompt(browser, served):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(f"{served}/index.html")
    tab.locator(".highlight-console button.copybtn").first.click()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("python3 -m pip install")
    context.close()


def test_a_script_is_downloaded_and_not_shown(tab, served):
    tab.goto(f"{served}/gallery/plot_basic_pbt.html")
    with tab.expect_download() as downloading:
        tab.locator(".example-foot a", has_text="script").click()
    assert downloading.value.suggested_filename == "plot_basic_pbt.py"
