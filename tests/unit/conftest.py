"""A sample of examples; no figure open in the next test; many reports without figures."""

import sys

import pytest
from hypothesis import settings

# The same examples each time, so a third of them; `nox -s fuzz` tries as many new ones as
# Hypothesis does by itself.
settings.register_profile("ci", settings.get_profile("ci"), max_examples=30)


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
