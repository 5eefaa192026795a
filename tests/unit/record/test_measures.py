"""The numbers that describe a population as a whole."""

from dataclasses import replace

import pytest
from pbt_examples.record import cost_per_report, first_reaching, population_history
from pbt_examples.record.info import RunInfo
from plotting_runs import grid, score, synchronous


def test_best_and_median_are_those_of_each_iteration():
    table = population_history(grid(trials=3))
    assert table["best"].to_list() == [score(2, 0, i) for i in range(1, 7)]
    assert table["median"].to_list() == [score(1, 0, i) for i in range(1, 7)]


def test_the_best_is_the_lowest_in_mode_min():
    table = population_history(replace(grid(trials=3), mode="min"))
    assert table["best"].to_list() == [score(0, 0, i) for i in range(1, 7)]


def test_first_reaching_is_the_first_iteration_of_any_trial():
    run = grid(trials=3)
    assert first_reaching(run, score(2, 0, 4)) == 4
    assert first_reaching(run, score(2, 0, 4) + 1e-9) == 5
    assert first_reaching(run, 99.0) is None
    assert first_reaching(replace(run, mode="min"), score(0, 0, 3)) == 1


def test_cost_is_that_of_a_report_in_an_undisturbed_round():
    run = grid(trials=2, iterations=13)
    arrivals = run.history["iteration"] * 0.2 + run.history["trial"] * 0.1
    arrivals[run.history["iteration"] > 9] += 60  # the machine had something else to do
    history = run.history.assign(time=arrivals)
    for interval in (1, 2, 4):
        run = replace(run, history=history, info=RunInfo(perturbation_interval=interval))
        assert cost_per_report(run) == pytest.approx(0.1)


def test_cost_of_a_single_round_is_refused():
    run = replace(grid(iterations=6), info=RunInfo(perturbation_interval=4))
    with pytest.raises(ValueError, match="two rounds of 8 reports"):
        cost_per_report(run)


def test_exploits_do_not_hide_a_trial():
    assert population_history(synchronous()).index.to_list() == list(range(1, 7))
