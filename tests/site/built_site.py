"""The built site, as the tests see it. `nox -s docs` builds it."""

from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
if not (SITE / "index.html").exists():
    raise pytest.UsageError(f"there is no site in {SITE}; build it with: nox -s docs")

PAGES = sorted(str(page.relative_to(SITE)) for page in SITE.rglob("*.html"))
EXAMPLES = [page for page in PAGES if page.startswith("gallery/plot_")]
