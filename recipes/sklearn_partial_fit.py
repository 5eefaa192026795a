"""PBT on a scikit-learn estimator that learns with ``partial_fit``."""

import tempfile
from pathlib import Path

import joblib
from pbt_examples.tuning import PopulationBasedTraining, run_experiment
from ray import tune
from sklearn.linear_model import SGDClassifier

from moons import training_and_validation


# [trainable]
def train(config):
    (x, y), (x_valid, y_valid) = training_and_validation()
    model = SGDClassifier(
        learning_rate="constant", eta0=config["eta0"], random_state=0
    )
    epoch = 0
    checkpoint = tune.get_checkpoint()
    if checkpoint:
        with checkpoint.as_directory() as folder:
            # This unpickles: load no checkpoint from strangers.
            model, epoch = joblib.load(Path(folder, "model.joblib"))
    model.set_params(eta0=config["eta0"])  # the loaded model has its donor's

    while True:
        epoch += 1
        model.partial_fit(x, y, classes=[0, 1])
        metrics = {
            "accuracy": model.score(x_valid, y_valid),
            "applied_eta0": model.eta0,
        }
        with tempfile.TemporaryDirectory() as folder:
            joblib.dump((model, epoch), Path(folder, "model.joblib"))
            tune.report(
                metrics, checkpoint=tune.Checkpoint.from_directory(folder)
            )


# [run]
def main():
    return run_experiment(
        train,
        {"eta0": tune.loguniform(1e-4, 1e-1)},
        num_samples=4,
        scheduler=PopulationBasedTraining(
            time_attr="training_iteration",
            perturbation_interval=2,
            hyperparam_mutations={"eta0": tune.loguniform(1e-4, 1e-1)},
            synch=True,
        ),
        metric="accuracy",
        iterations=10,
        slots=2,
    )


if __name__ == "__main__":
    print(main().compare_applied())
