"""The tables recorded in advance are complete, and follow from their schedules."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from pbt_examples.quadratic import STEPS, Reference, loss_curve, recorded

SCRIPTS = Path(__file__).parents[3] / "scripts"
GREEDY = runpy.run_path(str(SCRIPTS / "record_greedy.py"))


def test_each_recorded_loss_is_that_of_its_schedule():
    runs = recorded("greedy_runs").groupby(["interval", "seed"])
    assert set(runs.groups) == {
        (interval, seed) for interval, n in GREEDY["SEEDS"].items() for seed in range(n)
    }
    for (interval, _), rows in runs:
        assert list(rows["step"]) == list(range(interval, STEPS + 1, interval))
        curve = loss_curve(np.repeat(rows["lr"], interval))[interval - 1 :: interval]
        np.testing.assert_allclose(rows["loss"], curve, rtol=1e-12)


@pytest.mark.parametrize("interval", list(GREEDY["SEEDS"]))
def test_the_recorded_runs_agree_with_the_reference(interval):
    table = recorded("greedy_runs").query("interval == @interval")
    final = table.groupby("seed")["loss"].last()
    simulated = Reference(interval=interval).winners(500).loss
    low, high = np.quantile(simulated, [0.002, 0.998])
    assert final.between(low, high).all()
    ranks = (simulated[:, np.newaxis] < final.to_numpy()).mean(axis=0)
    assert abs(ranks.mean() - 0.5) < 4 * (1 / 12 / len(final)) ** 0.5


def test_an_unknown_table_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"greedy_runs.*got 'no_such'"):
        recorded("no_such")


def test_each_recorded_loss_of_pb2_is_that_of_its_schedule():
    script = runpy.run_path(str(SCRIPTS / "record_pb2.py"))
    interval = script["INTERVAL"]
    runs = recorded("pb2_runs").groupby(["trials", "seed"])
    assert set(runs.groups) == {
        (trials, seed) for trials in script["SIZES"] for seed in script["SEEDS"]
    }
    for _, rows in runs:
        assert list(rows["step"]) == list(range(interval, STEPS + 1, interval))
        curve = loss_curve(np.repeat(rows["lr"], interval))[interval - 1 :: interval]
        np.testing.assert_allclose(rows["loss"], curve, rtol=1e-12)
