"""The guard notices a ratio that collapses, and a profile adds up to the whole."""

import importlib.util
import math

import pytest

from benchmarks.guard import LIMITS, collapsed
from benchmarks.stacks import parts_of

GOOD = {"fit": 30.0, "whole script": 10.0}

DRIVER = 'process 1:"python";thread (1): MainThread;TuneController.step (ray/tune/x.py:1);'
WORKER = "thread (2): MainThread;<module> (ray/_private/workers/default_worker.py:1);"
MAIN_LOOP = "Worker.main_loop (ray/_private/worker.py:1)"
TRAINING = "thread (3): Thread-1;train_toy (pbt_examples/toy/trainable.py:1)"
REPORT = f"{TRAINING};_TrainSession.report (ray/train/session.py:1)"


def test_ratios_within_their_limits_pass():
    assert collapsed("experiment", GOOD) == []


@pytest.mark.parametrize("value", [1.1, 0.0, math.nan])
def test_a_ratio_that_fell_too_far_is_named(value):
    [sentence] = collapsed("experiment", GOOD | {"fit": value})
    assert sentence.startswith(f"experiment: fit is {value:.3g}")


def test_a_cost_that_grew_too_much_is_named():
    good = {"time": 9.0, "bytes": 9.0, "difference": 0.5}
    assert collapsed("animation", good) == []
    [sentence] = collapsed("animation", good | {"difference": 80.0})
    assert "difference is 80" in sentence


def test_a_ratio_that_was_not_measured_is_an_error():
    with pytest.raises(KeyError, match="whole script"):
        collapsed("experiment", {"fit": 30.0})


def test_every_limit_belongs_to_a_benchmark():
    for name in LIMITS:
        assert importlib.util.find_spec(f"benchmarks.{name}")


def test_the_time_of_a_report_is_split_into_shares_that_add_up_to_one():
    stacks = {
        f"{DRIVER}wait (ray/_private/worker.py:1)": 60,
        f"{DRIVER}ActorMethod.remote (ray/actor.py:1)": 20,
        f"{DRIVER}Recorder.on_trial_result (pbt_examples/tuning/recorder.py:1)": 1,
        f"{DRIVER}decide (pbt_examples/tuning/scheduler.py:1);g (random.py:1)": 4,
        f"{DRIVER}TuneController.checkpoint (ray/tune/x.py:2)": 15,
        f"{WORKER}{MAIN_LOOP}": 70,
        f"{WORKER}{MAIN_LOOP};Trainable.train (ray/tune/t.py:1)": 30,
        f"{REPORT};StorageContext.persist_current_checkpoint (ray/train/s.py:1)": 8,
        f"{REPORT};Condition.wait (threading.py:1)": 90,
        TRAINING: 2,
        'process 9:"raylet default_worker.py";thread (9): MainThread;f (agent.py:1)': 100,
    }
    parts = parts_of(f"{stack} {count}" for stack, count in stacks.items())
    assert sum(parts.values()) == pytest.approx(1)
    assert parts == pytest.approx(
        {
            "Ray Tune's loop": 0.15,
            "calls of Ray's core": 0.20,
            "scheduler": 0.04,
            "our callbacks": 0.01,
            "checkpoint": 0.08,
            "trainable": 0.02,
            "Ray in the worker": 0.20,
            "messages": 0.30,
        }
    )
