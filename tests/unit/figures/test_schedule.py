"""The schedule figure shows the hyperparameters that training used."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pbt_examples.figures import plot_schedule
from plotting_runs import HYPERPARAMETERS, asynchronous, grid, synchronous


def artists(ax, gid):
    return [each for each in ax.get_children() if (each.get_gid() or "").startswith(gid)]


def values_at(line):
    """Return the value of a step line at each iteration."""
    x, y = line.get_data()
    assert line.get_drawstyle() == "steps-pre"
    return dict(zip(x[1:], y[1:], strict=True))


@pytest.mark.parametrize("run", [synchronous(), asynchronous()], ids=["synch", "asynch"])
@pytest.mark.parametrize("trial", [0, 1])
def test_the_bold_line_is_the_schedule_of_the_trials_last_state(run, trial):
    ancestry = run.ancestry(trial).set_index("iteration")
    for ax, name in zip(plot_schedule(run, trial=trial), HYPERPARAMETERS, strict=True):
        (line,) = artists(ax, "ancestry")
        assert values_at(line) == ancestry[name].to_dict()


def test_the_thin_line_is_the_trials_own_lane_by_segment():
    run = asynchronous()
    ax = plot_schedule(run, trial=1)[0]
    lanes = [values_at(line) for line in artists(ax, "lane")]
    assert lanes == [{1: 1.0, 2: 1.0, 3: 1.0}, {6: 0.0, 7: 0.0, 8: 0.0}]


def test_by_default_the_winners_schedule_is_used():
    run = synchronous()
    (line,) = artists(plot_schedule(run)[0], "ancestry")
    recorded = run.ancestry(2).set_index("iteration")["h0"]
    assert values_at(line) == recorded.to_dict()


def test_the_declared_range_is_shaded():
    lr = plot_schedule(synchronous())[2]
    (shade,) = artists(lr, "range")
    low, high = shade.get_extents().get_points()[:, 1]
    transformed = lr.transData.inverted().transform([(0, low), (0, high)])[:, 1]
    np.testing.assert_allclose(transformed, [0.005, 0.1])


def test_only_values_outside_the_declared_range_are_hatched():
    h0, _, lr = plot_schedule(synchronous(), trial=1)
    assert artists(h0, "outside") == []
    (outside,) = artists(lr, "outside")
    x = outside.get_paths()[0].vertices[:, 0]
    assert (x.min(), x.max()) == (4, 6)  # 0.12 from the exploit at 4 on
    assert outside.get_hatch()


def test_a_marker_shows_each_operation_where_the_value_begins():
    h0, h1, lr = plot_schedule(synchronous(), trial=0)
    run = synchronous()
    passed = (
        run.exploits[run.exploits["target"] == 2],
        run.exploits[run.exploits["target"] == 0],
    )
    assert [len(each) for each in passed] == [1, 1]
    markers = {
        name: {
            marker.get_gid().removeprefix("operation "): (
                marker.get_marker(), np.transpose(marker.get_data()).tolist(),
            )
            for marker in artists(ax, "operation")
        }
        for name, ax in zip(HYPERPARAMETERS, (h0, h1, lr), strict=True)
    }  # fmt: skip
    # Trial 0 took over from trial 2 at 4, which had taken over from trial 1 at 2.
    assert markers == {
        "h0": {"resample": ("D", [[2, 0.6]]), "* 1.2": ("^", [[4, 0.72]])},
        "h1": {"* 1.2": ("^", [[2, 0.24]]), "resample": ("D", [[4, 0.5]])},
        "lr": {"* 0.8": ("v", [[2, 0.04]]), "* 1.2": ("^", [[4, 0.048]])},
    }


def legend_of(run, trial=None):
    legend = plot_schedule(run, trial=trial)[0].get_legend()
    return {text.get_text() for text in legend.get_texts()}


def test_the_legend_explains_only_what_is_drawn():
    markers = {"× 1.2", "× 0.8", "resample"}
    lines = {"along its ancestry", "in its lane"}
    assert legend_of(synchronous(), 0) == lines | markers | {"declared range"}
    assert legend_of(synchronous(), 1) == lines | markers | {"declared range", "outside"}
    assert legend_of(grid()) == lines


def test_values_that_are_not_numbers_have_their_names_on_the_axis():
    run = synchronous()
    words = {0.0: "adam", 1.0: "sgd", 0.5: "adam", 0.6: "sgd", 0.72: "rmsprop", 0.1: "sgd"}
    history = run.history.assign(h0=run.history["h0"].map(words))
    exploits = run.exploits.assign(h0_new=run.exploits["h0_new"].map(words))
    ax = plot_schedule(replace(run, history=history, exploits=exploits), trial=0)[0]
    names = {
        tick: t.get_text()
        for tick, t in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    }
    (line,) = artists(ax, "ancestry")
    spoken = {iteration: names[y] for iteration, y in values_at(line).items()}
    assert spoken == {1: "sgd", 2: "sgd", 3: "sgd", 4: "sgd", 5: "rmsprop", 6: "rmsprop"}
    assert artists(ax, "range") == []


def test_an_axis_is_logarithmic_where_the_range_is_wide_and_positive():
    scales = [ax.get_yscale() for ax in plot_schedule(synchronous())]
    assert scales == ["linear", "linear", "log"]


def test_a_wrong_number_of_axes_is_quoted():
    _, axes = plt.subplots(2)
    with pytest.raises(ValueError, match=r"\['h0', 'h1', 'lr'\] needs its axes, got 2"):
        plot_schedule(grid(), axes)
