"""The spread figure shows every result, and each method's mean."""

import numpy as np
import pytest
from pbt_examples.figures import plot_spread

RESULTS = {"one way": [0.9, 0.9, 0.96], "another": [0.5, 0.7]}


def test_every_result_has_its_dot_and_every_method_its_mean():
    ax = plot_spread(RESULTS)
    dots = [line for line in ax.lines if line.get_gid() == "dots"]
    bars = [bar for bar in ax.collections if bar.get_gid() == "mean"]
    for row, values in enumerate(RESULTS.values()):
        assert list(dots[row].get_xdata()) == sorted(values)
        assert (np.abs(dots[row].get_ydata() - row) < 0.5).all()
        (bar,) = bars[row].get_segments()
        assert bar[:, 0] == pytest.approx(np.mean(values))
    assert [label.get_text() for label in ax.get_yticklabels()] == list(RESULTS)


def test_equal_results_stay_visible():
    dots = plot_spread({"way": [0.5] * 4}).lines[0]
    assert len(set(dots.get_ydata())) == 4


@pytest.mark.parametrize("results", [{}, {"way": []}])
def test_nothing_to_draw_is_refused(results):
    with pytest.raises(ValueError, match="every method needs results"):
        plot_spread(results)
