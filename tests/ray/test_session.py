"""A session starts the processes that trials need, and no others."""

import time

import numpy as np
import psutil
import pytest
from pbt_examples.toy import toy_param_space, toy_scheduler
from pbt_examples.tuning import ray_session, run_experiment
from toy_experiment import toy_with_fault


def title(process):
    try:
        return "".join(process.cmdline()[:1])
    except psutil.Error:  # it has just ended
        return ""


@pytest.fixture(scope="module")
def titles():
    """Return the titles of a new session's processes, of which one is a trial's.

    The session stays open for the tests of this file.
    """
    with ray_session(slots=2):
        import ray

        class Trial:
            def begin(self):
                return "begun"

        trial = ray.remote(Trial).remote()
        assert ray.get(trial.begin.remote(), timeout=60) == "begun"
        yield [title(each) for each in psutil.Process().children(recursive=True)]


def test_no_idle_worker_is_started_in_advance(titles):
    assert any(each.startswith("ray::Trial") for each in titles)
    assert "ray::IDLE" not in titles


def test_every_slot_has_a_process_even_if_an_interval_is_shorter_than_its_start(titles):
    run = run_experiment(
        toy_with_fault(lambda step: time.sleep(0.01)),
        toy_param_space(np.linspace(0, 1, 8)),
        scheduler=toy_scheduler(),
        iterations=8,
    )
    assert run.history["duration"].median() < 0.1
    assert run.history["pid"].nunique() == 2
