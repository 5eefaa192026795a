"""The path figure shows the theta and the exploits that were recorded."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pbt_examples.toy import plot_parameter_history
from pbt_examples.toy.theta import DISTANCE, ROOM
from plotting_runs import asynchronous, grid, synchronous, theta


def artist(ax, gid):
    return next(each for each in ax.get_children() if each.get_gid() == gid)


@pytest.mark.parametrize("run", [synchronous(), asynchronous()], ids=["synch", "asynch"])
def test_each_exploit_is_one_jump_from_the_target_to_the_donor(run):
    jumps = artist(plot_parameter_history(run), "jumps").get_segments()
    assert len(jumps) == len(run.exploits)
    drawn = {tuple(np.round(jump.ravel(), 9)) for jump in jumps}
    for exploit in run.exploits.itertuples():
        left = theta(exploit.target, exploit.segment - 1, exploit.iteration)
        found = theta(exploit.donor, exploit.donor_segment, exploit.donor_iteration)
        assert tuple(np.round([*left, *found], 9)) in drawn


def test_a_run_without_exploits_has_no_jumps():
    ax = plot_parameter_history(grid())
    assert artist(ax, "jumps").get_segments() == []
    assert "jump at an exploit" not in [t.get_text() for t in ax.get_legend().get_texts()]


def test_after_a_jump_the_path_continues_from_the_donor():
    lines = artist(plot_parameter_history(synchronous()), "line-2").get_segments()
    assert len(lines) == 2
    np.testing.assert_allclose(lines[1][:2], [theta(1, 0, 2), theta(2, 1, 3)])


def test_every_path_begins_at_the_start():
    ax = plot_parameter_history(synchronous())
    for trial in range(3):
        line = artist(ax, f"line-{trial}").get_segments()[0]
        np.testing.assert_allclose(line[:2], [[0.9, 0.9], theta(trial, 0, 1)])


def test_there_is_a_marker_for_each_reported_iteration_and_no_other():
    run = synchronous()
    ax = plot_parameter_history(run)
    for trial in run.trials:
        recorded = run.of_trial(trial)[["theta0", "theta1"]]
        np.testing.assert_allclose(artist(ax, f"points-{trial}").get_offsets(), recorded)


def test_markers_shrink_with_time():
    sizes = artist(plot_parameter_history(synchronous()), "points-0").get_sizes()
    assert (np.diff(sizes) < 0).all()


def test_the_legend_names_each_trial_by_its_first_configuration():
    texts = [t.get_text() for t in plot_parameter_history(grid()).get_legend().get_texts()]
    assert texts == ["0: $h$ = [0, 0.5]", "1: $h$ = [1, 0.5]"]


def test_until_ends_the_paths_and_leaves_out_later_exploits():
    ax = plot_parameter_history(synchronous(), until=3)
    assert len(artist(ax, "jumps").get_segments()) == 1
    assert [len(artist(ax, f"points-{t}").get_offsets()) for t in range(3)] == [3, 3, 3]
    assert len(artist(ax, "line-0").get_segments()) == 1


def test_the_view_fits_the_data_and_has_the_marked_maximum():
    run = synchronous()
    ax = plot_parameter_history(run)
    points = [*run.history[["theta0", "theta1"]].to_numpy(), (0, 0), (0.9, 0.9)]
    low, high = ax.viewLim.get_points()
    assert (low < np.min(points, axis=0)).all()
    assert (np.max(points, axis=0) < high).all()
    np.testing.assert_allclose(high - low, 1.24 * np.ptp(points, axis=0))
    marks = [np.ravel(line.get_data()) for line in ax.lines if line.get_marker() == "+"]
    np.testing.assert_array_equal(marks, [[0, 0]])


def numbers_of(ax):
    return [text for text in ax.texts if (text.get_gid() or "").startswith("number")]


def place_of(number):
    """Return the centre of a number in pixels, of which there are 100 per inch."""
    return number.get_transform().transform(number.get_position())


def test_numbers_stand_beside_the_points_where_intervals_end():
    run = synchronous()
    numbers = numbers_of(plot_parameter_history(run))
    assert len(numbers) == 9  # iterations 2, 4 and 6 of three trials
    for number in numbers:
        trial, iteration = int(number.get_gid()[-1]), int(number.get_text())
        assert iteration in (2, 4, 6)
        row = run.of_trial(trial).query("iteration == @iteration").iloc[-1]
        point = row[["theta0", "theta1"]].astype(float)
        np.testing.assert_allclose(number.get_position(), point)
        moved = place_of(number) - number.axes.transData.transform(point)
        assert np.hypot(*moved) * 72 / 100 == pytest.approx(DISTANCE)


def test_numbers_without_room_are_left_out():
    run = synchronous()
    close = run.history[["theta0", "theta1"]] * 0.1 + 0.4
    ax = plot_parameter_history(replace(run, history=run.history.assign(**close)))
    ax.figure.draw_without_rendering()
    boxes = [number.get_window_extent() for number in numbers_of(ax)]
    assert 0 < len(boxes) < 9
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])


def test_numbers_keep_their_distance_from_every_point():
    run = grid(trials=4, iterations=60)
    crowd = np.random.default_rng(0).uniform(0.2, 0.7, size=(len(run.history), 2))
    run = replace(run, history=run.history.assign(theta0=crowd[:, 0], theta1=crowd[:, 1]))
    ax = plt.figure(figsize=(5, 5), layout="none").add_axes((0.1, 0.1, 0.8, 0.8))
    numbers = numbers_of(plot_parameter_history(run, ax))
    assert 0 < len(numbers) < 40  # of the ten of each of four trials
    ax.figure.draw_without_rendering()
    points = ax.transData.transform(crowd)
    for number in numbers:
        assert np.hypot(*(points - place_of(number)).T).min() * 72 / 100 >= ROOM - 0.01


@pytest.mark.parametrize("trials", [1, 5, 32])
def test_any_number_of_trials_can_be_drawn(trials):
    ax = plot_parameter_history(grid(trials))
    ax.figure.canvas.draw()
    ancestry = artist(ax, "ancestry").get_segments()
    assert len(ancestry) == (1 if trials > 4 else 0)
    assert len(ax.get_legend().get_texts()) <= 8


def test_axes_that_are_given_are_used():
    _, ax = plt.subplots()
    assert plot_parameter_history(grid(), ax) is ax
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"$\theta_{0}$", r"$\theta_{1}$")
