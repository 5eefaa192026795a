"""Grid search on the toy problem: PBT without its scheduler, and otherwise the same."""

import matplotlib.pyplot as plt
import pytest
from pbt_examples.toy import (
    oracle_error,
    plot_parameter_history,
    plot_Q_history,
    toy_param_space,
    toy_scheduler,
    train_toy,
)
from pbt_examples.tuning import buffered_reports, run_experiment

pytestmark = pytest.mark.usefixtures("ray_with_1_slot")


TUNED = ["h0", "h1", "lr"]


@pytest.fixture(scope="module")
def grid(ray_with_1_slot):
    with buffered_reports(4):  # the same bits
        return run_experiment(train_toy, toy_param_space(), hyperparameters=TUNED)


def test_each_trial_keeps_the_configuration_that_pbt_would_start_from(grid):
    pbt = run_experiment(
        train_toy, toy_param_space(), scheduler=toy_scheduler(), iterations=1
    )
    for trial in (0, 1):
        rows = grid.of_trial(trial)[TUNED].drop_duplicates()
        assert rows.to_dict("records") == [pbt.first_config(trial)]


def test_every_iteration_is_reported_once_and_nobody_exploits(grid):
    for trial in (0, 1):
        assert grid.of_trial(trial)["iteration"].to_list() == list(range(1, 101))
    assert grid.exploits.empty
    assert oracle_error(grid) == 0


def test_the_plateaus_are_those_that_arithmetic_gives(grid):
    last = grid.history.groupby("trial")["Q"].last()
    assert last[0] == pytest.approx(1.2 - 0.75 * 0.9**2, abs=1e-6)
    assert last[1] == pytest.approx(1.2 - 0.9**2, abs=1e-6)


@pytest.mark.parametrize("plot", [plot_parameter_history, plot_Q_history])
def test_no_jump_is_drawn(grid, plot):
    ax = plot(grid)
    (jumps,) = ax.findobj(lambda artist: artist.get_gid() == "jumps")
    assert not jumps.get_segments()
    plt.close(ax.figure)
