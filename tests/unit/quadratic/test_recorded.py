"""The tables recorded in advance are complete, and follow from their schedules."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from pbt_examples.quadratic import STEPS, FrequenciesReference, Reference, loss_curve
from pbt_examples.record import recorded
from scipy.stats import kstest

SCRIPT = runpy.run_path(str(Path(__file__).parents[3] / "scripts" / "record_quadratic.py"))
GREEDY, PB2 = SCRIPT["GREEDY_SEEDS"], SCRIPT["PB2_SEEDS"]


@pytest.mark.parametrize(
    ("table", "group", "seeds"),
    [("greedy_runs", "interval", GREEDY), ("pb2_runs", "trials", PB2)],
)
def test_each_recorded_loss_is_that_of_its_schedule(table, group, seeds):
    runs = recorded(f"quadratic/{table}").groupby([group, "seed"])
    assert set(runs.groups) == {(each, s) for each, n in seeds.items() for s in range(n)}
    for (each, _), rows in runs:
        interval = each if group == "interval" else SCRIPT["PB2_INTERVAL"]
        assert list(rows["step"]) == list(range(interval, STEPS + 1, interval))
        curve = loss_curve(np.repeat(rows["lr"], interval))[interval - 1 :: interval]
        np.testing.assert_allclose(rows["loss"], curve, rtol=1e-12)


@pytest.mark.parametrize("interval", list(GREEDY))
def test_the_recorded_runs_agree_with_the_reference(interval):
    table = recorded("quadratic/greedy_runs").query("interval == @interval")
    final = table.groupby("seed")["loss"].last()
    simulated = Reference(interval=interval).winners(500).loss
    low, high = np.quantile(simulated, [0.002, 0.998])
    assert final.between(low, high).all()
    ranks = (simulated[:, np.newaxis] < final.to_numpy()).mean(axis=0)
    assert kstest(ranks, "uniform").pvalue > 0.01


def test_the_recorded_subpopulations_agree_with_their_reference():
    table = recorded("quadratic/frequencies_runs")
    assert set(table["seed"]) == set(range(SCRIPT["FREQUENCIES_SEEDS"]))
    final = table.groupby("seed")["loss"].last().to_numpy()
    pbt = FrequenciesReference(intervals=SCRIPT["FREQUENCIES"], trials=SCRIPT["TRIALS"])
    simulated = pbt.winners(500).loss
    ranks = (simulated[:, np.newaxis] < final).mean(axis=0)
    assert kstest(ranks, "uniform").pvalue > 0.01
    for _, rows in table.groupby("seed"):
        interval = SCRIPT["FREQUENCIES"][0]
        curve = loss_curve(np.repeat(rows["lr"], interval))[interval - 1 :: interval]
        np.testing.assert_allclose(rows["loss"], curve, rtol=1e-12)
