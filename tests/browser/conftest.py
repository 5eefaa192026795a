"""What these tests share: a browser, and the site over HTTP and in a folder."""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Callable, Iterator

import pytest
from built_site import SITE
from chromium import start
from playwright.sync_api import Browser
from serving import serve
from visit import Reader, Visit

HEADER = ("page", "as sent, compressed", "as files", "its videos")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run one browser for all tests."""
    with start() as running:
        yield running


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
    return functools.cache(lambda page: reader.inspect(f"{served}/{page}"))


@pytest.fixture(scope="session")
def read_offline(browser: Browser, unpacked: str) -> Callable[[str], Visit]:
    """Return a function that visits a page in the unpacked folder, once."""
    reader = Reader(browser)
    return functools.cache(lambda page: reader.visit(f"{unpacked}/{page}"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a page together, so that one process visits it for all of them."""
    for item in items:
        page = getattr(item, "callspec", None) and item.callspec.params.get("page")
        item.add_marker(pytest.mark.xdist_group(page or item.name))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of weights, whichever process has measured them."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    rows = sorted(dict(r.user_properties)["weight"] for r in reports if r.user_properties)
    if rows:
        terminalreporter.section(
            "kB before a video is played, figures in double resolution"
        )
        for row in [HEADER, *rows]:
            terminalreporter.line("{:<28}{:>22}{:>12}{:>13}".format(*row))
