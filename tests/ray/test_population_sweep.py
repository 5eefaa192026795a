"""Larger populations, and hyperparameters that leave their range or are kept in it."""

import numpy as np
import pandas as pd
import pytest
from pbt_examples.record import cost_per_report
from pbt_examples.toy import oracle_error, toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import (
    Population,
    buffered_reports,
    run_experiment,
    run_populations,
)

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")

EIGHT = np.linspace(0, 1, 8)
TUNED = ["lr", "h0", "h1"]


def test_half_of_32_trials_exploit_at_each_interval():
    run = run_experiment(
        train_toy,
        toy_param_space(np.linspace(0, 1, 32)),
        scheduler=toy_scheduler(),
        iterations=12,
    )
    assert run.trials == list(range(32))
    assert run.exploits.groupby("iteration").size().to_dict() == {4: 16, 8: 16}
    assert run.exploits.groupby("iteration")["target"].nunique().to_dict() == {4: 16, 8: 16}
    assert oracle_error(run) == 0
    assert 0 < cost_per_report(run) * (len(run.history) - 1) <= run.info.seconds


def keep_in_range(config):
    domains = toy_scheduler().domains
    return config | {name: float(np.clip(config[name], *domains[name])) for name in TUNED}


@pytest.fixture(scope="module")
def runs(ray_with_1_slot):
    settings = {
        "free": {},
        "kept": {"custom_explore_fn": keep_in_range},
        "still": {"quantile_fraction": 0.0, "seed": 3},
    }
    populations = {
        name: Population(toy_param_space(EIGHT), toy_scheduler(**changes))
        for name, changes in settings.items()
    }
    with buffered_reports(4):  # the same bits
        return run_populations(train_toy, populations, iterations=24)


def test_trials_start_from_the_given_values(runs):
    for trial, h0 in enumerate(EIGHT):
        first = {"lr": 0.05, "h0": h0, "h1": 1.0 - h0}
        assert runs["free"].first_config(trial) == first


def test_settings_can_be_changed(runs):
    assert runs["still"].info.seed == 3
    assert runs["still"].exploits.empty


def farthest(run):
    return pd.concat([run.history[TUNED].min(), run.history[TUNED].max()], axis=1).T


def test_hyperparameters_leave_their_range_and_custom_explore_fn_keeps_them_in(runs):
    domains, free, kept = toy_scheduler().domains, runs["free"], runs["kept"]
    low, high = (pd.Series(ends) for ends in zip(*(domains[n] for n in TUNED), strict=True))
    assert (farthest(free).loc[1].to_numpy() > high.to_numpy()).any()
    assert (farthest(kept).loc[0].to_numpy() >= low.to_numpy()).all()
    assert (farthest(kept).loc[1].to_numpy() <= high.to_numpy()).all()
    assert oracle_error(free) == oracle_error(kept) == 0
