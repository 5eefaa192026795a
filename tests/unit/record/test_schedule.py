"""The schedule table shows what changed, and when, on the way to the last state."""

from dataclasses import replace

import pytest
from pbt_examples.record import schedule_table
from pbt_examples.record.tables import free_names
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


@pytest.mark.parametrize("name", ["lane", "donor"])
def test_a_hyperparameter_called_like_a_column_has_a_column_of_its_own(name):
    run = synchronous()
    parts = {f"lr_{part}": f"{name}_{part}" for part in ("donor", "new", "operation")}
    renamed = replace(
        run,
        history=run.history.rename(columns={"lr": name}),
        exploits=run.exploits.rename(columns=parts),
        hyperparameters=("h0", "h1", name),
    )
    found = schedule_table(renamed, 0).rename(columns={f"config/{name}": "lr"})
    assert found.equals(schedule_table(run, 0))


def test_no_chosen_name_hides_another_column():
    assert free_names(["a", "config/a", "b"], "config", {"a"}) == {
        "a": "config/config/a", "config/a": "config/a", "b": "b",
    }  # fmt: skip
    assert free_names(["config/a", "a"], "config", {"a"})["a"] == "config/config/a"
    taken = {"a", "config/a"}
    names = free_names(["a", "config/a"], "config", taken)
    assert len({*names.values()} | taken) == 4
