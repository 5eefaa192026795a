"""The network on the digits gives the same bits with any slots, whichever workers die."""

import os
from pathlib import Path

import pytest
from forked_workers import import_for_workers
from pbt_examples import same_history
from pbt_examples.digits import (
    digits_accuracy,
    digits_param_space,
    digits_scheduler,
    digits_split,
    retrain_digits,
    train_digits,
)
from pbt_examples.digits.network import HYPERPARAMETERS, train_iteration
from pbt_examples.digits.settings import INTERVAL
from pbt_examples.tuning import run_experiment
from ray import tune
from ray.tune.trainable import wrap_function
from threadpoolctl import ThreadpoolController
from toy_experiment import needing

pytestmark = pytest.mark.usefixtures("ray_with_4_slots")

ITERATIONS = 4


def watched():
    """Return the trainable, which also reports the number of threads it computes in."""

    class Watched(wrap_function(train_digits)):
        def step(self):
            result = super().step()
            libraries = ThreadpoolController().select(user_api="blas").info()
            return result | {"threads": max(each["num_threads"] for each in libraries)}

    return Watched


def small_run(trainable=None, *, slots=2):
    return run_experiment(
        needing(trainable or watched(), cpus=4 / slots),
        digits_param_space(seed=0) | {"seed": tune.grid_search([0, 1, 2, 3])},
        scheduler=digits_scheduler(seed=0),
        iterations=ITERATIONS,
        metric="accuracy",
    )


@pytest.fixture(scope="module", autouse=True)
def digits_in_workers(ray_with_4_slots):
    import_for_workers("pbt_examples.digits.trainable")  # and scikit-learn


@pytest.fixture(scope="module")
def run(ray_with_4_slots):
    return small_run()


@pytest.fixture(scope="module")
def run_on_one_slot(ray_with_4_slots):
    return small_run(slots=1)


def test_slots_do_not_change_a_bit(run, run_on_one_slot):
    assert len(run.exploits) == ITERATIONS / INTERVAL - 1
    assert same_history(run, run_on_one_slot)


def test_a_killed_worker_does_not_change_a_bit(run, tmp_path):
    def mortal(folder):
        class Mortal(watched()):
            def step(self):
                died = Path(folder, self.trial_id)
                if self.iteration == 3 and not died.exists():
                    died.touch()
                    os._exit(1)
                return super().step()

        return Mortal

    killed = small_run(mortal(str(tmp_path)))
    assert len(list(tmp_path.iterdir())) == 4
    assert (killed.events["event"] == "fail").sum() == 4
    assert same_history(run, killed)


def test_every_final_state_can_be_trained_again_from_its_record(run):
    assert any(run.ancestry(trial)["segment"].max() > 0 for trial in run.trials)
    for trial in run.trials:
        way = run.ancestry(trial)
        assert list(way["iteration"]) == list(range(1, ITERATIONS + 1))
        (seed,) = way["seed"].unique()  # the weights and the seed have moved together
        last = way.iloc[-1]
        h = {name: last[name] for name in HYPERPARAMETERS}
        state, loss = train_iteration(retrain_digits(way[:-1], seed=seed), **h, seed=seed)
        assert loss == last["loss"]
        assert digits_accuracy(state.theta, digits_split().validation) == last["accuracy"]


def test_a_trial_computes_in_one_thread_even_with_several_cores(run_on_one_slot):
    assert (run_on_one_slot.history["threads"] == 1).all()
