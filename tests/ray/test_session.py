"""A session starts the processes that trials need, and no others; tests share it."""

import pbt_examples  # noqa: F401  # before Ray, which it asks for a token
import psutil
import pytest
import ray
from pbt_examples.toy import toy_param_space, train_toy
from pbt_examples.tuning import run_experiment

pytestmark = pytest.mark.usefixtures("ray_with_2_slots")

KEPT = []


class Trial:
    def begin(self):
        return "begun"


def title(process):
    try:
        return "".join(process.cmdline()[:1])
    except psutil.Error:  # it has just ended
        return ""


def test_no_idle_worker_is_started_in_advance():
    options = {"iterations": 1, "hyperparameters": ["lr"]}
    run = run_experiment(train_toy, toy_param_space(), **options)
    assert not run.history.empty
    trial = ray.remote(Trial).remote()
    assert ray.get(trial.begin.remote(), timeout=60) == "begun"
    titles = [title(each) for each in psutil.Process().children(recursive=True)]
    assert any(each.startswith("ray::Trial") for each in titles)
    assert "ray::IDLE" not in titles


def test_a_slot_may_stay_taken():
    KEPT.append(ray.remote(num_cpus=1)(Trial).remote())
    assert ray.get(KEPT[0].begin.remote(), timeout=60) == "begun"
    assert ray.available_resources()["CPU"] == 1


def test_the_next_test_has_all_slots_all_the_same():
    assert KEPT
    assert ray.available_resources()["CPU"] == 2
