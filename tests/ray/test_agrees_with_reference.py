"""Real runs follow the distributions of the reference."""

import numpy as np
import pytest
from pbt_examples.toy import Reference, toy_scheduler, train_toy
from pbt_examples.toy.reference import LR_DOMAIN, _draw_lr
from pbt_examples.tuning import Population, buffered_reports, run_populations
from ray import tune
from toy_experiment import STARTS, param_space

RUNS, GROUPS = 30, 2000

STATISTICS = {
    "mean at 8": lambda best: best[..., 7].mean(axis=-1),
    "mean at 20": lambda best: best[..., 19].mean(axis=-1),
    "mean at 40": lambda best: best[..., 39].mean(axis=-1),
    "spread at 20": lambda best: best[..., 19].std(axis=-1),
    "median at 40": lambda best: np.median(best[..., 39], axis=-1),
    "worst at 40": lambda best: best[..., 39].min(axis=-1),
    "share above 1.19 at 40": lambda best: (best[..., 39] > 1.19).mean(axis=-1),
}
"""The statistics to compare, of an array of best Q with axes (..., runs, iterations)."""


def real_runs(iterations):
    populations = {
        seed: Population(param_space(), toy_scheduler(seed=seed))
        for seed in range(1000, 1000 + RUNS)
    }
    with buffered_reports(4):  # the same bits
        runs = run_populations(train_toy, populations, iterations=iterations)
    return list(runs.values())


@pytest.fixture(scope="module")
def runs(ray_with_1_slot):
    return real_runs(40)


@pytest.fixture(scope="module")
def groups():
    """Return the best Q of many groups of simulated runs, each as large as the real one."""
    best = Reference(h0=tuple(STARTS[2])).best_Q(GROUPS * RUNS)
    return best.reshape(GROUPS, RUNS, -1)


def assert_within_99_percent(value, simulated):
    low, high = np.quantile(simulated, [0.005, 0.995])
    assert low <= value <= high


def best_of(runs):
    """Return the best Q, with axes (runs, iterations)."""
    return np.array([run.history.groupby("iteration")["Q"].max() for run in runs])


@pytest.mark.slow
@pytest.mark.parametrize("name", STATISTICS)
def test_30_real_runs_lie_within_the_99_percent_band(name, runs, groups):
    best = best_of(runs)
    assert best.shape == (RUNS, 40)
    assert_within_99_percent(STATISTICS[name](best), STATISTICS[name](groups))


@pytest.mark.soak
def test_30_real_runs_end_within_the_99_percent_band(ray_with_1_slot, groups):
    share = [
        (best[..., 99] > 1.19).mean(axis=-1) for best in (best_of(real_runs(100)), groups)
    ]
    assert_within_99_percent(*share)


@pytest.mark.slow
@pytest.mark.parametrize(("column", "name"), list(enumerate(["lr", "h0", "h1"])))
def test_hyperparameters_of_30_real_runs_lie_within_the_99_percent_band(column, name, runs):
    real = np.mean([run.history.query("iteration == 40")[name].mean() for run in runs])
    states = Reference(iterations=40).states(RUNS * GROUPS // 4)
    *_, last = states
    simulated = last.config[..., column].reshape(-1, RUNS * 2).mean(axis=1)
    assert_within_99_percent(real, simulated)


def test_lr_is_drawn_as_rays_domain_draws_it():
    domain = tune.qloguniform(*LR_DOMAIN)
    rays = domain.sample(size=1000, random_state=np.random.RandomState(0))
    uniform = np.random.RandomState(0).random_sample(1000)
    np.testing.assert_array_equal(_draw_lr(uniform), rays)


@pytest.mark.parametrize(
    "wrong",
    [{"resample_probability": 0.25}, {"perturbation_interval": 6}, {"exploit": False}],
    ids=str,
)
def test_the_bands_are_narrow_enough_to_tell_settings_apart(wrong, groups):
    """If Ray followed other rules, the comparison above would most likely fail."""
    best = Reference(**wrong).best_Q(100 * RUNS).reshape(100, RUNS, -1)
    seen = np.zeros(len(best), bool)
    for statistic in STATISTICS.values():
        low, high = np.quantile(statistic(groups), [0.005, 0.995])
        seen |= (statistic(best) < low) | (statistic(best) > high)
    assert seen.mean() > 0.5
