"""PBT on PyTorch, as a class trainable, with Ray's own scheduler."""

import os
from pathlib import Path

import torch
from ray import tune
from ray.tune.schedulers import PopulationBasedTraining

from moons import training_and_validation


# [trainable]
class Training(tune.Trainable):
    def setup(self, config):
        training, validation = training_and_validation()
        self.x, self.y = map(torch.from_numpy, training)
        self.x_valid, self.y_valid = map(torch.from_numpy, validation)
        torch.manual_seed(0)
        self.model = torch.nn.Sequential(
            torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2)
        )
        weights = self.model.parameters()
        self.optimizer = torch.optim.SGD(weights, lr=0.01, momentum=0.9)
        self.apply(config)

    def apply(self, config):
        """Write the configuration into the optimizer."""
        for group in self.optimizer.param_groups:
            group["lr"] = config["lr"]

    def step(self):
        for rows in torch.arange(len(self.x)).split(32):
            self.optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(
                self.model(self.x[rows]), self.y[rows]
            )
            loss.backward()
            self.optimizer.step()
        with torch.no_grad():
            right = self.model(self.x_valid).argmax(dim=1) == self.y_valid
        return {
            "accuracy": right.float().mean().item(),
            "applied_lr": self.optimizer.param_groups[0]["lr"],
        }

    def save_checkpoint(self, folder):
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        torch.save(state, Path(folder, "state.pt"))

    def load_checkpoint(self, folder):
        state = torch.load(Path(folder, "state.pt"), weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.apply(self.config)  # again, since the line above has undone it

    def reset_config(self, new_config):
        # In place of `setup`, in a process that has trained another trial.
        self.setup(new_config)
        return True


def main(storage_path="~/ray_results"):
    tuner = tune.Tuner(
        Training,
        param_space={"lr": tune.loguniform(1e-4, 1e-1)},
        tune_config=tune.TuneConfig(
            metric="accuracy",
            mode="max",
            num_samples=4,
            reuse_actors=True,
            scheduler=PopulationBasedTraining(
                time_attr="training_iteration",
                perturbation_interval=2,
                hyperparam_mutations={"lr": tune.loguniform(1e-4, 1e-1)},
            ),
        ),
        run_config=tune.RunConfig(
            name="my_experiment",
            storage_path=os.path.expanduser(storage_path),
            stop={"training_iteration": 10},
            checkpoint_config=tune.CheckpointConfig(checkpoint_frequency=2),
        ),
    )
    return tuner.fit()


if __name__ == "__main__":
    main()
