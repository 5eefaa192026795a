"""The private names of Ray's that the project relies on still mean what they meant."""

import inspect
import re
from pathlib import Path

import pbt_examples
import pytest
from ray.tune.execution.tune_controller import TuneController
from ray.tune.experiment import Trial
from ray.tune.schedulers import PopulationBasedTraining
from ray.tune.schedulers.pbt import _PBTTrialState
from ray.tune.search.basic_variant import BasicVariantGenerator
from ray.tune.utils.object_cache import _ObjectCache

SCHEDULER = {
    "_burn_in_period",
    "_hyperparam_mutations",
    "_metric",
    "_next_perturbation_sync",
    "_perturbation_interval",
    "_quantile_fraction",
    "_resample_probability",
    "_synch",
    "_time_attr",
    "_trial_state",
}
OURS = ("scheduler", "variations", "warm")
CONTROLLER = {"_actor_cache", "_resetting_trials"}


@pytest.fixture(scope="module")
def scheduler():
    return PopulationBasedTraining(hyperparam_mutations={"lr": [1, 2]})


@pytest.mark.parametrize("name", sorted(SCHEDULER))
def test_the_scheduler_keeps_its_settings_under_this_name(scheduler, name):
    assert name in vars(scheduler)


@pytest.mark.parametrize("name", sorted(CONTROLLER))
def test_the_controller_keeps_its_state_under_this_name(name):
    assert f"self.{name} = " in re.sub(
        r"(self\.\w+): [^=]+ =", r"\1 =", inspect.getsource(TuneController.__init__)
    )


@pytest.mark.parametrize(
    "name",
    [
        "last_checkpoint",
        "last_perturbation_time",
        "last_result",
        "last_score",
        "last_train_time",
    ],
)
def test_the_state_of_a_trial_has(name):
    assert name in inspect.getsource(_PBTTrialState)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (
            PopulationBasedTraining._checkpoint_or_exploit,
            ["trial", "tune_controller", "upper_quantile", "lower_quantile"],
        ),
        (PopulationBasedTraining._exploit, ["tune_controller", "trial", "trial_to_clone"]),
        (PopulationBasedTraining._get_new_config, ["trial", "trial_to_clone"]),
        (
            PopulationBasedTraining._save_trial_state,
            ["state", "time", "result", "trial"],
        ),
        (PopulationBasedTraining.on_trial_add, ["tune_controller", "trial"]),
        (PopulationBasedTraining.on_trial_error, ["tune_controller", "trial"]),
        (PopulationBasedTraining.on_trial_result, ["tune_controller", "trial", "result"]),
        (PopulationBasedTraining.choose_trial_to_run, ["tune_controller"]),
        (TuneController._mark_trial_to_checkpoint, ["trial"]),
        (TuneController._set_trial_status, ["trial", "status"]),
        (_ObjectCache.increase_max, ["key", "by"]),
    ],
)
def test_a_method_takes(method, parameters):
    assert list(inspect.signature(method).parameters) == ["self", *parameters]


def test_the_variant_generator_knows_which_trials_live():
    assert BasicVariantGenerator()._live_trials == set()


def test_a_trial_counts_its_failures():
    assert Trial("name", stub=True).run_metadata.num_failures == 0


def test_no_other_private_name_is_used(scheduler):
    ours = Path(pbt_examples.__file__).parent
    source = "".join((ours / f"{file}.py").read_text() for file in OURS)
    used = set(re.findall(r"\b(?:self|super\(\)|tune_controller)\.(_[a-z]\w*)", source))
    theirs = {*vars(scheduler), *dir(PopulationBasedTraining), *dir(BasicVariantGenerator)}
    theirs |= set(re.findall(r"self\.(_\w+)", inspect.getsource(TuneController)))
    methods = {
        "_mark_trial_to_checkpoint",
        "_exploit",
        "_get_new_config",
        "_save_trial_state",
        "_set_trial_status",
    }
    assert used & theirs == SCHEDULER | CONTROLLER | methods | {"_live_trials"}
