"""PBT on a plain PyTorch loop, as a function trainable."""

import tempfile
from pathlib import Path

import torch
from moons import training_and_validation
from pbt_examples.tuning import PopulationBasedTraining, run_experiment
from ray import tune


# [trainable]
def train(config):
    (x, y), (x_valid, y_valid) = [
        (torch.from_numpy(x), torch.from_numpy(y)) for x, y in training_and_validation()
    ]
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"], momentum=0.9)
    epoch = 0

    checkpoint = tune.get_checkpoint()  # this trial's own, or a donor's
    if checkpoint:
        with checkpoint.as_directory() as folder:
            state = torch.load(Path(folder, "state.pt"), weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])  # the donor's learning rate, too
        epoch = state["epoch"]
    for group in optimizer.param_groups:  # so the configuration comes last
        group["lr"] = config["lr"]

    while True:  # Tune ends the loop, at the iteration that you name below
        epoch += 1
        for rows in torch.randperm(
            len(x), generator=torch.Generator().manual_seed(epoch)
        ).split(32):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            accuracy = (model(x_valid).argmax(dim=1) == y_valid).float().mean().item()

        metrics = {"accuracy": accuracy, "applied_lr": optimizer.param_groups[0]["lr"]}
        with tempfile.TemporaryDirectory() as folder:
            state = {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "epoch": epoch,
            }
            torch.save(state, Path(folder, "state.pt"))
            tune.report(metrics, checkpoint=tune.Checkpoint.from_directory(folder))


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
    print(run.exploits)
    print(run.compare_applied())
    return run


if __name__ == "__main__":
    main()
