"""What MLflow keeps of the hyperparameters that PBT changes, with Ray's callback."""

import json
import tempfile
from pathlib import Path

import pytest
from pbt_examples.tuning import ray_session
from ray import tune
from ray.air.integrations.mlflow import MLflowLoggerCallback
from ray.tune.schedulers import PopulationBasedTraining


@pytest.fixture(scope="module", autouse=True)
def session():
    with ray_session(slots=1):
        yield


def train(config):
    step = 0
    checkpoint = tune.get_checkpoint()
    if checkpoint:
        with checkpoint.as_directory() as folder:
            step = json.loads(Path(folder, "step").read_text())
    while True:
        step += 1
        metrics = {"score": config["start"] + step * config["lr"]}
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "step").write_text(json.dumps(step))
            checkpoint = tune.Checkpoint.from_directory(folder)
            tune.report(metrics | {"applied_lr": config["lr"]}, checkpoint=checkpoint)


def fit(folder, callback):
    tuner = tune.Tuner(
        train,
        param_space={"start": tune.grid_search([0, 1]), "lr": 0.5},
        tune_config=tune.TuneConfig(
            metric="score",
            mode="max",
            reuse_actors=True,
            scheduler=PopulationBasedTraining(
                time_attr="training_iteration",
                perturbation_interval=2,
                hyperparam_mutations={"lr": tune.uniform(0.1, 1.0)},
                synch=True,
            ),
        ),
        run_config=tune.RunConfig(
            storage_path=str(folder),
            stop={"training_iteration": 6},
            callbacks=[callback],
            verbose=0,
        ),
    )
    return tuner.fit()


def mlflow_callback(folder, **options):
    return MLflowLoggerCallback(
        tracking_uri=f"sqlite:///{folder}/mlflow.db", experiment_name="pbt", **options
    )


def test_mlflow_refuses_the_second_value_of_a_hyperparameter(tmp_path):
    with pytest.raises(Exception, match="Changing param values is not allowed"):
        fit(tmp_path, mlflow_callback(tmp_path))


def test_mlflow_takes_the_last_values_at_the_end_and_all_values_as_metrics(tmp_path):
    from mlflow.tracking import MlflowClient

    callback = mlflow_callback(tmp_path, log_params_on_trial_end=True)
    results = fit(tmp_path, callback)
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    for trial, run_id in callback._trial_runs.items():
        (result,) = [each for each in results if trial.trial_id in each.path]
        assert float(client.get_run(run_id).data.params["lr"]) == result.config["lr"]
    histories = [
        {one.value for one in client.get_metric_history(run_id, "config/lr")}
        for run_id in callback._trial_runs.values()
    ]
    assert max(len(values) for values in histories) > 1
