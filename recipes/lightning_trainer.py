"""PBT on a Lightning module."""

import logging
import tempfile
from pathlib import Path

import lightning
import torch
from pbt_examples.tuning import PopulationBasedTraining, run_experiment
from ray import tune

from moons import training_and_validation


# [trainable]
class Module(lightning.LightningModule):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(2, 16),
            torch.nn.ReLU(),
            torch.nn.Linear(16, 2),
        )

    def training_step(self, batch, _):
        x, y = batch
        return torch.nn.functional.cross_entropy(self.layers(x), y)

    def validation_step(self, batch, _):
        x, y = batch
        self.log(
            "accuracy", (self.layers(x).argmax(dim=1) == y).float().mean()
        )

    def configure_optimizers(self):
        return torch.optim.SGD(
            self.parameters(), lr=self.config["lr"], momentum=0.9
        )

    def on_train_start(self):
        # Lightning has restored the optimizer from `ckpt_path` by now.
        for group in self.optimizers().param_groups:
            group["lr"] = self.config["lr"]


class Report(lightning.Callback):
    def on_train_epoch_end(self, trainer, module):
        # Lightning has validated by now.
        metrics = {
            "accuracy": trainer.callback_metrics["accuracy"].item(),
            "applied_lr": module.optimizers().param_groups[0]["lr"],
        }
        with tempfile.TemporaryDirectory() as folder:
            trainer.save_checkpoint(Path(folder, "state.ckpt"))
            tune.report(
                metrics, checkpoint=tune.Checkpoint.from_directory(folder)
            )


def train(config):
    logging.getLogger("lightning").setLevel(logging.ERROR)
    training, validation = [
        torch.utils.data.DataLoader(
            torch.utils.data.TensorDataset(
                torch.from_numpy(x), torch.from_numpy(y)
            ),
            batch_size=32,
        )
        for x, y in training_and_validation()
    ]
    lightning.seed_everything(0)
    trainer = lightning.Trainer(
        accelerator="cpu",
        callbacks=[Report()],
        enable_checkpointing=False,  # `Report` saves
        enable_model_summary=False,
        enable_progress_bar=False,
        logger=False,
        max_epochs=-1,  # Tune ends it
    )
    checkpoint = tune.get_checkpoint()
    if checkpoint:
        with checkpoint.as_directory() as folder:
            path = Path(folder, "state.ckpt")
            trainer.fit(Module(config), training, validation, ckpt_path=path)
    else:
        trainer.fit(Module(config), training, validation)


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
