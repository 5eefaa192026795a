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
from visit import Visit, inspect, visit


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
    return functools.cache(lambda page: inspect(browser, f"{served}/{page}"))


@pytest.fixture(scope="session")
def read_offline(browser: Browser, unpacked: str) -> Callable[[str], Visit]:
    """Return a function that visits a page in the unpacked folder, once."""
    return functools.cache(lambda page: visit(browser, f"{unpacked}/{page}"))
