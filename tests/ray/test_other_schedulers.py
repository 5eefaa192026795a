"""Ray's own schedulers and trainables of any form are recorded without changing them."""

import json

import pytest
from pbt_examples.toy import oracle_error, toy_param_space, train_toy
from pbt_examples.tuning import (
    PopulationBasedTraining,
    RunFailedError,
    run_experiment,
    scheduler,
)
from ray import tune
from ray.tune.schedulers import AsyncHyperBandScheduler
from ray.tune.schedulers import PopulationBasedTraining as RayPBT
from ray.tune.schedulers.pb2 import PB2
from ray_releases import PB2_NEEDS_GPY

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")

SYNCH = {"time_attr": "training_iteration", "perturbation_interval": 4, "synch": True}
TUNED = {"h0": tune.uniform(0, 1), "h1": tune.uniform(0, 1)}


def test_the_exploits_of_rays_own_scheduler_are_recorded_as_it_decides_them(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PBT_EXAMPLES_STORAGE", str(tmp_path))
    theirs = RayPBT(**SYNCH, hyperparam_mutations=TUNED, quantile_fraction=0.5)
    run = run_experiment(train_toy, toy_param_space(), scheduler=theirs, iterations=14)
    [log] = tmp_path.glob("*/pbt_global.txt")
    logged = [json.loads(line)[5] for line in log.read_text().splitlines()]
    assert len(logged) == len(run.exploits) > 0
    for name in TUNED:
        assert [config[name] for config in logged] == list(run.exploits[f"{name}_new"])
    assert oracle_error(run) == 0
    assert run.info.seed is None
    [note] = run.info.notes
    assert "same seed may give another history" in note


@pytest.mark.skipif(PB2_NEEDS_GPY, reason="before Ray 2.53, PB2 needs GPy")
def test_the_exploits_of_pb2_are_recorded():
    theirs = PB2(**SYNCH, hyperparam_bounds={"h0": [0, 1], "h1": [0, 1]})
    run = run_experiment(train_toy, toy_param_space(), scheduler=theirs, iterations=10)
    assert len(run.exploits) > 0
    assert run.info.domains == {"h0": (0, 1), "h1": (0, 1)}
    assert oracle_error(run) == 0
    assert "PB2" in run.info.notes[0]


def test_a_scheduler_without_exploits_has_none_in_its_record():
    run = run_experiment(
        train_toy,
        toy_param_space(),
        scheduler=AsyncHyperBandScheduler(),
        iterations=3,
        hyperparameters=["h0"],
    )
    assert len(run.exploits) == 0
    assert run.info.notes == ()


def make_algorithm():
    class Algorithm(tune.Trainable):
        """Like an RLlib algorithm: nested metrics, and no ``reset_config``."""

        def setup(self, config):
            self.returned = 0.0

        def step(self):
            self.returned += self.config["lr"]
            return {"env_runners": {"episode_return_mean": self.returned}}

        def save_checkpoint(self, folder):
            return {"returned": self.returned}

        def load_checkpoint(self, checkpoint):
            self.returned = checkpoint["returned"]

    return Algorithm


Algorithm = make_algorithm()  # within a function, so that a worker need not import it


@pytest.mark.parametrize("by_name", [True, False])
def test_a_class_can_be_trained_by_its_name(by_name):
    tune.register_trainable("an_algorithm", Algorithm)
    run = run_experiment(
        "an_algorithm" if by_name else Algorithm,
        {"lr": tune.grid_search([0.1, 0.2])},
        scheduler=PopulationBasedTraining(
            **SYNCH, hyperparam_mutations={"lr": tune.uniform(0, 1)}, quantile_fraction=0.5
        ),
        metric="env_runners/episode_return_mean",
        iterations=5,
    )
    assert run.history.groupby("trial")["iteration"].max().tolist() == [5, 5]
    [exploit] = run.exploits.to_dict("records")
    assert (exploit["target"], exploit["donor"]) == (0, 1)
    assert run.of_trial(0)[run.metric].iloc[-1] == pytest.approx(0.8 + exploit["lr_new"])


def test_a_run_does_not_wait_for_missing_resources(monkeypatch):
    monkeypatch.setattr(scheduler, "SECONDS_WITHOUT_RESOURCES", 0.5)
    greedy = tune.with_resources(
        Algorithm, lambda config: {"cpu": 1 if config["lr"] < 0.15 else 64}
    )
    # Ray counts the three that conftest.py has reserved.
    with pytest.raises(RunFailedError, match=r"asks for 64 CPU of 4 that the cluster"):
        run_experiment(
            greedy,
            {"lr": tune.grid_search([0.1, 0.2])},
            scheduler=PopulationBasedTraining(
                **SYNCH, hyperparam_mutations={"lr": tune.uniform(0, 1)}
            ),
            metric="env_runners/episode_return_mean",
            iterations=5,
        )


def test_an_integer_start_gives_a_warning_before_the_run():
    space = toy_param_space() | {"h0": 1, "h1": 0.5}
    ours = PopulationBasedTraining(**SYNCH, hyperparam_mutations=TUNED)
    with pytest.warns(UserWarning, match="'h0' starts at the integer 1"):
        run_experiment(train_toy, space, scheduler=ours, iterations=1)
