"""A figure laid out for a phone has every entry of the legend that the wide one has."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from built_site import SITE
from pbt_examples.figures import plot_bands

sys.path.insert(0, str(SITE.parents[1] / "_ext"))
from pictures import stack


@pytest.fixture
def panels():
    figure, axes = plt.subplots(1, 2, layout="constrained")
    yield figure, axes
    plt.close(figure)


def entries(figure):
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


def drawn_and_stacked(figure):
    figure.draw_without_rendering()
    stack(figure)


def test_filled_areas_keep_their_names(panels):
    figure, axes = panels
    for ax in axes:
        plot_bands(
            np.arange(3), np.random.default_rng(0).random((9, 3)), ax, label="median"
        )
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower left", ncols=3)
    wide = entries(figure)
    assert len(wide) == 3
    drawn_and_stacked(figure)
    assert entries(figure) == wide


def test_lines_of_one_name_and_two_colours_are_two_entries(panels):
    figure, axes = panels
    for ax, color in zip(axes, ["C1", "C2"], strict=True):
        ax.plot([0, 1], "k", label="ancestry")
        ax.plot([1, 0], color, label="lane")
        ax.legend(ncols=2)
    drawn_and_stacked(figure)
    assert entries(figure) == ["ancestry", "lane", "lane"]


def test_the_title_of_the_legend_stays(panels):
    figure, (ax, _) = panels
    ax.plot([0, 1], label="ancestry")
    ax.plot([1, 0], label="lane")
    ax.legend(ncols=2, title="winner, trial 2")
    drawn_and_stacked(figure)
    (legend,) = figure.legends
    assert legend.get_title().get_text() == "winner, trial 2"
