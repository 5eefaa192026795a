"""PBT on a plain PyTorch loop, as a function trainable."""

import tempfile
from pathlib import Path

import torch
from pbt_examples.tuning import PopulationBasedTraining, run_experiment
from ray import tune

from moons import training_and_validation


# [trainable]
def train(config):
    training, validation = training_and_validation()
    x, y = map(torch.from_numpy, training)
    x_valid, y_valid = map(torch.from_numpy, validation)
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2)
    )
    optimizer = torch.optim.SGD(
        model.parameters(), lr=config["lr"], momentum=0.9
    )
    epoch = 0

    checkpoint = tune.get_checkpoint()  # this trial's own, or a donor's
    if checkpoint:
        with checkpoint.as_directory() as folder:
            path = Path(folder, "state.pt")
            state = torch.load(path, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        epoch = state["epoch"]

    # Last, since the state of the optimizer has the donor's learning rate.
    for group in optimizer.param_groups:
        group["lr"] = config["lr"]

    while True:  # Tune ends the loop, see `iterations` below
        epoch += 1
        order = torch.Generator().manual_seed(epoch)
        for rows in torch.randperm(len(x), generator=order).split(32):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            right = model(x_valid).argmax(dim=1) == y_valid

        metrics = {
            "accuracy": right.float().mean().item(),
            "applied_lr": optimizer.param_groups[0]["lr"],
        }
        state = {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "epoch": epoch,
        }
        with tempfile.TemporaryDirectory() as folder:
            torch.save(state, Path(folder, "state.pt"))
            checkpoint = tune.Checkpoint.from_directory(folder)
            tune.report(metrics, checkpoint=checkpoint)


# [run]
def main():
    run = run_experiment(
        train,
        {"lr": tune.loguniform(1e-4, 1e-1)},  # where each trial starts
        num_samples=4,  # trials
        scheduler=PopulationBasedTraining(
            perturbation_interval=2,  # iterations
            time_attr="training_iteration",
            hyperparam_mutations={"lr": tune.loguniform(1e-4, 1e-1)},
            synch=True,
        ),
        metric="accuracy",
        mode="max",
        iterations=10,
        slots=2,
        folder="my_run",
    )
    print(run)
    print(run.exploits[["iteration", "target", "donor", "lr_new"]])
    return run


if __name__ == "__main__":
    main()
