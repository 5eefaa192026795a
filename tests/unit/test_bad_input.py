"""The error for a wrong argument gives its name, its value and what would be right."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from pbt_examples import Run, same_history, write_report
from pbt_examples.digits import (
    digits_accuracy,
    digits_loss,
    digits_param_space,
    digits_scheduler,
    digits_split,
    retrain_digits,
)
from pbt_examples.digits.network import WEIGHTS
from pbt_examples.figures import (
    describe,
    description_of,
    legend_of_trials,
    plot_bands,
    plot_best_and_median,
    plot_diversity,
    plot_gap_distribution,
    plot_lineage,
    plot_metric_history,
    plot_schedule,
    plot_spread,
    trial_label,
    trial_style,
)
from pbt_examples.record import data_folder, first_reaching, recorded, schedule_table
from pbt_examples.toy import (
    Q,
    Qhat,
    Reference,
    grad_Qhat,
    plot_ablation,
    plot_interval,
    toy_param_space,
    toy_scheduler,
    train_toy,
)
from pbt_examples.tuning import Keeper, Recorder, Replay, Watchdog, paced
from plotting_runs import grid, synchronous

NAN, INF = math.nan, math.inf
RUN = synchronous()
IMAGES = digits_split().training
THETA = np.zeros(WEIGHTS)
SCHEDULE = pd.DataFrame({"lr": [0.1], "weight_decay": [0.0], "noise": [0.1]})


def scheduler(**settings):
    return toy_scheduler(**settings)


def run_of(**changes):
    tables = {"history": RUN.history, "exploits": RUN.exploits, "metric": "Q"}
    return Run(**tables | changes)


def keeper(recorder=None, **changes):
    return Keeper(recorder or Recorder(), "x", **{"metric": "Q"} | changes)


TYPE_ERRORS = [
    # the run
    ("history", lambda value: run_of(history=value), [3]),
    ("exploits", lambda value: run_of(exploits=value), [3]),
    ("events", lambda value: run_of(events=value), [3]),
    ("metric", lambda value: run_of(metric=value), [3]),
    ("hyperparameters", lambda value: run_of(hyperparameters=value), ["lr"]),
    ("info", lambda value: run_of(info=value), [3]),
    ("one", lambda value: same_history(value, RUN), [3]),
    ("other", lambda value: same_history(RUN, value), [3]),
    ("metric", lambda value: Run.from_experiment("x", metric=value), [3]),
    (
        "perturbation_factors",
        lambda value: Run.from_experiment("x", metric="Q", perturbation_factors=value),
        [3],
    ),
    ("folder", RUN.save, [3]),
    ("folder", Run.load, [3]),
    ("path", lambda v: Run.from_experiment(v, metric="Q"), [3]),
    ("folder", lambda value: write_report(RUN, value), [3]),
    ("folder", lambda v: Keeper(Recorder(), v, metric="Q"), [3]),
    # the reference
    *[
        (name, lambda value, name=name: Reference(**{name: value}), ["no", 1, None])
        for name in ("exploit", "explore", "copy_h")
    ],
    ("h0", lambda value: Reference(h0=value), [3]),
    ("each of h0", lambda value: Reference(h0=(value,)), ["0"]),
    ("lr", lambda value: Reference(lr=value), ["a"]),
    (
        "iterations",
        lambda value: Reference(iterations=value),
        ["3"],
    ),
    ("perturbation_interval", lambda v: Reference(perturbation_interval=v), ["3"]),
    ("quantile_fraction", lambda value: Reference(quantile_fraction=value), ["x"]),
    ("runs", lambda value: Reference().best_Q(value), ["3"]),
    ("runs", lambda value: next(Reference().states(value)), ["3"]),
    ("first", lambda value: next(Reference().states(1, first=value)), ["3"]),
    ("seed", lambda value: Reference().best_Q(1, seed=value), ["3"]),
    # the toy problem
    ("theta", Q, ["ab"]),
    ("theta", lambda value: Qhat(value, [1, 1]), ["ab"]),
    ("h", lambda value: Qhat([1, 1], value), ["ab"]),
    ("h", lambda value: grad_Qhat([1, 1], value), ["ab"]),
    ("h0_values", toy_param_space, [3]),
    ("each of h0_values", lambda value: toy_param_space([value]), ["0"]),
    ("kind", lambda value: toy_scheduler(value), [3]),
    # the digits
    ("images", lambda value: digits_loss(THETA, value), [3]),
    ("images", lambda value: digits_accuracy(THETA, value), [3]),
    (
        "weight_decay",
        lambda value: digits_loss(THETA, IMAGES, weight_decay=value),
        ["x"],
    ),
    ("seed", lambda value: digits_param_space(seed=value), ["x"]),
    ("seed", lambda value: digits_scheduler(seed=value), ["x"]),
    ("schedule", lambda value: retrain_digits(value, seed=0), [3]),
    ("seed", lambda value: retrain_digits(SCHEDULE, seed=value), ["x"]),
    # what describes and counts
    ("picture", lambda v: describe(v, alt="a", caption="b"), [3]),
    ("picture", description_of, [3]),
    ("page", lambda value: data_folder(value, "x"), [3]),
    ("value", lambda value: first_reaching(RUN, value), ["x"]),
    ("title", lambda value: write_report(RUN, "never", title=value), [3]),
    # figures of many runs
    ("runs", plot_ablation, [3]),
    ("runs", plot_best_and_median, [3]),
    ("runs", plot_diversity, [3]),
    ("results", plot_spread, [3]),
    ("ax", lambda value: plot_spread({"a": [1]}, value), [3]),
    ("ax", lambda value: plot_bands([1], [[1]], value), [3]),
    ("ax", lambda value: plot_gap_distribution([0.1], value), [3]),
    ("span", lambda value: plot_gap_distribution([0.1], span=value), [3]),
    ("ax", lambda value: legend_of_trials(value, RUN), [3]),
    # the scheduler, and what goes along with it
    ("seed", lambda value: scheduler(seed=value), ["a"]),
    ("synch", lambda value: scheduler(synch=value), ["no"]),
    ("perturbation_interval", lambda v: scheduler(perturbation_interval=v), ["4"]),
    ("quantile_fraction", lambda v: scheduler(quantile_fraction=v), ["4"]),
    ("resample_probability", lambda v: scheduler(resample_probability=v), ["4"]),
    ("burn_in_period", lambda value: scheduler(burn_in_period=value), ["4"]),
    ("perturbation_factors", lambda v: scheduler(perturbation_factors=v), [3]),
    ("hyperparam_mutations", lambda v: scheduler(hyperparam_mutations=v), [3]),
    ("scheduler", Recorder, [3]),
    ("hyperparameters", lambda v: Recorder(hyperparameters=v), ["lr"]),
    ("metric", lambda value: Recorder().run(metric=value), [3]),
    ("recorder", lambda value: keeper(value), [3]),
    ("metric", lambda value: keeper(metric=value), [3]),
    ("patience", lambda value: Watchdog(patience=value), ["3"]),
    ("trainable", lambda value: paced(value, seconds=[1]), [3]),
    ("seconds", lambda value: paced(train_toy, seconds=value), [3]),
    ("patience", lambda v: paced(train_toy, seconds=[1], patience=v), ["3"]),
]

VALUE_ERRORS = [
    # the run
    ("history lacks", lambda value: run_of(metric=value), ["reward"]),
    ("history lacks", lambda value: run_of(hyperparameters=[value]), ["reward"]),
    ("history lacks", lambda value: run_of(history=value), [pd.DataFrame()]),
    ("exploits lacks", lambda value: run_of(exploits=value), [pd.DataFrame()]),
    (
        "exploits lacks",
        lambda v: run_of(hyperparameters=["lr"], exploits=RUN.exploits.drop(columns=v)),
        ["lr_donor", "lr_new"],
    ),
    ("events lacks", lambda value: run_of(events=value), [pd.DataFrame()]),
    ("mode", lambda value: run_of(mode=value), ["best", 3]),
    ("mode", lambda v: Run.from_experiment("x", metric="Q", mode=v), ["best", None]),
    ("trial", RUN.of_trial, [9, -1]),
    ("trial", RUN.ancestry, [9, -1]),
    ("trial", RUN.first_config, [9, "0"]),
    ("trial", lambda value: schedule_table(RUN, value), [9, "0"]),
    ("trial", lambda value: plot_schedule(RUN, trial=value), [9, "0"]),
    ("trial", lambda value: trial_style(RUN, value), [9, "0"]),
    ("trial", lambda value: trial_label(RUN, value), [9, "0"]),
    ("trial", lambda value: Replay(RUN, trial=value), [9, "0"]),
    ("run must have hyperparameters", Replay, [run_of()]),
    ("run must have hyperparameters", plot_schedule, [run_of()]),
    (
        "each of perturbation_factors",
        lambda v: Run.from_experiment("x", metric="Q", perturbation_factors=[v]),
        [NAN, INF],
    ),
    # the reference
    ("h0", lambda value: Reference(h0=value), [(), []]),
    ("each of h0", lambda value: Reference(h0=(0.0, value)), [NAN, INF]),
    ("lr", lambda value: Reference(lr=value), [NAN, INF]),
    ("iterations", lambda value: Reference(iterations=value), [0, -1]),
    ("perturbation_interval", lambda v: Reference(perturbation_interval=v), [0, -1]),
    ("quantile_fraction", lambda v: Reference(quantile_fraction=v), [-0.1, 0.6]),
    (
        "resample_probability",
        lambda v: Reference(resample_probability=v),
        [-0.1, 1.1],
    ),
    ("runs", lambda value: Reference().best_Q(value), [-1, 10**15]),
    ("runs", lambda v: Reference(iterations=10**12).best_Q(v), [1]),
    ("first", lambda value: next(Reference().states(1, first=value)), [-1]),
    ("seed", lambda value: Reference().best_Q(1, seed=value), [-1]),
    # the toy problem and the digits
    ("theta", Q, [3, [1, 2, 3]]),
    ("h0_values", toy_param_space, [[], ()]),
    ("each of h0_values", lambda value: toy_param_space([0.5, value]), [NAN, INF]),
    ("theta", lambda v: digits_loss(v, IMAGES), [3, [1, 2]]),
    ("theta", lambda v: digits_accuracy(v, IMAGES), [3, [1, 2]]),
    (
        "weight_decay",
        lambda value: digits_loss(THETA, IMAGES, weight_decay=value),
        [NAN, INF],
    ),
    ("seed", lambda value: digits_param_space(seed=value), [-1]),
    ("seed", lambda value: digits_scheduler(seed=value), [-1, 2**32]),
    ("seed", lambda value: retrain_digits(SCHEDULE, seed=value), [-1]),
    (
        r"each of schedule\['lr'\]",
        lambda value: retrain_digits(SCHEDULE.assign(lr=value), seed=0),
        [NAN, INF],
    ),
    (
        "schedule lacks",
        lambda value: retrain_digits(SCHEDULE.drop(columns=value), seed=0),
        ["lr", "weight_decay"],
    ),
    # what describes and counts
    ("alt", lambda value: describe(plt.figure(), alt=value, caption="b"), ["", " "]),
    ("caption", lambda v: describe(plt.figure(), alt="a", caption=v), ["", None]),
    ("value", lambda value: first_reaching(RUN, value), [NAN, INF]),
    ("name", recorded, ["../x", "", "digits/no_such"]),
    ("iteration", lambda value: plot_interval(RUN, value), [3, "2"]),
    ("lacks", lambda value: plot_metric_history(RUN, metric=value), ["x", 3]),
    # figures of many runs
    ("four runs", plot_ablation, [{}, {"a": RUN}]),
    ("runs", plot_best_and_median, [{}]),
    ("runs", plot_diversity, [{}, {"a": run_of()}]),
    ("every method", plot_spread, [{}, {"a": []}]),
    (r"each of results\['a'\]", lambda v: plot_spread({"a": [1.0, v]}), [NAN, INF]),
    ("values", lambda value: plot_bands([1, 2], value), [[[1]], [1, 2]]),
    ("gaps", plot_gap_distribution, [[]]),
    ("each of gaps", lambda v: plot_gap_distribution([0.1, v]), [NAN, INF, -1.0]),
    (
        "span",
        lambda value: plot_gap_distribution([0.1], span=value),
        [(0, 1), (1, 0), (1, 1), (NAN, 1), (0.1, INF), (0.1,), (0.1, 0.2, 0.3)],
    ),
    # the scheduler, and what goes along with it
    ("seed", lambda value: scheduler(seed=value), [-1, 2**32]),
    (
        "perturbation_interval",
        lambda value: scheduler(perturbation_interval=value),
        [0, -1],
    ),
    ("quantile_fraction", lambda v: scheduler(quantile_fraction=v), [-1, 0.6]),
    ("resample_probability", lambda v: scheduler(resample_probability=v), [-1, 2]),
    ("burn_in_period", lambda value: scheduler(burn_in_period=value), [-1, NAN]),
    (
        "each of perturbation_factors",
        lambda value: scheduler(perturbation_factors=(1.2, value)),
        [NAN, INF],
    ),
    (
        r"hyperparam_mutations\['lr'\]",
        lambda value: scheduler(hyperparam_mutations={"lr": value}),
        [[], {}],
    ),
    ("mode", lambda value: keeper(mode=value), ["best", None]),
    ("mode", lambda value: Recorder().run(metric="Q", mode=value), ["best", None]),
    ("metric", lambda value: Recorder().run(metric=value), ["Q"]),
    ("patience", lambda value: Watchdog(patience=value), [0, -1]),
    ("seconds", lambda value: paced(train_toy, seconds=value), [[], ()]),
    ("each of seconds", lambda v: paced(train_toy, seconds=[v]), [NAN, INF]),
    (
        "patience",
        lambda value: paced(train_toy, seconds=[1], patience=value),
        [NAN, -1],
    ),
]


def cases(table):
    return [
        pytest.param(name, use, value, id=f"{row}-{name}-{value!r}"[:60])
        for row, (name, use, values) in enumerate(table)
        for value in values
    ]


@pytest.mark.parametrize(("name", "use", "value"), cases(TYPE_ERRORS))
def test_a_wrong_type_is_named(name, use, value):
    with pytest.raises(TypeError, match=f"^{name} must be .*, got ") as error:
        use(value)
    shown = repr(value)[:20]
    assert shown in str(error.value)
    assert "must be None, got" not in str(error.value)


@pytest.mark.parametrize(("name", "use", "value"), cases(VALUE_ERRORS))
def test_a_wrong_value_is_named(name, use, value):
    with pytest.raises(ValueError, match=name) as error:
        use(value)
    said = str(error.value)
    assert any(
        sign in said
        for sign in ("must", "lacks", "needs", "room for", "no ", "empty", "not ")
    )


def test_ray_is_not_started_by_accident():
    with pytest.raises(RuntimeError, match="call it within a ray_session"):
        paced(train_toy, seconds=[1])


def test_an_empty_schedule_trains_no_iteration():
    assert retrain_digits(SCHEDULE.iloc[:0], seed=0).iteration == 0


@pytest.mark.parametrize("kind", [int, np.int64, np.int32])
def test_numpy_numbers_are_numbers(kind):
    assert Reference(iterations=kind(3)).best_Q(kind(2), seed=kind(1)).shape == (2, 3)
    assert scheduler(seed=kind(7), perturbation_interval=kind(2)).seed == 7
    plot_lineage(grid(), until=kind(3))
