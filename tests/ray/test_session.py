"""A session starts the processes that trials need, and no others."""

import pbt_examples  # noqa: F401  # before Ray, which it asks for a token
import psutil
import pytest
import ray


def title(process):
    try:
        return "".join(process.cmdline()[:1])
    except psutil.Error:  # it has just ended
        return ""


@pytest.mark.usefixtures("ray_with_2_slots")
def test_no_idle_worker_is_started_in_advance():
    class Trial:
        def begin(self):
            return "begun"

    trial = ray.remote(Trial).remote()
    assert ray.get(trial.begin.remote(), timeout=60) == "begun"
    titles = [title(each) for each in psutil.Process().children(recursive=True)]
    assert any(each.startswith("ray::Trial") for each in titles)
    assert "ray::IDLE" not in titles
