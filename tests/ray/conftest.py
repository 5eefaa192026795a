"""One Ray session for all tests of this folder, since starting Ray takes seconds."""

import pytest
from pbt_examples import ray_session


@pytest.fixture(scope="session")
def ray_with_4_slots():
    with ray_session(slots=4):
        yield
