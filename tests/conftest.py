"""A Ray session for the files that ask for one; each process has one at a time.

Starting one takes seconds, so all files share it. A file that asks for fewer slots than
it has gets the rest reserved, as if they were not there. Its workers are forks, which
start in a tenth of the time (see `forked_workers.py`).

No test may depend on what another left in Ray. If Tune removes a placement group in the
milliseconds in which Ray reserves its slots, Ray keeps them reserved, and the next run that
needs all slots waits for ever. So a test gets a new session unless all slots are free. And
Ray collects an experiment's files in a folder of the session, named by the experiment and
the second in which it starts: another one of that name in that second adds to the same log
of exploits. So that folder is removed before each test.

Slots cost time. The steps of the toy are so short that one process does nearly all the
work, but Ray starts a process for every slot that a trial could use. With one slot, a run
takes half as long.
"""

import gc
import shutil
import time
import warnings
from contextlib import ExitStack

import pytest
from few_services import few_services
from forked_workers import fork_server, forked_workers

ASKING = {"ray_with_4_slots": 4, "ray_with_2_slots": 2, "ray_with_1_slot": 1}
MOST = max(ASKING.values())
SLOTS = {}
"""The slots that each file asks for, if any."""


def pytest_collection_modifyitems(items):
    for item in items:
        asked = [slots for name, slots in ASKING.items() if name in item.fixturenames]
        SLOTS[item.path] = max(SLOTS.get(item.path, 0), *asked, 0)
    # Slow files come first; short ones fill the gaps at the end.
    items.sort(key=lambda item: -SLOTS[item.path])


def pytest_collection_finish():
    # The modules and the tests stay. Each full garbage collection would look at all of
    # them, which took a tenth of the time.
    gc.collect()
    gc.freeze()


class SharedRay:
    def __init__(self):
        self.session, self.slots, self.reserved = ExitStack(), 0, None
        self.server, self.pid = ExitStack(), None

    def use(self, slots):
        if slots and self.slots and self.offer(slots):
            shutil.rmtree(experiments_of_session(), ignore_errors=True)
            return
        if self.slots:
            self.close()
        if slots:
            from pbt_examples.tuning import ray_session  # not every nox session has Ray

            if self.pid is None:
                self.pid = self.server.enter_context(fork_server())
            with forked_workers(), few_services():
                self.session.enter_context(ray_session(slots=MOST))
            self.slots = MOST
            assert self.offer(slots)

    def close(self):
        self.session.close()
        self.slots, self.reserved = 0, None
        # Ray's loggers leave files open. Found later, they would fail a test that allows no
        # warnings.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gc.collect()

    def offer(self, slots):
        """Reserve all slots but this many; return whether these are free."""
        if not all_free(self.slots):
            return False
        if slots != self.slots:
            from ray.util import placement_group, remove_placement_group

            if self.reserved is not None:
                remove_placement_group(self.reserved)
            rest = MOST - slots
            self.reserved = placement_group([{"CPU": rest}]) if rest else None
            if rest:
                self.reserved.wait(60)
            self.slots = slots
        return all_free(slots)


def all_free(slots):
    """Return whether all slots are free, waiting up to two seconds for it."""
    import ray

    for _ in range(20):
        if ray.is_initialized() and ray.available_resources().get("CPU") == slots:
            return True
        time.sleep(0.1)
    return False


def experiments_of_session():
    from ray.train.constants import _get_ray_train_session_dir

    return _get_ray_train_session_dir()


RAY = SharedRay()


@pytest.hookimpl(tryfirst=True)  # before the fixtures of a file, which run experiments
def pytest_runtest_setup(item):
    RAY.use(SLOTS[item.path])


def pytest_sessionfinish():
    RAY.use(0)
    RAY.server.close()


@pytest.fixture
def experiments_folder():
    return experiments_of_session()


@pytest.fixture
def fork_server_pid():
    return RAY.pid


@pytest.fixture(scope="module")
def ray_with_1_slot():
    pass


@pytest.fixture(scope="module")
def ray_with_2_slots():
    pass


@pytest.fixture(scope="module")
def ray_with_4_slots():
    pass
