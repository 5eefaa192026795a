"""Each recipe runs PBT on a framework, and applies what PBT configures.

Run by ``nox -s recipes``, in an environment that has the frameworks.
"""

import importlib
import inspect
from pathlib import Path

import pytest
from pbt_examples import Run
from pbt_examples.tuning import ray_session

RECIPES = Path(__file__).parents[2] / "recipes"
WRITES = {  # in each recipe, what writes the configuration last, and what undoes that
    "pytorch_function": {'group["lr"] = config["lr"]': "pass"},
    "pytorch_class": {"self.apply(self.config)": "pass"},
    "lightning_trainer": {'group["lr"] = self.config["lr"]': "pass"},
    "transformers_trainer": {
        'group["lr"] = group["initial_lr"] = self.config["lr"]': "pass",
        'self.config["lr"] for _ in lr_scheduler.base_lrs': "*lr_scheduler.base_lrs",
    },
    "keras_fit": {'model.optimizer.learning_rate = config["lr"]': "pass"},
    "sklearn_partial_fit": {'model.set_params(eta0=config["eta0"])': "pass"},
}


@pytest.fixture(autouse=True)
def recipes_can_be_imported(monkeypatch, tmp_path):
    """Let this process and Ray's workers import the recipes, and write elsewhere."""
    for name, value in {
        "PYTHONPATH": f"{RECIPES}:{tmp_path}",
        "KERAS_BACKEND": "torch",
        "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "0",  # one recipe has Ray's record only
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(RECIPES))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)


def run_of(name, storage_path):
    """Run a recipe, and return its record."""
    recipe = importlib.import_module(name)
    if "storage_path" not in inspect.signature(recipe.main).parameters:
        return recipe.main()
    with ray_session(slots=2):
        results = recipe.main(storage_path=storage_path)
    return Run.from_experiment(results.experiment_path, metric="accuracy")


@pytest.mark.parametrize("name", WRITES)
def test_the_applied_value_follows_the_configured_one(name, tmp_path):
    run = run_of(name, tmp_path)
    assert len(run.exploits) > 0
    (row,) = run.compare_applied().to_dict("records")
    assert row["reports"] == len(run.history)
    assert row["reports_differ"] == 0


@pytest.mark.parametrize("name", WRITES)
def test_the_comparison_finds_a_recipe_that_does_not_write_last(name, tmp_path):
    source = (RECIPES / f"{name}.py").read_text()
    for written, undone in WRITES[name].items():
        assert source.count(written) == 1
        source = source.replace(written, undone)
    (tmp_path / f"naive_{name}.py").write_text(source)
    run = run_of(f"naive_{name}", tmp_path)
    (row,) = run.compare_applied().to_dict("records")
    assert row["reports_differ"] > 0
    begun = run.history[run.history["segment"] > 0][["trial", "segment"]]
    assert row["segments_differ"] <= len(begun.drop_duplicates())


def test_the_winners_checkpoint_has_the_weights_that_scored(tmp_path):
    run_of("pytorch_class", tmp_path)
    import torch
    from moons import training_and_validation
    from winner import load_winner

    best, state = load_winner(tmp_path / "my_experiment", metric="accuracy")
    model = torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2)
    )
    model.load_state_dict(state["model"])
    _, (x, y) = training_and_validation()
    right = model(torch.from_numpy(x)).argmax(dim=1) == torch.from_numpy(y)
    assert right.float().mean().item() == best.metrics["accuracy"]


def test_a_learning_rate_scheduler_brings_its_own_base_rate_back():
    import torch

    def built(lr):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
        halving = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
        return optimizer, halving

    (donor, donors), (target, targets) = built(0.1), built(0.8)
    donor.step()
    donors.step()
    target.load_state_dict(donor.state_dict())
    targets.load_state_dict(donors.state_dict())
    target.param_groups[0]["lr"] = 0.8  # is not enough: the scheduler's next step
    target.step()
    targets.step()  # starts from the donor's base rate
    assert target.param_groups[0]["lr"] == 0.1 * 0.5**2


def test_the_page_shows_how_to_look_at_a_record_that_exists(tmp_path):
    run_of("pytorch_function", tmp_path)
    importlib.import_module("look")
    made = {path.name for path in tmp_path.iterdir()}
    assert {"lineage.png", "schedule.png", "my_report"} <= made


def test_a_class_starts_a_new_trial_with_new_weights_in_a_used_process():
    torch = importlib.import_module("torch")
    recipe = importlib.import_module("pytorch_class")
    new, used = (recipe.Training({"lr": 0.1}) for _ in range(2))
    used.train()
    assert used.reset_config({"lr": 0.2})
    for name, weights in new.model.state_dict().items():
        assert torch.equal(weights, used.model.state_dict()[name])
    assert not used.optimizer.state
    assert used.optimizer.param_groups[0]["lr"] == 0.2
