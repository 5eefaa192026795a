"""Every figure is legible: its text is large enough, and its colours stand out."""

from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from pbt_examples.figures import (
    headline,
    plot_best_and_median,
    plot_diversity,
    plot_exploit_counts,
    plot_lineage,
    plot_metric_history,
    plot_schedule,
    plot_timeline,
    use_style,
)
from pbt_examples.figures.style import COLORS, INK, PAPER, QUIET
from pbt_examples.toy import plot_ablation
from plotting_runs import grid, recorded, synchronous

COLUMN = 684
"""Width in pixels of the widest column on the site's pages."""


@pytest.fixture(autouse=True)
def _style():
    with plt.rc_context():
        use_style()
        yield


def luminance(color):
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted(luminance(to_rgb(color)) + 0.05 for color in (one, other))
    return high / low


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot_metric_history(synchronous()),
        lambda: plot_lineage(synchronous()),
        lambda: plot_lineage(grid(32)),
        lambda: plot_schedule(synchronous()),
        lambda: plot_exploit_counts(grid(32)),
        lambda: plot_ablation(dict.fromkeys("abcd", grid())),
    ],
)
def test_no_text_is_smaller_than_11_pixels_in_a_column(draw):
    draw()
    figure = plt.gcf()
    figure.canvas.draw()
    shown = min(1, COLUMN / (100 * figure.get_size_inches()[0]))
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    smallest = min(texts, key=Text.get_fontsize)
    assert smallest.get_fontsize() * 100 / 72 * shown >= 11, smallest.get_text()


@pytest.mark.parametrize("color", COLORS)
def test_every_trial_stands_out_from_the_paper(color):
    assert contrast(color, PAPER) >= 3


@pytest.mark.parametrize("color", [*COLORS[:4], INK, QUIET])
def test_colours_of_text_can_be_read(color):
    assert contrast(color, PAPER) >= 4.5


def test_a_headline_and_the_shared_legend_do_not_overlap():
    figure, axes = plt.subplots(1, 2)
    for ax in axes:
        plot_metric_history(synchronous(), ax)
    headline(figure, "All trials improve")
    figure.canvas.draw()
    (legend,) = figure.legends
    assert not figure._suptitle.get_window_extent().overlaps(legend.get_window_extent())


LONG = "train_loop_config/lightning_module/optimizer/weight_decay_of_the_residual_stream"


def with_long_names():
    """Return a run whose names are too long for any figure."""
    run = synchronous()
    names = {"h0": LONG, "lr": LONG.replace("optimizer", "schedule"), "Q": f"eval/{LONG}"}
    columns = {
        f"{name}_{end}": f"{names[name]}_{end}"
        for name in ("h0", "lr")
        for end in ("donor", "new", "operation")
    }
    return replace(
        run,
        history=run.history.rename(columns=names),
        exploits=run.exploits.rename(columns=columns),
        metric=names["Q"],
        hyperparameters=(names["h0"], "h1", names["lr"]),
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "draw",
    [
        plot_metric_history,
        plot_lineage,
        plot_schedule,
        plot_exploit_counts,
        lambda run: plot_timeline(recorded(run)),
        lambda run: plot_best_and_median({"a": run}),
        lambda run: plot_diversity({"a": run}),
    ],
)
def test_long_names_are_not_cut_and_leave_room_for_the_lines(draw):
    draw(with_long_names())
    figure = plt.gcf()
    figure.canvas.draw()
    whole, drawn = figure.bbox_inches, figure.get_tightbbox()
    assert whole.x0 <= drawn.x0 < drawn.x1 <= whole.x1
    assert whole.y0 <= drawn.y0 < drawn.y1 <= whole.y1
    assert sum({ax.bbox.width for ax in figure.axes}) > figure.bbox.width / 3
