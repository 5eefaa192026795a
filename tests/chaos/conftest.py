"""Every test here is slow: `nox -s chaos` runs them, `nox -s tests` does not."""

from pathlib import Path

import pytest
from loopback import python_without_the_project


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory):
    return python_without_the_project(tmp_path_factory.mktemp("bare"))
