"""What these tests share: a browser, and the site over HTTP and in a folder."""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from built_site import ONE_OF_EACH_KIND, PAGES, SITE
from playwright.sync_api import Browser, Page
from serving import serve
from visit import WATCH_SHIFTS, WIDE, Reader, Visit
from xdist.scheduler import LoadScopeScheduling

from benchmarks.chromium import start

HEADER = ("page", "as sent, compressed", "as files", "its videos")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run one browser for all tests."""
    with start() as running:
        yield running


@pytest.fixture(scope="session")
def shared_tab(browser: Browser) -> Page:
    """Open a tab for tests that neither need an empty cache nor settings of their own."""
    tab = browser.new_page()
    tab.set_default_timeout(60_000)
    tab.add_init_script(WATCH_SHIFTS)
    return tab


@pytest.fixture
def tab(shared_tab: Page) -> Iterator[Page]:
    """Give the shared tab, which forgets what a test has done, except for files."""
    shared_tab.set_viewport_size(WIDE)
    shared_tab.emulate_media(
        media="screen", color_scheme="light", reduced_motion="no-preference"
    )
    yield shared_tab
    if shared_tab.url != "about:blank":
        shared_tab.evaluate("localStorage.clear(); sessionStorage.clear()")
        shared_tab.goto("about:blank")


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """Give the address of the site over HTTP."""
    with serve(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the address of the site in a folder, unpacked from its zip."""
    folder = tmp_path_factory.mktemp("reader")
    with zipfile.ZipFile(SITE / "downloads" / "pbt-examples-site.zip") as archive:
        archive.extractall(folder)
    return (folder / "pbt-examples-site").as_uri()


@pytest.fixture(scope="session")
def inspected(browser: Browser, served: str) -> Callable[[str], Visit]:
    """Return a function that inspects a page over HTTP, once."""
    reader = Reader(browser)

    def inspect(page: str) -> Visit:
        return reader.inspect(f"{served}/{page}", framed=page in ONE_OF_EACH_KIND)

    return functools.cache(inspect)


@pytest.fixture(scope="session")
def read_offline(browser: Browser, unpacked: str) -> Callable[[str], Visit]:
    """Return a function that visits a page in the unpacked folder, once."""
    reader = Reader(browser)
    return functools.cache(lambda page: reader.visit(f"{unpacked}/{page}"))


class PageByPage(LoadScopeScheduling):
    """Gives all tests of a page to one process, which visits it for all of them.

    The groups of xdist's ``--dist=loadgroup`` have no effect with pytest 9.2:
    https://github.com/pytest-dev/pytest-xdist/issues/1386
    """

    def _split_scope(self, nodeid: str) -> str:
        values = nodeid.partition("[")[2].removesuffix("]")
        whose = (page for page in PAGES if values == page or values.endswith(f"-{page}"))
        return max(whose, key=len, default=nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> PageByPage:
    """Have xdist distribute the tests page by page."""
    return PageByPage(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of page weights, whichever process measured them."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    rows = sorted(dict(r.user_properties)["weight"] for r in reports if r.user_properties)
    if rows:
        terminalreporter.section(
            "kB before a video is played, figures in double resolution"
        )
        for row in [HEADER, *rows]:
            terminalreporter.line("{:<28}{:>22}{:>12}{:>13}".format(*row))
