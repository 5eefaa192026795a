"""An optimizer whose state includes its learning rate, as in PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pbt_examples.checks import check_number
from pbt_examples.digits.network import WEIGHTS, State, Vector, train_iteration
from ray import tune


class Momentum:
    """Gradient descent with momentum for the digits network.

    Like ``torch.optim.SGD``, it keeps the velocity and the learning rate between steps, and
    `state_dict` has both. So `load_state_dict` replaces the learning rate that the
    optimizer was created with.

    Parameters
    ----------
    lr : float
        First learning rate.

    Attributes
    ----------
    lr : float
        Learning rate of the next iteration. Assign to it to change it.
    velocity : ndarray, shape (n_weights,)
        The last step, of which momentum keeps a part.

    Examples
    --------
    >>> donor, target = Momentum(lr=0.01), Momentum(lr=0.1)
    >>> target.load_state_dict(donor.state_dict())
    >>> target.lr
    0.01
    """

    def __init__(self, *, lr: float) -> None:
        check_number("lr", lr, least=0)
        self.lr = float(lr)
        self.velocity = np.zeros(WEIGHTS)

    def train(self, theta: Vector, iteration: int, *, seed: int) -> Vector:
        """Return the weights after one more iteration, whose number is `iteration`."""
        state = State(theta, self.velocity, iteration - 1)
        state, _ = train_iteration(
            state, lr=self.lr, weight_decay=0.0, noise=0.0, seed=seed
        )
        self.velocity = state.velocity
        return state.theta

    def state_dict(self) -> dict[str, Any]:
        """Return all that the optimizer needs to continue, including its learning rate."""
        return {"lr": self.lr, "velocity": self.velocity}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state that `state_dict` returned, with its learning rate."""
        self.lr, self.velocity = float(state["lr"]), state["velocity"]


def save_checkpoint(
    folder: str, theta: Vector, optimizer: Momentum, iteration: int
) -> tune.Checkpoint:
    """Save everything that training needs to continue to a folder, as a checkpoint.

    Parameters
    ----------
    folder : str
        An existing folder.
    theta : ndarray, shape (n_weights,)
        The weights.
    optimizer : Momentum
        The optimizer, whose state includes the learning rate.
    iteration : int
        Number of completed iterations.

    Returns
    -------
    Checkpoint
        Ray's checkpoint, for ``tune.report``.
    """
    path = Path(folder, "state.npz")
    np.savez(path, theta=theta, iteration=iteration, **optimizer.state_dict())
    return tune.Checkpoint.from_directory(folder)


def load_checkpoint(checkpoint: tune.Checkpoint, optimizer: Momentum) -> tuple[Vector, int]:
    """Restore an optimizer from a checkpoint, and return the rest of the checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint
        A checkpoint that `save_checkpoint` made, in this trial or in a donor.
    optimizer : Momentum
        Receives the velocity *and the learning rate* of the checkpoint.

    Returns
    -------
    theta : ndarray, shape (n_weights,)
        The weights.
    iteration : int
        Number of completed iterations.
    """
    with (
        checkpoint.as_directory() as folder,
        np.load(Path(folder, "state.npz"), allow_pickle=False) as state,
    ):
        optimizer.load_state_dict(state)
        return state["theta"], int(state["iteration"])
