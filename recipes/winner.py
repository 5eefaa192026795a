"""Load the winner of a finished experiment, with Ray alone."""

from pathlib import Path

import torch
from ray import tune

from pytorch_class import Training


def load_winner(path, *, metric, mode="max"):
    # [load]
    results = tune.Tuner.restore(str(path), Training).get_results()
    best = results.get_best_result(metric=metric, mode=mode)
    with best.checkpoint.as_directory() as folder:
        state = torch.load(Path(folder, "state.pt"), weights_only=True)
    # [end]
    return best, state
