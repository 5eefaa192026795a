"""The numbers that describe a population as a whole."""

from dataclasses import replace

import numpy as np
import pytest
from pbt_examples import cost_per_report, first_reaching, population_history
from plotting_runs import grid, score, synchronous


def test_best_and_median_are_those_of_each_iteration():
    table = population_history(grid(trials=3))
    assert table["best"].to_list() == [score(2, 0, i) for i in range(1, 7)]
    assert table["median"].to_list() == [score(1, 0, i) for i in range(1, 7)]


def test_the_best_is_the_least_where_less_is_better():
    table = population_history(replace(grid(trials=3), mode="min"))
    assert table["best"].to_list() == [score(0, 0, i) for i in range(1, 7)]


def test_first_reaching_is_the_first_iteration_of_any_trial():
    run = grid(trials=3)
    assert first_reaching(run, score(2, 0, 4)) == 4
    assert first_reaching(run, score(2, 0, 4) + 1e-9) == 5
    assert first_reaching(run, 99.0) is None
    assert first_reaching(replace(run, mode="min"), score(0, 0, 3)) == 1


def timed(seconds):
    """Two trials and four intervals of three iterations, with these gaps in between."""
    run = grid(trials=2, iterations=12)
    order = np.lexsort((run.history["iteration"], (run.history["iteration"] - 1) // 3))
    times = np.empty(len(order))
    times[order] = 100 + np.cumsum(seconds)
    info = {"synch": True, "perturbation_interval": 3}
    return replace(run, history=run.history.assign(time=times), info=info)


def test_cost_counts_what_comes_once_an_interval_once():
    turn = [0.5, 0.1, 0.1, 0.1, 0.1, 0.1]  # the first after a decision takes longer
    assert cost_per_report(timed(turn * 4)) == pytest.approx(1.0 / 6)


def test_cost_forgets_the_start_and_single_disturbances():
    seconds = np.full(24, 0.1)
    seconds[0], seconds[9], seconds[20] = 30.0, 5.0, 7.0
    assert cost_per_report(timed(seconds)) == pytest.approx(0.1)


def test_cost_needs_turns_that_repeat():
    with pytest.raises(ValueError, match="needs a synchronous run"):
        cost_per_report(grid())
    short = replace(grid(), info={"synch": True, "perturbation_interval": 3})
    with pytest.raises(ValueError, match="needs 3 intervals, the run has 2"):
        cost_per_report(short)


def test_exploits_do_not_hide_a_trial():
    assert population_history(synchronous()).index.to_list() == list(range(1, 7))
