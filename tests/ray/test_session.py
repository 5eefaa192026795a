"""A session starts the processes that trials need, and no others."""

import psutil
import pytest
from pbt_examples.toy import toy_param_space, train_toy
from pbt_examples.tuning import run_experiment


def title(process):
    try:
        return "".join(process.cmdline()[:1])
    except psutil.Error:  # it has just ended
        return ""


@pytest.mark.usefixtures("ray_with_2_slots")
def test_no_idle_worker_is_started_in_advance():
    options = {"iterations": 1, "hyperparameters": ["lr"]}
    run = run_experiment(train_toy, toy_param_space(), **options)
    titles = map(title, psutil.Process().children(recursive=True))
    workers = {each for each in titles if each.startswith("ray::")}
    assert not run.history.empty
    assert workers  # otherwise Ray has renamed its processes
    assert "ray::IDLE" not in workers
