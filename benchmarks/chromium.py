"""The browser of the benchmarks: Debian's Chromium, which asks nobody for anything."""

from __future__ import annotations

from playwright.sync_api import Browser, Playwright


def open_chromium(playwright: Playwright) -> Browser:
    """Start a browser that makes no requests of its own."""
    return playwright.chromium.launch(
        executable_path="/usr/bin/chromium",
        args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
              "--disable-background-networking", "--disable-component-update",
              "--disable-sync"],
    )  # fmt: skip
