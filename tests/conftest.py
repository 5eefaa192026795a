"""A Ray session for the files that ask for one; each process has one at a time.

Starting one takes seconds, so files that need the same number of slots run one after the
other and share it. But no file may depend on what another left in Ray: slots once stayed
occupied, and later runs that need all of them could not start. So a file gets a new session
unless all slots are free.

Slots cost time. The steps of the toy are so short that one process does nearly all the
work, but Ray starts a process for every slot that a trial could use. With one slot, a run
takes half as long.
"""

import time
from contextlib import ExitStack

import pytest

ASKING = {"ray_with_4_slots": 4, "ray_with_2_slots": 2, "ray_with_1_slot": 1}
SLOTS = {}
"""The slots that each file asks for, if any."""


def pytest_collection_modifyitems(items):
    for item in items:
        asked = [slots for name, slots in ASKING.items() if name in item.fixturenames]
        SLOTS[item.path] = max(SLOTS.get(item.path, 0), *asked, 0)
    # Slow files come first; short ones fill the gaps at the end.
    items.sort(key=lambda item: -SLOTS[item.path])


class SharedRay:
    def __init__(self):
        self.session, self.slots = ExitStack(), 0

    def use(self, slots):
        if slots and slots == self.slots and all_free(slots):
            return
        self.session.close()
        self.slots = slots
        if slots:
            from pbt_examples.tuning import ray_session  # not every nox session has Ray

            self.session.enter_context(ray_session(slots=slots))


def all_free(slots):
    """Return whether all slots are free, waiting up to two seconds for it."""
    import ray

    for _ in range(20):
        if ray.is_initialized() and ray.available_resources().get("CPU") == slots:
            return True
        time.sleep(0.1)
    return False


RAY = SharedRay()


@pytest.fixture(scope="module", autouse=True)
def shared_ray(request):
    RAY.use(SLOTS[request.path])


def pytest_sessionfinish():
    RAY.use(0)


@pytest.fixture(scope="module")
def ray_with_1_slot(shared_ray):
    pass


@pytest.fixture(scope="module")
def ray_with_2_slots(shared_ray):
    pass


@pytest.fixture(scope="module")
def ray_with_4_slots(shared_ray):
    pass
