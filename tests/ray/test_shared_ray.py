"""No test depends on what another has left in the Ray session that they share."""

from pathlib import Path

import pytest
import ray
from pbt_examples.toy import toy_param_space, train_toy
from pbt_examples.tuning import run_experiment

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")

KEPT = []


@ray.remote(num_cpus=1)
class Kept:
    def answer(self):
        return "here"


def test_a_run_leaves_files_in_the_session(experiments_folder):
    run_experiment(train_toy, toy_param_space(), iterations=1, hyperparameters=["lr"])
    assert [*Path(experiments_folder).iterdir()]
    KEPT.append(experiments_folder)


def test_the_next_test_does_not_find_them(experiments_folder):
    assert [experiments_folder] == KEPT
    assert not Path(experiments_folder).exists()


def test_a_slot_may_stay_taken():
    KEPT.append(Kept.remote())
    assert ray.get(KEPT[-1].answer.remote(), timeout=60) == "here"
    assert not ray.available_resources().get("CPU")


def test_the_next_test_has_all_slots_all_the_same():
    assert len(KEPT) == 2
    assert ray.available_resources()["CPU"] == 1
