"""The schedule table shows what changed, and when, on the way to the last state."""

from pbt_examples.record import schedule_table
from plotting_runs import asynchronous, grid, synchronous


def test_there_is_a_row_for_the_start_and_one_for_each_change():
    assert schedule_table(synchronous(), 0).to_dict("records") == [
        {"iteration": "0", "lane": "1", "donor": "", "h0": "1", "h1": "0.2", "lr": "0.05"},
        {"iteration": "2", "lane": "2", "donor": "1", "h0": "0.6 (resample)",
         "h1": "0.24 (* 1.2)", "lr": "0.04 (* 0.8)"},
        {"iteration": "4", "lane": "0", "donor": "2", "h0": "0.72 (* 1.2)",
         "h1": "0.5 (resample)", "lr": "0.048 (* 1.2)"},
    ]  # fmt: skip


def test_by_default_the_winners_schedule_is_used():
    assert schedule_table(synchronous()).equals(schedule_table(synchronous(), 2))


def test_iterations_are_those_of_the_ancestry_in_asynchronous_runs():
    assert schedule_table(asynchronous(), 0)["iteration"].tolist() == ["0", "5", "6"]


def test_a_run_without_exploits_has_one_row_only():
    assert len(schedule_table(grid())) == 1
