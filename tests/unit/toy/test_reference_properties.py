"""What must hold for the reference whatever its settings."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pbt_examples import Run, same_history
from pbt_examples.toy import Q, Reference, oracle_error

SHARES = st.floats(0, 1)
SETTINGS = {
    "h0": st.lists(SHARES, min_size=1, max_size=6).map(tuple),
    "lr": st.floats(0, 0.1),
    "iterations": st.integers(1, 30),
    "perturbation_interval": st.integers(1, 8),
    "quantile_fraction": st.floats(0, 0.5),
    "resample_probability": SHARES,
    "exploit": st.booleans(),
    "explore": st.booleans(),
    "copy_h": st.booleans(),
}
SEEDS = st.integers(0, 2**64)
RUNS = 5


def references(**fixed):
    """Return a strategy for references in which some settings are fixed."""
    return st.builds(
        Reference, **SETTINGS | {name: st.just(v) for name, v in fixed.items()}
    )


MANY = settings(deadline=None)


@MANY
@given(pbt=references(), seed=SEEDS, first=st.integers(0, 10**6))
def test_runs_side_by_side_are_the_runs_one_by_one(pbt, seed, first):
    together = list(pbt.states(RUNS, first=first, seed=seed))
    for run in range(RUNS):
        alone = list(pbt.states(1, first=first + run, seed=seed))
        for one, many in zip(alone, together, strict=True):
            assert one.iteration == many.iteration
            assert_array_equal(one.theta[0], many.theta[run])
            assert_array_equal(one.config[0], many.config[run])
            assert_array_equal(one.Q[0], many.Q[run])


@MANY
@given(pbt=references(), seed=SEEDS)
def test_the_same_seed_gives_the_same_bits(pbt, seed):
    assert_array_equal(pbt.best_Q(RUNS, seed=seed), pbt.best_Q(RUNS, seed=seed))


@MANY
@given(pbt=references(), seed=SEEDS)
def test_the_best_is_the_best_of_each_population(pbt, seed):
    best = pbt.best_Q(RUNS, seed=seed)
    states = list(pbt.states(RUNS, seed=seed))
    assert best.shape == (RUNS, pbt.iterations)
    assert [state.iteration for state in states] == list(range(1, pbt.iterations + 1))
    for state in states:
        assert_array_equal(best[:, state.iteration - 1], state.Q.max(axis=1))
        assert_array_equal(state.Q, Q(state.theta))
        assert (state.Q <= 1.2).all()


@MANY
@given(pbt=references(explore=False), seed=SEEDS)
def test_without_explore_the_best_never_gets_worse(pbt, seed):
    # A step is too short to overshoot, and the best trial keeps its state.
    assert (np.diff(pbt.best_Q(RUNS, seed=seed), axis=1) >= 0).all()


@MANY
@given(pbt=references(exploit=True, resample_probability=1.0), seed=SEEDS)
def test_the_best_never_gets_worse_with_values_from_the_declared_ranges(pbt, seed):
    assert (np.diff(pbt.best_Q(RUNS, seed=seed), axis=1) >= 0).all()


@MANY
@given(pbt=references(exploit=True), seed=SEEDS)
def test_between_two_steps_states_are_copied_and_half_of_them_stay(pbt, seed):
    for before, after in pairwise(pbt.states(RUNS, seed=seed)):
        changed = (before.config != after.config).any(axis=-1)
        assert (changed.sum(axis=1) <= len(pbt.h0) // 2).all()
        for run, trial in np.argwhere(~changed):  # these may be targets too
            h, lr = before.config[run, trial, 1:], before.config[run, trial, 0]
            factors = 1 - 2 * lr * np.array([0.75, 1.0]) * h
            steps = factors * before.theta[run]
            gap = np.abs(steps - after.theta[run, trial]).max(axis=-1).min()
            assert gap < 1e-12


@MANY
@given(pbt=references(explore=False, copy_h=False), seed=SEEDS)
def test_without_explore_each_trial_keeps_its_own_configuration(pbt, seed):
    for state in pbt.states(RUNS, seed=seed):
        assert_array_equal(state.config[..., 1], np.tile(pbt.h0, (RUNS, 1)))
        assert_array_equal(state.config[..., 0], pbt.lr)
        assert_array_equal(state.config[..., 2], 1 - state.config[..., 1])


@MANY
@given(pbt=references(exploit=False), seed=SEEDS)
def test_without_exploit_trials_are_independent(pbt, seed):
    alone = Reference(**vars(pbt) | {"h0": pbt.h0[:1], "explore": False})
    together = Reference(**vars(pbt) | {"explore": False})
    for one, many in zip(alone.states(1), together.states(1), strict=True):
        assert_array_equal(one.theta[0, 0], many.theta[0, 0])
    for before, after in pairwise(pbt.states(RUNS, seed=seed)):
        lr, h = after.config[..., :1], after.config[..., 1:]
        step = before.theta + lr * (-2 * np.array([0.75, 1.0]) * h * before.theta)
        assert_array_equal(after.theta, step)


@MANY
@given(pbt=references(), number=st.integers(0, 10**6))
def test_a_run_as_tables_has_what_the_states_have(pbt, number):
    run = pbt.run(number)
    lanes = run.history.sort_values(["iteration", "trial"])
    states = list(pbt.states(1, first=number))
    shape = len(states), len(pbt.h0)
    assert_array_equal(lanes["Q"].to_numpy().reshape(shape), [s.Q[0] for s in states])
    for column, name in enumerate(["theta0", "theta1"]):
        values = [state.theta[0, :, column] for state in states]
        assert_array_equal(lanes[name].to_numpy().reshape(shape), values)
    for column, name in enumerate(["lr", "h0", "h1"]):
        values = [state.config[0, :, column] for state in states]
        assert_array_equal(lanes[name].to_numpy().reshape(shape), values)


@MANY
@given(pbt=references(), number=st.integers(0, 10**6))
def test_the_exploits_of_a_run_explain_all_of_it(pbt, number):
    assert oracle_error(pbt.run(number)) == 0


@settings(max_examples=10, deadline=None)
@given(pbt=references(), number=st.integers(0, 10**6))
def test_a_run_can_be_saved_and_loaded(pbt, number, tmp_path_factory):
    run = pbt.run(number)
    assert same_history(run, Run.load(run.save(tmp_path_factory.mktemp("run"))))
