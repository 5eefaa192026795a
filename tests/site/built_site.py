"""The built site, as the tests see it. `nox -s docs` builds it."""

import os
from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
if not (SITE / "index.html").exists():
    raise pytest.UsageError(f"there is no site in {SITE}; build it with: nox -s docs")

PAGES = sorted(str(page.relative_to(SITE)) for page in SITE.rglob("*.html"))
REPORT = next(page for page in PAGES if page.startswith("data/your_own_run/"))
EXAMPLES = [page for page in PAGES if page.startswith("gallery/plot_")]

THOROUGH = bool(os.environ.get("EVERY_PAGE"))
"""Whether to run what CI samples; set once a week."""

KINDS = ("_modules/", "api/pbt_", "gallery/plot_", "guide/")
"""Of pages that share a template; every other page is of a kind of its own."""


def _opened() -> tuple[list[str], list[str]]:
    """Return the pages that a browser opens, and those among them that stand for a kind.

    Four in five pages are made from docstrings and sources. A browser opens a sample of
    these, with the largest of each kind, and all pages in a thorough run.
    """
    kinds: dict[str, list[str]] = {}
    for page in PAGES:
        kind = next((each for each in KINDS if page.startswith(each)), page)
        kinds.setdefault(kind, []).append(page)
    if THOROUGH:
        return PAGES, PAGES
    for kind in ("_modules/", "api/pbt_"):
        made = kinds[kind]
        largest = max(made, key=lambda page: (SITE / page).stat().st_size)
        kinds[kind] = [*{*made[::25]} - {largest}, largest]
    opened = sorted(page for pages in kinds.values() for page in pages)
    return opened, sorted(pages[-1] for pages in kinds.values())


OPENED, ONE_OF_EACH_KIND = _opened()
