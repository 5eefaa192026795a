"""Undocumented names of Ray that the project uses still mean the same."""

import ast
import inspect
import re
from pathlib import Path

import pytest
import ray.tune
from pbt_examples import tuning
from ray._raylet import AuthenticationMode, get_authentication_mode
from ray.tune.execution.tune_controller import TuneController
from ray.tune.experiment import Trial
from ray.tune.registry import get_trainable_cls
from ray.tune.result import AUTO_RESULT_KEYS
from ray.tune.schedulers import PopulationBasedTraining
from ray.tune.schedulers.pb2 import PB2
from ray.tune.schedulers.pbt import _PBTTrialState
from ray.tune.search.basic_variant import BasicVariantGenerator
from ray.tune.search.sample import Float
from ray.tune.trainable import wrap_function
from ray.tune.utils.object_cache import _ObjectCache
from ray.tune.utils.util import merge_dicts, unflatten_dict

ATTRIBUTES = {
    "scheduler": {
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
    },
    "controller": {"_actor_cache", "_resetting_trials"},
    "generator": {"_live_trials", "_random_state"},
    "pb2": {"_hyperparam_bounds_flat", "current", "data", "last_exploration_time"},
}
METHODS = {
    PopulationBasedTraining._checkpoint_or_exploit: [
        "trial", "tune_controller", "upper_quantile", "lower_quantile",
    ],
    PopulationBasedTraining._exploit: ["tune_controller", "trial", "trial_to_clone"],
    PopulationBasedTraining._get_new_config: ["trial", "trial_to_clone"],
    PopulationBasedTraining._quantiles: [],
    PopulationBasedTraining._save_trial_state: ["state", "time", "result", "trial"],
    PopulationBasedTraining.on_trial_add: ["tune_controller", "trial"],
    PopulationBasedTraining.on_trial_error: ["tune_controller", "trial"],
    PopulationBasedTraining.on_trial_result: ["tune_controller", "trial", "result"],
    PopulationBasedTraining.choose_trial_to_run: ["tune_controller"],
    TuneController._mark_trial_to_checkpoint: ["trial"],
    TuneController._set_trial_status: ["trial", "status"],
    _ObjectCache.decrease_max: ["key", "by"],
    _ObjectCache.has_cached_object: ["key"],
    _ObjectCache.increase_max: ["key", "by"],
}  # fmt: skip
"""What a method takes after ``self``."""

UNDOCUMENTED = {
    "ray._raylet.AuthenticationMode",
    "ray._raylet.get_authentication_mode",
    "ray.tune.registry.get_trainable_cls",
    "ray.tune.result.AUTO_RESULT_KEYS",
    "ray.tune.schedulers.pb2.PB2",
    "ray.tune.schedulers.pb2_utils.TV_SquaredExp",
    "ray.tune.schedulers.pb2_utils.UCB",
    "ray.tune.schedulers.pb2_utils.normalize",
    "ray.tune.schedulers.pb2_utils.standardize",
    "ray.tune.search.sample.Float",
    "ray.tune.search.sample.Function",
    "ray.tune.trainable.wrap_function",
    "ray.tune.utils.util.merge_dicts",
    "ray.tune.utils.util.unflatten_dict",
}
"""Helpers that the room imports from Ray modules without a page in Ray's documentation."""

DOCUMENTED = {
    "ray", "ray.tune", "ray.tune.experiment", "ray.tune.schedulers",
    "ray.tune.search.basic_variant",
}  # fmt: skip

COINCIDENCE = {"_mode"}
"""Attribute names that our own callbacks and Ray's classes share."""


@pytest.fixture(scope="module")
def attributes():
    source = inspect.getsource(TuneController.__init__)
    return {
        "scheduler": {*vars(PopulationBasedTraining(hyperparam_mutations={"a": [1, 2]}))},
        "controller": set(re.findall(r"self\.(_\w+)(?:: [^=]+)? = ", source)),
        "generator": {*vars(BasicVariantGenerator())},
        "pb2": set(re.findall(r"self\.(\w+)(?:: [^=]+)? = ", inspect.getsource(PB2))),
    }


@pytest.mark.parametrize(("owner", "names"), ATTRIBUTES.items())
def test_ray_keeps_its_state_under_these_names(attributes, owner, names):
    assert names <= attributes[owner]


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
    METHODS.items(),
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_method_takes(method, parameters):
    assert list(inspect.signature(method).parameters) == ["self", *parameters]


def test_a_trial_counts_its_failures():
    assert Trial("name", stub=True).run_metadata.num_failures == 0


def test_ray_knows_whether_it_asks_for_a_token():
    assert get_authentication_mode() in {
        AuthenticationMode.DISABLED,
        AuthenticationMode.TOKEN,
    }


def test_the_generator_knows_how_many_trials_there_may_be():
    generator = BasicVariantGenerator(max_concurrent=3)
    assert (generator.max_concurrent, generator.total_samples) == (3, 0)


def test_the_settings_are_those_of_ray_and_a_seed():
    ours = dict(inspect.signature(tuning.PopulationBasedTraining).parameters)
    theirs = inspect.signature(PopulationBasedTraining).parameters
    assert ours.pop("seed").default == 0
    assert [*ours] == [*theirs]
    assert [ours[name].default for name in ours] == [
        each.default for each in theirs.values()
    ]


def test_helpers_do_what_they_did():
    assert {"training_iteration", "time_total_s", "pid", "config"} <= {*AUTO_RESULT_KEYS}
    assert merge_dicts({"a": {"b": 1}, "c": 2}, {"a": {"d": 3}}) == {
        "a": {"b": 1, "d": 3},
        "c": 2,
    }
    assert unflatten_dict({"a/b": 1}, delimiter="/") == {"a": {"b": 1}}
    assert issubclass(wrap_function(lambda config: None), ray.tune.Trainable)
    ray.tune.register_trainable("ours", ray.tune.Trainable)
    assert get_trainable_cls("ours") is ray.tune.Trainable
    assert isinstance(ray.tune.qloguniform(0.1, 1, 0.1), Float)
    assert not isinstance(ray.tune.randint(1, 3), Float)


@pytest.fixture(scope="module")
def syntax():
    """All nodes of the syntax trees of the room's modules."""
    modules = Path(tuning.__file__).parent.glob("*.py")
    return [node for module in modules for node in ast.walk(ast.parse(module.read_text()))]


def private(name):
    return name.startswith("_") and not name.startswith("__")


def test_every_private_name_in_the_room_is_listed_or_our_own(attributes, syntax):
    used = {node.attr for node in syntax if isinstance(node, ast.Attribute)}
    defined = {node.name for node in syntax if isinstance(node, ast.FunctionDef)}
    ours = defined | {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in syntax
        if isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Store)
    }
    classes = (PopulationBasedTraining, BasicVariantGenerator, TuneController, Trial)
    theirs = set().union(*attributes.values(), *map(dir, classes))
    watched = set().union(*ATTRIBUTES.values(), (method.__name__ for method in METHODS))
    names = {name for name in used | defined if private(name)}
    assert names & theirs - COINCIDENCE <= watched
    assert names - theirs <= ours
    assert {name for name in watched if private(name)} <= names  # others need no test


def test_every_undocumented_helper_in_the_room_is_listed(syntax):
    imported = {
        f"{node.module}.{alias.name}"
        for node in syntax
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").partition(".")[0] == "ray"
        and node.module not in DOCUMENTED
        for alias in node.names
    }
    assert imported == UNDOCUMENTED
