"""PBT on a Keras model, here with PyTorch below it."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

from pbt_examples.tuning import PopulationBasedTraining, run_experiment
from ray import tune

from moons import training_and_validation


# [trainable]
def train(config):
    import keras  # in the worker, which chooses the backend

    (x, y), valid = training_and_validation()
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.layers.Dense(16, "relu"), keras.layers.Dense(2)]
    )
    epoch = 0
    checkpoint = tune.get_checkpoint()
    if checkpoint:
        with checkpoint.as_directory() as folder:
            model = keras.saving.load_model(Path(folder, "model.keras"))
            epoch = int(Path(folder, "epoch").read_text())
    else:
        model.compile(
            optimizer=keras.optimizers.SGD(config["lr"], momentum=0.9),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
    # Last, since a loaded model has its donor's learning rate.
    model.optimizer.learning_rate = config["lr"]

    while True:
        epoch += 1
        model.fit(x, y, verbose=0, shuffle=False)
        _, accuracy = model.evaluate(*valid, verbose=0)
        metrics = {
            "accuracy": accuracy,
            "applied_lr": float(model.optimizer.learning_rate.numpy()),
        }
        with tempfile.TemporaryDirectory() as folder:
            model.save(Path(folder, "model.keras"))
            Path(folder, "epoch").write_text(str(epoch))
            tune.report(
                metrics, checkpoint=tune.Checkpoint.from_directory(folder)
            )


# [run]
def main():
    return run_experiment(
        train,
        {"lr": tune.loguniform(1e-4, 1e-1)},
        num_samples=4,
        scheduler=PopulationBasedTraining(
            time_attr="training_iteration",
            perturbation_interval=2,
            hyperparam_mutations={"lr": tune.loguniform(1e-4, 1e-1)},
            synch=True,
        ),
        metric="accuracy",
        iterations=6,
        slots=2,
    )


if __name__ == "__main__":
    print(main().compare_applied())
