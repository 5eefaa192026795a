"""A Ray session for each file that asks for one.

Starting one takes seconds, too long for each test. But no file may depend on what another
left in Ray: once, slots stayed taken, and later runs that need all of them got none.

Its slots cost time. The steps of the toy are so short that one process does nearly all the
work, but Ray starts one for every slot that a trial could have, in vain: with one slot a
run takes half as long.
"""

import pytest


def ray_with(slots):
    @pytest.fixture(scope="module")
    def session():
        from pbt_examples.tuning import ray_session  # not every session installs it

        with ray_session(slots=slots):
            yield

    return session


ray_with_1_slot = ray_with(1)
ray_with_2_slots = ray_with(2)
ray_with_4_slots = ray_with(4)
