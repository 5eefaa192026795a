"""The Ray script that the playground writes runs the experiment of the page.

``tests/browser/test_playground.py`` checks that the page writes exactly this script.
"""

import runpy
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal
from pbt_examples import Run
from pbt_examples.toy import Reference, oracle_error

SCRIPT = Path(__file__).with_name("playground_on_ray.py")
SETTINGS = {
    "trials": 3, "lr": 0.02, "iterations": 12, "perturbation_interval": 3, "copy_h": False,
}  # fmt: skip
REPORTED = ["trial", "iteration", "Q", "theta0", "theta1", "lr", "h0", "h1"]
RECORDED = [
    "seed", "synch", "perturbation_interval", "quantile_fraction", "resample_probability",
    "domains",
]  # fmt: skip


@pytest.mark.slow
def test_the_script_makes_the_experiment_of_the_page(
    ray_with_1_slot, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(SCRIPT))
    real, simulated = Run.load("playground_on_ray"), Reference(**SETTINGS).run(12)
    # Random numbers play no part until the first decision.
    first = [run.history.query("iteration <= 3")[REPORTED] for run in (real, simulated)]
    assert_frame_equal(*(part.reset_index(drop=True) for part in first), check_exact=True)
    assert oracle_error(real) == 0
    assert real.exploits["iteration"].to_list() == simulated.exploits["iteration"].to_list()
    for name in RECORDED:
        assert getattr(real.info, name) == getattr(simulated.info, name)
