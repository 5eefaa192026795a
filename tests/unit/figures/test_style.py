"""A trial has the same style in all figures, and its first configuration as its label."""

import subprocess
import sys
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
from matplotlib.font_manager import FontEntry, fontManager
from pbt_examples.figures import plot_metric_history
from pbt_examples.figures.style import (
    short_names,
    shortened,
    symbol,
    symbols,
    trial_label,
    trial_style,
    use_style,
)
from plotting_runs import asynchronous, build, grid, synchronous


def test_labels_are_the_first_configurations_of_the_trials():
    run = synchronous()
    labels = [trial_label(run, trial) for trial in run.trials]
    assert labels == ["0: $h$ = [0, 1]", "1: $h$ = [1, 0.2]", "2: $h$ = [0.5, 0.4]"]


def test_a_label_has_only_what_distinguishes_trials():
    run = build({(0, 0): [1], (1, 0): [1]}, [], first=[(0, 1, 0.05), (0, 1, 0.1)])
    labels = [trial_label(run, trial) for trial in run.trials]
    assert labels == ["0: lr = 0.05", "1: lr = 0.1"]


def test_trials_that_began_alike_are_distinguished_by_number():
    first = [(0, 1, 0.05), (0, 1, 0.05), (1, 0, 0.05)]
    run = build({(trial, 0): [1] for trial in range(3)}, [], first=first)
    labels = [trial_label(run, trial) for trial in run.trials]
    assert labels == ["0: $h$ = [0, 1]", "1: $h$ = [0, 1]", "2: $h$ = [1, 0]"]


def test_long_strings_are_shortened_and_stay_different():
    prompts = [f"{'You are a helpful assistant. ' * 15}{end}" for end in "abb"]
    short = shortened([*prompts, "a short one"])
    assert max(map(len, short)) < 32
    assert short[1] == short[2] != short[0]
    assert short[3] == "a short one"
    alike = [f"{'x' * k}{'y' * 300}{k}" for k in (300, 301)]
    assert len({*shortened(alike)}) == 2


DECAY = "train_loop_config/lightning_module/config/optimizer/weight_decay"


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([DECAY], ["weight_decay"]),
        ([DECAY, "weight_decay"], ["optimizer/weight_decay", "weight_decay"]),
        ([DECAY, f"my_{DECAY}"], ["train_loop_…weight_decay", "my_train_lo…weight_decay"]),
        (["a/learning_rate_of_all"], ["a/learning_rate_of_all"]),
        (["m" * 30], [f"{'m' * 11}…{'m' * 12}"]),
        (["m" * 30, "m" * 31], [f"{'m' * 11}…{'m' * 12}", f"{'m' * 11}…{'m' * 12} (2)"]),
    ],
)
def test_of_a_long_name_what_tells_it_apart_is_shown(names, shown):
    assert short_names(names) == dict(zip(names, shown, strict=True))


def test_no_two_names_have_the_same_symbol():
    names = [f"{DECAY}/{end}" for end in ("h0", "h_0", "alpha")]
    shown = symbols(grid(), *names)
    assert shown[names[2]] == r"$\alpha$"
    assert len({*shown.values()}) == len(shown)


def test_a_label_that_would_be_long_has_its_first_hyperparameter_only():
    history = grid().history.assign(one="x" * 24, other="y" * 24)
    history.loc[history["trial"] == 1, ["one", "other"]] = "z" * 24
    run = replace(grid(), history=history, hyperparameters=("one", "other"))
    assert trial_label(run, 0) == f"0: one = {'x' * 24}, other = {'y' * 24}"
    longer = {"one": DECAY, "other": f"my_{DECAY}"}
    run = replace(
        run, history=history.rename(columns=longer), hyperparameters=(*longer.values(),)
    )
    assert trial_label(run, 1) == f"1: train_loop_…weight_decay = {'z' * 24}, …"


@pytest.mark.parametrize("trials", [2, 8, 32])
def test_no_two_trials_look_alike_even_without_their_colour(trials):
    run = grid(trials)
    styles = [trial_style(run, trial) for trial in run.trials]
    assert len({style["color"] for style in styles}) == trials
    assert len({(style["marker"], style["linestyle"]) for style in styles}) == trials


@pytest.mark.parametrize("function", [trial_style, trial_label])
def test_an_unknown_trial_is_quoted(function):
    with pytest.raises(ValueError, match=r"one of \[0, 1\], got 7"):
        function(grid(2), 7)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("theta0", r"$\theta_{0}$"),
        ("h1", "$h_{1}$"),
        ("Q", "$Q$"),
        ("lr", "lr"),
        ("cost_$", r"cost_\$"),
    ],
)
def test_symbols_are_used_for_letters_and_names_stay_names(name, shown):
    assert symbol(name) == shown


def test_other_fonts_are_used_only_if_they_are_installed(monkeypatch):
    entries = [FontEntry(name=name) for name in ("DejaVu Sans", "Malgun Gothic", "Any")]
    monkeypatch.setattr(fontManager, "ttflist", entries)
    with plt.rc_context():
        use_style()
        assert plt.rcParams["font.family"] == ["DejaVu Sans", "Malgun Gothic"]


def test_no_figure_needs_ray():
    code = (
        "import importlib, pkgutil, sys, pbt_examples.figures as rooms\n"
        "for room in pkgutil.iter_modules(rooms.__path__):\n"
        "    importlib.import_module(f'pbt_examples.figures.{room.name}')\n"
        "assert 'matplotlib' in sys.modules\n"
        "assert 'ray' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def keys(figure):
    return [[text.get_text() for text in key.get_texts()] for key in figure.legends]


def test_axes_of_one_figure_share_one_legend():
    figure, (left, right) = plt.subplots(1, 2)
    plot_metric_history(grid(), left)
    plot_metric_history(grid(), right, metric="theta0")
    assert keys(figure) == [["0: $h$ = [0, 0.5]", "1: $h$ = [1, 0.5]"]]
    assert left.get_legend() is right.get_legend() is None


def test_a_shared_legend_includes_what_only_one_run_has():
    figure, (left, right) = plt.subplots(1, 2)
    plot_metric_history(asynchronous(), left)
    first = [(0.0, 1.0, 0.05), (1.0, 0.0, 0.05)]
    plot_metric_history(build({(0, 0): [1], (1, 0): [1]}, [], first=first), right)
    assert keys(figure) == [["0: $h$ = [0, 1]", "1: $h$ = [1, 0]", "jump at an exploit"]]


def test_runs_that_give_a_marker_two_meanings_keep_their_own_legends():
    figure, (left, right) = plt.subplots(1, 2)
    plot_metric_history(grid(2), left)
    plot_metric_history(grid(3), right)
    assert keys(figure) == [["0: $h$ = [0, 0.5]", "1: $h$ = [1, 0.5]"]]
    texts = [text.get_text() for text in right.get_legend().get_texts()]
    assert texts == ["0: $h$ = [0, 0.5]", "1: $h$ = [0.5, 0.5]", "2: $h$ = [1, 0.5]"]
