"""The explorer's script is given what the run has."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pbt_examples import Run
from pbt_examples.explorer import Plane, explore
from pbt_examples.explorer import data as data_module
from pbt_examples.explorer.data import run_data, thin
from pbt_examples.toy import Reference, theta_plane


@pytest.fixture(scope="module")
def run() -> Run:
    """Return a run of four trials with exploits."""
    return Reference(trials=4, iterations=30).run(2)


def test_segments_hold_every_report(run):
    data = run_data(run)
    rows = [
        (segment["trial"], segment["number"], iteration, q, segment["config"]["lr"])
        for segment in data["segments"]
        for iteration, q in zip(segment["iteration"], segment["values"]["Q"], strict=True)
    ]
    columns = ["trial", "segment", "iteration", "Q", "lr"]
    expected = run.history[columns].to_numpy()
    np.testing.assert_allclose(rows, expected, rtol=1e-6)
    assert data["winner"] == run.winner
    assert data["reports"] == len(rows)


def test_every_exploit_is_the_beginning_of_a_segment(run):
    segments = run_data(run)["segments"]
    begun = {(s["trial"], s["number"]): s for s in segments if s["parent"] >= 0}
    assert len(begun) == len(run.exploits)
    for exploit in run.exploits.to_dict("records"):
        segment = begun[exploit["target"], exploit["segment"]]
        donor = segments[segment["parent"]]
        assert (donor["trial"], donor["number"]) == (
            exploit["donor"],
            exploit["donor_segment"],
        )
        assert segment["donorIteration"] == exploit["donor_iteration"]
        expected = [exploit[f"h0_{part}"] for part in ("donor", "new", "operation")]
        assert segment["changes"]["h0"] == expected


def test_parents_lead_along_the_ancestry(run):
    segments = run_data(run)["segments"]
    last = max(
        (i for i, s in enumerate(segments) if s["trial"] == run.winner),
        key=lambda i: segments[i]["number"],
    )
    lanes = []
    while last >= 0:
        lanes.append((segments[last]["trial"], segments[last]["number"]))
        last = segments[last]["parent"]
    passed = run.ancestry(run.winner)[["trial", "segment"]].drop_duplicates()
    assert lanes[::-1] == list(passed.itertuples(index=False, name=None))


def test_a_long_history_keeps_everything_visible(run, monkeypatch):
    long = Reference(trials=4, iterations=2000, perturbation_interval=100).run(1)
    monkeypatch.setattr(data_module, "MOST_REPORTS", 400)
    kept = thin(long)
    assert len(kept) < 1000 < len(long.history)
    for _, exploit in long.exploits.iterrows():
        at = (kept["trial"] == exploit["donor"]) & (
            kept["segment"] == exploit["donor_segment"]
        )
        assert exploit["donor_iteration"] in set(kept.loc[at, "iteration"])
    for (trial, segment), rows in long.history.groupby(["trial", "segment"]):
        here = kept[(kept["trial"] == trial) & (kept["segment"] == segment)]
        assert here["iteration"].iloc[0] == rows["iteration"].iloc[0]
        assert here["iteration"].iloc[-1] == rows["iteration"].iloc[-1]
        assert (here["Q"].min(), here["Q"].max()) == (rows["Q"].min(), rows["Q"].max())
    assert run_data(long)["reports"] == len(long.history)


def test_values_that_are_not_numbers_are_left_out_of_lines(run):
    history = run.history.copy()
    history.loc[3, "Q"] = np.nan
    history.loc[4, "theta0"] = np.inf
    html = explore(replace(run, history=history))._repr_html_()
    data = json.loads(re.search(r'json">(.*?)</script>', html)[1])
    first = data["segments"][0]["values"]
    assert first["Q"][3] is None
    assert first["theta0"][4] is None


def test_hyperparameters_may_have_any_type(run):
    history = run.history.assign(optimizer="</script>", lr=np.int64(3))
    exploits = run.exploits.assign(
        optimizer_donor="</script>", optimizer_new=None, optimizer_operation=np.nan
    )
    some = replace(
        run, history=history, exploits=exploits, hyperparameters=("optimizer", "lr")
    )
    html = explore(some)._repr_html_()
    data = json.loads(re.search(r'json">(.*?)</script>', html)[1])
    assert data["segments"][0]["config"] == {"optimizer": "</script>", "lr": 3}
    assert html.count("</script>") == 2


def test_runs_without_exploits_or_hyperparameters_can_be_explored(run):
    alone = Run(history=run.history, exploits=run.exploits.iloc[:0], metric="Q")
    data = explore(alone).data
    assert data["hyperparameters"] == []
    assert data["metrics"][0] == "Q"


def test_seconds_are_known_for_all_reports_or_for_none(run):
    assert explore(run).data["segments"][0]["time"] is None
    timed = run.history.assign(time=pd.Series(np.arange(len(run.history), dtype=float)))
    times = explore(replace(run, history=timed)).data["segments"][0]["time"]
    assert times[:2] == [0.0, 1.0]


def test_a_moment_has_an_anchor_without_scripts(run):
    html = explore(run, moments=[4, 8])._repr_html_()
    assert re.findall(r'<span id="(.*?)">', html) == ["iteration=4", "iteration=8"]


def test_a_moment_must_be_one_of_the_run(run):
    with pytest.raises(ValueError, match="moments must be between 1 and 30, got 31"):
        explore(run, moments=[31])


def test_a_plane_must_be_of_metrics_that_were_reported(run):
    with pytest.raises(ValueError, match=r"history lacks the columns \['nothing'\]"):
        explore(run, plane=Plane("nothing", "Q", (0.0, 0.0)))


def test_ellipses_of_the_toy_are_lines_of_equal_q():
    from pbt_examples.toy import Q

    for along0, along1, level in theta_plane().ellipses:
        assert Q([along0, 0.0]) == pytest.approx(level)
        assert Q([0.0, along1]) == pytest.approx(level)
