"""Every figure and table accepts an odd but valid run, and refuses anything else."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pbt_examples import same_history, write_report
from pbt_examples.figures import (
    legend_of_trials,
    plot_best_and_median,
    plot_diversity,
    plot_exploit_counts,
    plot_lineage,
    plot_metric_history,
    plot_pace,
    plot_schedule,
    plot_timeline,
    trial_label,
    trial_style,
    use_style,
)
from pbt_examples.record import (
    activity,
    activity_shares,
    cost_per_report,
    first_reaching,
    population_history,
    schedule_table,
)
from pbt_examples.record.info import RunInfo
from pbt_examples.toy import (
    make_animation,
    oracle_error,
    plot_ablation,
    plot_interval,
    plot_parameter_history,
    plot_Q_history,
)
from pbt_examples.tuning import Replay
from plotting_runs import build, grid, recorded, synchronous

FIGURES = {
    "animation": lambda run: make_animation(run)._draw_frame(1),
    "lineage": plot_lineage,
    "metric": plot_metric_history,
    "Q": plot_Q_history,
    "pace": plot_pace,
    "population": lambda run: plot_best_and_median({"a": run, "b": run}),
    "diversity": lambda run: plot_diversity({"a": run}),
    "exploit counts": plot_exploit_counts,
    "schedule": plot_schedule,
    "theta": plot_parameter_history,
    "timeline": plot_timeline,
}
TABLES = {
    "activity": activity,
    "activity shares": activity_shares,
    "first reaching": lambda run: first_reaching(run, 0.3),
    "population history": population_history,
    "schedule": schedule_table,
    "ancestry": lambda run: run.ancestry(run.winner),
    "oracle": oracle_error,
    "style": lambda run: trial_style(run, 0),
    "label": lambda run: trial_label(run, 0),
}
HUGE = 1.7e308  # nearly the largest 64-bit float
NEED_MORE = {
    "cost": cost_per_report,  # two reports
    "interval": lambda run: plot_interval(run, 2),  # an exploit
    "report": lambda run: write_report(run, "never written"),  # tested elsewhere
    "ablation": lambda run: plot_ablation(dict.fromkeys("abcd", run)),  # four runs
    "legend": lambda run: legend_of_trials(plt.subplots()[1], run),  # axes
    "animation until": lambda run: make_animation(run, until=1),
    "same history": lambda run: same_history(run, grid()),
    "replay": Replay,
}


def with_metric(change):
    """Return a run in which some values of the metric are changed."""
    run = synchronous()
    history = run.history.copy()
    history.loc[history.index[::3], "Q"] = change
    return replace(run, history=history)


def with_huge_hyperparameters():
    run = synchronous()
    name = run.hyperparameters[0]
    history = run.history.copy()
    history.loc[history.index[::3], name] = [HUGE, -HUGE] * 3
    return replace(run, history=history, info=RunInfo(domains={name: (-HUGE, HUGE)}))


def of_texts():
    run = grid(2)
    values = ["$x_{$ <b>", "=1 \\frac"]
    history = run.history.assign(lr=np.repeat(values, 6))
    return replace(run, history=history, hyperparameters=("lr",))


UNEQUAL = {(0, 0): range(1, 3), (1, 0): range(1, 8), (2, 0): range(1, 2)}
ODD = {
    "one trial": lambda: grid(1),
    "one report": lambda: grid(1, 1),
    "no exploits": lambda: grid(3),
    "unequal lengths": lambda: build(
        UNEQUAL, [], first=[(i / 2, 0.5, 0.05) for i in range(3)]
    ),
    "missing metrics": lambda: with_metric(np.nan),
    "infinite metrics": lambda: with_metric(np.inf),
    "huge metrics": lambda: with_metric([HUGE, -HUGE] * 3),
}
TEXTS = [name for name in FIGURES if name not in ("diversity",)]


@pytest.mark.filterwarnings("error", "ignore:Animation was deleted")
@pytest.mark.parametrize("odd", list(ODD))
def test_an_odd_run_is_drawn_and_counted(odd):
    run = recorded(ODD[odd]())
    with plt.rc_context():
        use_style()
        for draw in FIGURES.values():
            draw(run)
            plt.gcf().draw_without_rendering()
            plt.close("all")
    for count in TABLES.values():
        count(run)


@pytest.mark.filterwarnings("error", "ignore:Animation was deleted")
def test_a_huge_hyperparameter_and_its_domain_are_drawn():
    run = with_huge_hyperparameters()
    for draw in ("metric", "lineage", "schedule", "theta"):
        FIGURES[draw](run)
        plt.gcf().draw_without_rendering()


@pytest.mark.filterwarnings("error", "ignore:Animation was deleted")
def test_strings_with_math_characters_are_drawn_literally():
    run = recorded(of_texts())
    for name in TEXTS:
        FIGURES[name](run)
        plt.gcf().draw_without_rendering()
        plt.close("all")


@pytest.mark.parametrize("name", [*FIGURES, *TABLES, *NEED_MORE])
def test_anything_but_a_run_with_reports_is_refused(name):
    use = (FIGURES | TABLES | NEED_MORE)[name]
    if name not in ("ancestry",):
        for wrong in (3, None, "folder", grid().history):
            with pytest.raises(TypeError, match=r"(run|one) must be a Run.*, got"):
                use(wrong)
    run = recorded(grid())
    empty = replace(run, history=run.history.iloc[:0])
    if name not in ("ancestry", "same history"):
        with pytest.raises(ValueError, match=r"run must have reports, got Run\(0 trials"):
            use(empty)


@pytest.mark.parametrize("name", ["lineage", "schedule", "ancestry"])
def test_a_run_without_any_value_of_its_metric_has_no_winner(name):
    run = recorded(grid())
    run = replace(run, history=run.history.assign(Q=np.nan))
    with pytest.raises(
        ValueError, match=r"no trial of Run\(2 .* has any value of the metric"
    ):
        (FIGURES | TABLES)[name](run)


@pytest.mark.parametrize(
    "draw", [make_animation, plot_lineage, plot_metric_history, plot_Q_history,
             plot_parameter_history]
)  # fmt: skip
@pytest.mark.parametrize(
    ("until", "error"),
    [(0, ValueError), (-1, ValueError), (7, ValueError), (10**12, ValueError),
     (1.5, TypeError), ("3", TypeError), (float("nan"), TypeError), (True, TypeError)],
)  # fmt: skip
def test_the_last_iteration_to_show_must_be_one_of_the_run(draw, until, error):
    with pytest.raises(error, match=rf"until must be .*, got {until!r}"):
        draw(grid(), until=until)


@pytest.mark.parametrize(
    "draw",
    [plot_lineage, plot_metric_history, plot_Q_history, plot_parameter_history,
     plot_pace, plot_timeline, plot_exploit_counts],
)  # fmt: skip
def test_a_figure_is_drawn_on_axes_only(draw):
    for wrong in (3, "ax", plt.figure(), plt.subplots(2)[1]):
        with pytest.raises(TypeError, match="ax must be Matplotlib's Axes, got"):
            draw(recorded(grid()), wrong)


@pytest.mark.parametrize(
    "draw",
    [lambda axes: plot_interval(synchronous(), 2, axes),
     lambda axes: plot_best_and_median({"a": grid()}, axes),
     lambda axes: plot_diversity({"a": grid()}, axes)],
)  # fmt: skip
def test_a_figure_of_several_axes_needs_as_many(draw):
    for wrong in (3, [1, 2, 3, 4], plt.subplots(7)[1]):
        with pytest.raises(ValueError, match=r"axes must be \d of Matplotlib's Axes, got"):
            draw(wrong)


def test_a_figure_of_the_clock_needs_a_run_that_was_recorded():
    for draw in (plot_pace, plot_timeline, activity, activity_shares):
        with pytest.raises(ValueError, match=r"needs a run with events, got Run\("):
            draw(grid())


def test_a_figure_of_the_toy_problem_needs_its_columns():
    history = synchronous().history.drop(columns=["theta0"])
    run = replace(synchronous(), history=history)
    for draw in (
        make_animation, plot_parameter_history, lambda run: plot_interval(run, 2)
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"lacks the columns \['theta0'\]; it has"):
            draw(run)


def test_a_decision_can_be_drawn_without_a_known_interval():
    assert plot_interval(replace(synchronous(), info=RunInfo()), 2).shape == (4,)
