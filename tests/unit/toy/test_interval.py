"""The figure of one interval shows the decision that was recorded."""

import numpy as np
import pandas as pd
import pytest
from pbt_examples import Run
from pbt_examples.record.info import RunInfo
from pbt_examples.toy import grad_Qhat
from pbt_examples.toy.function import Q
from pbt_examples.toy.interval import plot_interval


@pytest.fixture
def run():
    """Two trials; at iteration 1 the second takes over the first's state."""
    states = {
        (0, 0, 1): [0.9, 0.5, 0.0, 1.0],
        (0, 0, 2): [0.9, 0.4, 0.0, 1.0],
        (1, 0, 1): [0.8, 0.9, 1.0, 0.0],
        (1, 1, 2): [0.7, 0.4, 0.5, 0.8],
    }
    rows = [
        dict(trial=t, segment=s, iteration=i, Q=float(Q(v[:2])), theta0=v[0], theta1=v[1],
             h0=v[2], h1=v[3], time=0.0, duration=0.0, pid=1)
        for (t, s, i), v in states.items()
    ]  # fmt: skip
    exploit = dict(
        iteration=1, target=1, donor=0, donor_iteration=1, segment=1, donor_segment=0,
        target_score=rows[2]["Q"], donor_score=rows[0]["Q"],
        h0_donor=0.0, h0_new=0.5, h0_operation="resample",
        h1_donor=1.0, h1_new=0.8, h1_operation="* 0.8",
    )  # fmt: skip
    return Run(
        history=pd.DataFrame(rows),
        exploits=pd.DataFrame([exploit]),
        metric="Q",
        hyperparameters=("h0", "h1"),
        info=RunInfo(perturbation_interval=1),
    )


def test_trials_are_ranked_by_the_metric_best_on_top(run):
    rank = plot_interval(run, 1)[0]
    labels = [label.get_text() for label in rank.get_yticklabels()]
    assert labels == ["1: $h$ = [1, 0]", "0: $h$ = [0, 1]"]


def test_explore_shows_the_new_h_and_its_origin(run):
    explore = plot_interval(run, 1)[2]
    marks = [tuple(np.ravel(line.get_data())) for line in explore.get_lines()]
    assert (0.5, 0.8) in marks
    assert [text.get_text() for text in explore.texts] == [
        "$h_{0}$ resampled\n$h_{1}$ × 0.8"
    ]


def test_the_target_trains_on_from_the_donors_theta(run):
    train = plot_interval(run, 1)[3]
    paths = [np.transpose(line.get_data()) for line in train.get_lines()]
    target = next(path for path in paths if len(path) == 2 and path[-1][0] == 0.7)
    assert tuple(target[0]) == (0.9, 0.5)


def test_the_gradient_field_is_that_of_the_targets_new_h(run):
    quiver = next(c for c in plot_interval(run, 1)[3].collections if hasattr(c, "U"))
    expected = grad_Qhat(quiver.get_offsets(), [0.5, 0.8]).theta
    np.testing.assert_allclose(np.column_stack([quiver.U, quiver.V]), expected)


def test_an_iteration_without_a_decision_is_refused(run):
    with pytest.raises(ValueError, match=r"one of \[1\], got 3"):
        plot_interval(run, 3)
