"""The directory of a Ray Tune experiment, as small as possible, for tests."""

import json

import numpy as np
import pandas as pd


def reports(iterations, resumed_at=()):
    """Return rows of progress.csv: these iterations, resumed before these positions."""
    since, count = [], 0
    for position in range(len(iterations)):
        count = 1 if position == 0 or position in resumed_at else count + 1
        since.append(count)
    return pd.DataFrame(
        {
            "score": np.arange(len(iterations), dtype=float),
            "training_iteration": iterations,
            "iterations_since_restore": since,
            "time_this_iter_s": 0.5,
            "timestamp": 100,
            "pid": 7,
        }
    )


def write_experiment(folder, *, metric="score"):
    """Write the text files that Ray writes, for two trials and one exploit."""
    trials = []
    for number in range(2):
        place = folder / f"trial_{number}"
        place.mkdir(parents=True)
        table = reports([1, 2, 3, 4], resumed_at=[2]).rename(columns={"score": metric})
        table.to_csv(place / "progress.csv", index=False)
        (place / "params.pkl").write_bytes(b"not a pickle")
        trials.append(
            [
                json.dumps(
                    {
                        "trial_id": f"abc_{number}",
                        "status": "TERMINATED",
                        "experiment_tag": f"{number}_lr={0.5 + number}@perturbed[lr=0.6]",
                        "relative_logdir": place.name,
                        "_Trial__unresolved_config": {"lr": None, "net": {"size": 3}},
                        "evaluated_params": {"lr": 0.5 + number},
                    }
                ),
                "{}",
            ]
        )
    state = {"trial_data": trials, "stats": {"start_time": 90.5}}
    (folder / "experiment_state-2026.json").write_text(json.dumps(state))
    line = ["0_lr=0.5", "1_lr=1.5", 2, 1, {"lr": 1.5}, {"lr": 1.5 * 1.2}]
    (folder / "pbt_global.txt").write_text(json.dumps(line) + "\n")
    return folder
