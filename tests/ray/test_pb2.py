"""PB2 explores with a model, and is seeded, recorded and crash-proof like our PBT."""

import os

import pytest
from pbt_examples import same_history
from pbt_examples.quadratic import STEPS, quadratic_param_space, train_quadratic
from pbt_examples.quadratic.moments import LR_RANGE
from pbt_examples.record import schedule_table
from pbt_examples.tuning import PB2, Population, run_experiment, run_populations
from ray import tune
from ray.tune.schedulers.pb2 import PB2 as RayPB2  # noqa: N811
from toy_experiment import needing

pytestmark = pytest.mark.usefixtures("ray_with_2_slots")

INTERVAL, TRIALS = 25, 4
ONE_SLOT = needing(train_quadratic, cpus=2)


def pb2(**changes):
    settings = {
        "time_attr": "training_iteration",
        "perturbation_interval": 1,
        "hyperparam_bounds": {"lr": list(LR_RANGE)},
        "synch": True,
        "log_config": False,
    }
    return PB2(**settings | changes)


SPACE = quadratic_param_space(interval=INTERVAL, trials=TRIALS)
GOAL = {"iterations": STEPS // INTERVAL, "metric": "loss", "mode": "min"}


def search(trainable):
    return run_experiment(trainable, SPACE, scheduler=pb2(), **GOAL)


@pytest.fixture(scope="module")
def scheduler():
    return pb2()


@pytest.fixture(scope="module")
def runs(ray_with_2_slots, scheduler):
    schedulers = {"plain": scheduler, "seed 1": pb2(seed=1)}
    populations = {name: Population(SPACE, one) for name, one in schedulers.items()}
    return run_populations(ONE_SLOT, populations, **GOAL)


@pytest.fixture(scope="module")
def run(runs):
    return runs["plain"]


def test_a_change_by_the_model_has_its_operation(run):
    asked = run.exploits["lr_operation"] == "model"
    assert len(run.exploits) == STEPS // INTERVAL - 1
    # After one report no trial has improved yet, and the model has nothing to learn from.
    assert not asked.iloc[0]
    assert asked.sum() >= 4
    kept = run.exploits[~asked]
    assert (kept["lr_operation"] == "").all()
    assert (kept["lr_new"] == kept["lr_donor"]).all()
    assert (run.exploits["lr_new"] != run.exploits["lr_donor"])[asked].all()
    assert run.exploits["lr_new"][asked].between(LR_RANGE[0], LR_RANGE[1] + 1e-6).all()
    assert "resample" not in schedule_table(run).to_string()


def test_the_data_of_the_model_are_kept(run, scheduler):
    asked = run.exploits.index[run.exploits["lr_operation"] == "model"]
    assert list(scheduler.asked) == list(asked)
    for place, data in scheduler.asked.items():
        iteration = run.exploits["iteration"][place]
        reports = run.history[run.history["iteration"] <= iteration]
        assert set(-data["Reward"]) == set(reports["loss"])
        assert data["Time"].is_monotonic_increasing
        assert not data.duplicated().any()


def test_the_bits_do_not_depend_on_the_number_of_slots(run):
    assert same_history(run, search(train_quadratic))


def test_another_seed_gives_another_run(run, runs):
    assert not same_history(run, runs["seed 1"])


def test_a_killed_worker_changes_no_bit(run, tmp_path):
    def fragile(config):
        mark = tmp_path / f"{tune.get_context().get_trial_id()}-{config['lr']}"
        if tune.get_checkpoint() and len(os.listdir(tmp_path)) < 3 and not mark.exists():
            mark.touch()
            os._exit(1)
        train_quadratic(config)

    disturbed = search(needing(fragile, cpus=2))
    assert (disturbed.events["event"] == "fail").sum() == 3
    assert same_history(run, disturbed)


def test_pb2_is_rays_scheduler_and_its_settings_are_recorded(run):
    assert issubclass(PB2, RayPB2)
    assert run.info.domains == {"lr": LR_RANGE}
    assert run.info.seed == 0


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"seed": -1}, ValueError, "seed must be between 0 and .*, got -1"),
        ({"quantile_fraction": 0.7}, ValueError, "quantile_fraction must be between"),
        ({"hyperparam_bounds": {"lr": [2, 1]}}, ValueError, "low <= high"),
    ],
)
def test_wrong_settings_are_refused(changes, error, message):
    with pytest.raises(error, match=message):
        pb2(**changes)
