"""Sessions that tests share have forks as workers."""

import os
import random

import numpy as np
import pbt_examples  # noqa: F401  # before Ray, which it asks for a token
import pytest
import ray

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")


@ray.remote(runtime_env={"env_vars": {"MARK": "of this actor"}})
class Worker:
    def describe(self):
        ref = ray.ObjectRef.from_random().hex()
        draws = random.random(), np.random.random(), ref  # noqa: NPY002
        return os.getpid(), os.getppid(), os.environ["MARK"], *draws


def test_a_worker_is_a_fork_with_an_environment_and_random_states_of_its_own(
    fork_server_pid,
):
    workers = [Worker.remote() for _ in range(2)]
    seen = ray.get([worker.describe.remote() for worker in workers], timeout=60)
    pids, parents, marks, *draws = zip(*seen, strict=True)
    assert len({*pids}) == 2
    assert {*parents} == {fork_server_pid}
    assert {*marks} == {"of this actor"}
    assert all(len({*drawn}) == 2 for drawn in draws)
