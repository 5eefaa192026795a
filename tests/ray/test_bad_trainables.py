"""Trainables that report what no scheduler can use, and populations of one."""

import math
import tempfile
from pathlib import Path

import pytest
from pbt_examples.toy import oracle_error, train_toy
from pbt_examples.tuning import run_experiment
from ray import tune
from ray.tune import TuneError
from toy_experiment import basic_run, pbt

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")

SPACE = {"lr": tune.grid_search([0.1, 0.2]), "h0": 0.5, "h1": 0.5}


def run(metrics):
    """Run a trainable that reports what a function makes of its configuration and step."""

    def trainable(config):
        checkpoint, step = tune.get_checkpoint(), 0
        if checkpoint:
            with checkpoint.as_directory() as folder:
                step = int(Path(folder, "step").read_text())
        while True:
            step += 1
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "step").write_text(str(step))
                checkpoint = tune.Checkpoint.from_directory(folder)
                tune.report(metrics(config, step), checkpoint=checkpoint)

    return run_experiment(trainable, SPACE, scheduler=pbt(), iterations=12)


def test_metrics_with_the_names_of_other_columns_of_the_record_get_other_names():
    with pytest.warns(UserWarning, match="recorded as 'reported_time'"):
        record = run(lambda config, step: {"Q": 1.0, "trial": 2.0, "time": 3.0})
    assert set(record.history["reported_trial"]) == {2.0}
    assert set(record.history["reported_time"]) == {3.0}
    assert set(record.history["trial"]) == {0, 1}


def test_a_hyperparameter_that_no_configuration_has_is_named():
    with pytest.raises(
        ValueError, match=r"hyperparameters must be .*'lr'.*, got \['nope'\]"
    ):
        basic_run(hyperparameters=["nope"], iterations=8)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_metric_that_is_no_number_at_times_ends_no_run(value):
    record = run(lambda config, step: {"Q": value if step % 3 else config["lr"]})
    assert record.history.groupby("trial")["iteration"].max().tolist() == [12, 12]
    again = record.history["Q"]
    assert (again.isna() if math.isnan(value) else again == value).sum() == 16


def test_a_metric_that_is_missing_is_named():
    with pytest.raises(TuneError, match="Q"):
        run(lambda config, step: {"score": 1.0})


def test_a_population_of_one_exploits_nobody():
    space = {"h0": 0.3, "h1": 0.6, "lr": 0.05, "checkpoint_interval": 4}
    record = run_experiment(train_toy, space, scheduler=pbt(), iterations=12)
    assert len(record.exploits) == 0
    assert record.history["iteration"].tolist() == list(range(1, 13))
    assert oracle_error(record) == 0


def test_a_run_of_one_iteration_has_a_row_a_trial():
    record = basic_run(iterations=1)
    assert record.history["iteration"].tolist() == [1, 1]
