"""Applied and configured values are compared: where they differ, and where they do not."""

from dataclasses import replace

import numpy as np
import pytest
from plotting_runs import grid, synchronous


def with_applied(run, name="applied_lr", values=None):
    history = run.history.assign(**{name: run.history["lr"] if values is None else values})
    return replace(run, history=history)


def first_values(run):
    """Return what trials apply if they keep their first learning rate at every exploit."""
    return run.history.groupby("trial")["lr"].transform("first")


def test_a_run_that_applies_what_is_configured_has_no_difference():
    table = with_applied(synchronous()).compare_applied()
    assert table.to_dict("records") == [
        {
            "hyperparameter": "lr", "metric": "applied_lr",
            "reports": 18, "reports_differ": 0,
            "segments": 6, "segments_differ": 0,
        }
    ]  # fmt: skip


def test_a_learning_rate_lost_in_exploits_is_counted_by_reports_and_segments():
    run = synchronous()
    row = with_applied(run, values=first_values(run)).compare_applied().iloc[0]
    # Two reports each after the exploits of trials 0 and 1, four after that of trial 2.
    assert (row["reports_differ"], row["segments_differ"]) == (8, 3)


@pytest.mark.parametrize("name", ["applied_lr", "cur_lr", "current_lr", "used_lr"])
def test_the_metric_is_found_by_its_name(name):
    assert with_applied(synchronous(), name).compare_applied()["metric"].to_list() == [name]


def test_any_metric_can_be_named():
    run = with_applied(synchronous(), "rate", 1.0)
    assert run.compare_applied().empty
    row = run.compare_applied({"lr": "rate"}).iloc[0]
    assert row["reports_differ"] == row["reports"] == 18


def test_a_nested_hyperparameter_is_found_beside_its_name():
    run = synchronous()
    history = run.history.rename(columns={"lr": "optimizer/lr"})
    history = history.assign(**{"optimizer/cur_lr": history["optimizer/lr"] * 2})
    exploits = run.exploits.rename(
        columns=lambda name: name.replace("lr_", "optimizer/lr_")
    )
    run = replace(
        run, history=history, exploits=exploits, hyperparameters=("optimizer/lr",)
    )
    row = run.compare_applied().iloc[0]
    assert (row["metric"], row["reports_differ"]) == ("optimizer/cur_lr", 18)


def test_a_number_in_32_bits_is_not_a_difference():
    run = synchronous()
    values = run.history["lr"].to_numpy(np.float32).astype(float)
    assert (values != run.history["lr"]).any()
    run = with_applied(run, values=values)
    assert run.compare_applied()["reports_differ"].to_list() == [0]


def test_reports_without_the_metric_are_not_compared():
    run = synchronous()
    values = run.history["lr"].where(run.history["iteration"] > 4)
    row = with_applied(run, values=values).compare_applied().iloc[0]
    assert (row["reports"], row["segments"], row["reports_differ"]) == (6, 3, 0)


def test_strings_are_compared_as_strings():
    run = grid()
    history = run.history.assign(lr="adam", applied_lr=["adam", "sgd"] * 6)
    row = replace(run, history=history).compare_applied().iloc[0]
    assert (row["reports"], row["reports_differ"]) == (12, 6)


def test_a_column_that_became_text_still_holds_numbers():
    run = synchronous()
    values = run.history["lr"].map(str)
    assert with_applied(run, values=values).compare_applied()["reports_differ"].iloc[0] == 0


def test_wrong_names_are_quoted():
    run = with_applied(synchronous())
    with pytest.raises(ValueError, match="momentum"):
        run.compare_applied({"momentum": "applied_lr"})
    with pytest.raises(ValueError, match="no_such"):
        run.compare_applied({"lr": "no_such"})
    with pytest.raises(TypeError, match="mapping"):
        run.compare_applied("cur_lr")


def test_without_such_a_metric_the_table_is_empty():
    assert synchronous().compare_applied().empty
