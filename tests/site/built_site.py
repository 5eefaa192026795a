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

# Five in six pages are made from docstrings and sources by two templates. The slow tests
# take a sample of these, and all of them once a week, with EVERY_PAGE=1.
MADE = [page for page in PAGES if page.startswith(("api/pbt_", "_modules/"))]
STEP = 1 if os.environ.get("EVERY_PAGE") else 12
THOROUGH = sorted({*PAGES} - {*MADE} | {*MADE[::STEP]})
