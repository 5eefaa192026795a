"""Find Chromium on this machine and start it, for benchmarks and tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# Chrome first: it plays H.264, as Debian's Chromium does, and as not every Chromium does.
NAMES = ("google-chrome", "chromium", "chromium-browser")
QUIET = (  # no background services, which would contact other hosts
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def start() -> Iterator[Browser]:
    """Start the browser for the duration of a block."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise FileNotFoundError(
            f"none of {', '.join(NAMES)} is on this machine; on Debian and Ubuntu install "
            "it with: apt-get install chromium"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()
