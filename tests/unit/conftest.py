"""No figure of a test is open in the next one."""

import sys

import pytest


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:  # most tests draw nothing and do not import it
        sys.modules["matplotlib.pyplot"].close("all")
