"""A Ray session for each file of this folder.

Starting one takes seconds, too long for each test. But no file may depend on what another
left in Ray: once, slots stayed taken, and later runs that need all of them got none.
"""

import pytest
from pbt_examples import ray_session


@pytest.fixture(scope="module")
def ray_with_4_slots():
    with ray_session(slots=4):
        yield
