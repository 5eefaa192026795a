"""No figure of a test is open in the next one; many reports need none."""

import sys

import pytest


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:  # most tests draw nothing and do not import it
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def without_pictures(monkeypatch):
    """Write reports without their figures, which take most of the time.

    For tests of words and files; `test_report.py` and `test_cases.py` draw them.
    """
    from pbt_examples.report import page  # not every test needs pandas

    monkeypatch.setattr(page, "pictures", lambda run: [("The run", "")])
