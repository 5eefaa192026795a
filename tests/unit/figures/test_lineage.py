"""The family tree shows who descends from whom, as it was recorded."""

from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest
from pbt_examples.figures import lineage, plot_lineage
from pbt_examples.figures.lineage import FATES
from pbt_examples.record.segments import descent
from plotting_runs import asynchronous, build, explore_only, grid, synchronous

RUNS = pytest.mark.parametrize(
    "run", [synchronous(), asynchronous()], ids=["synch", "asynch"]
)


def artist(ax, gid):
    return next(each for each in ax.get_children() if each.get_gid() == gid)


def lane_of(height):
    return round(height)


def drawn_as(ax, fate):
    """Return the trials and iterations that are drawn with this fate."""
    lanes = artist(ax, "lanes")
    wanted = FATES[fate]["linewidth"]
    return {
        (lane_of(line[0, 1]), iteration)
        for line, width in zip(lanes.get_segments(), lanes.get_linewidths(), strict=True)
        if width == wanted
        for iteration in range(round(line[0, 0]) + 1, round(line[1, 0]) + 1)
    }


@RUNS
def test_each_exploit_is_one_edge_from_the_donors_lane_to_the_targets(run):
    edges = [
        tuple(edge.ravel()) for edge in artist(plot_lineage(run), "edges").get_segments()
    ]
    drawn = sorted((round(x), lane_of(y), lane_of(y1)) for x, y, _, y1 in edges)
    columns = ["donor_iteration", "donor", "target"]
    assert drawn == sorted(run.exploits[columns].itertuples(index=False, name=None))


@RUNS
def test_each_exploit_ends_the_targets_own_line(run):
    x, y = artist(plot_lineage(run), "ends").get_data()
    drawn = sorted(zip(map(round, x), map(lane_of, y), strict=True))
    columns = ["iteration", "target"]
    assert drawn == sorted(run.exploits[columns].itertuples(index=False, name=None))


def test_of_very_many_exploits_only_those_that_live_on_are_drawn(monkeypatch):
    run = build(
        {
            (0, 0): range(1, 7), (1, 0): range(1, 7), (2, 0): range(1, 3),
            (2, 1): range(3, 5), (2, 2): range(5, 7),
        },
        [
            (2, 2, 1, 2, 1, 0, 0.6, "resample", 0.24, "* 1.2", 0.04, "* 0.8"),
            (4, 2, 0, 4, 2, 0, 0.6, "resample", 0.24, "* 1.2", 0.04, "* 0.8"),
        ],
        first=[(0.0, 1.0, 0.05), (1.0, 0.2, 0.05), (0.5, 0.4, 0.05)],
    )  # fmt: skip
    edges = [edge.tolist() for edge in artist(plot_lineage(run), "edges").get_segments()]
    into_dead, into_living = [[2, 1], [3, 2]], [[4, 0], [5, 2]]
    assert sorted(edges) == [into_dead, into_living]
    monkeypatch.setattr(lineage, "MOST_EXPLOITS", 1)
    ax = plot_lineage(run)
    edges = [edge.tolist() for edge in artist(ax, "edges").get_segments()]
    assert edges == [into_living]
    assert len(artist(ax, "ends").get_xdata()) == 0
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "state given up" not in names


@RUNS
def test_descent_agrees_with_the_ancestry_of_the_run(run):
    for trial in run.trials:
        last = run.ancestry(trial).groupby(["trial", "segment"])["iteration"].max()
        assert descent(run, [trial]) == last.to_dict()


def test_the_winners_ancestry_is_bold():
    run = synchronous()
    ancestry = run.ancestry(run.winner)
    recorded = set(zip(ancestry["trial"], ancestry["iteration"], strict=True))
    # A lane begins at the first report after an exploit, to which the edge leads.
    assert drawn_as(plot_lineage(run), 2) == recorded - {(2, 3)}


def test_lines_without_descendants_are_faded():
    assert drawn_as(plot_lineage(synchronous()), 0) == {
        *((0, i) for i in (1, 2, 3, 4)),  # given up at 4
        *((1, i) for i in (3, 4)),  # what the winner did not take over
        *((2, i) for i in (1, 2)),
    }


def test_the_winner_is_named_where_its_lane_ends():
    ax = plot_lineage(synchronous())
    assert [(text.get_text().strip(), text.xy) for text in ax.texts] == [("winner", (6, 2))]


def test_lanes_are_labelled_with_the_first_configurations():
    labels = [label.get_text() for label in plot_lineage(synchronous()).get_yticklabels()]
    assert labels == ["0: $h$ = [0, 1]", "1: $h$ = [1, 0.2]", "2: $h$ = [0.5, 0.4]"]


def test_parts_of_a_lane_that_overlap_are_drawn_apart():
    lanes = artist(plot_lineage(asynchronous()), "lanes").get_segments()
    first = sorted(
        (line[0, 1], line[0, 0], line[1, 0]) for line in lanes if lane_of(line[0, 1]) == 0
    )
    for (y, _, end), (y_next, begin, _) in pairwise(first):
        assert y != y_next or end <= begin
    assert len({y for y, _, _ in first}) == 2


def test_a_run_without_exploits_has_straight_lanes_only():
    ax = plot_lineage(grid(3))
    assert artist(ax, "edges").get_segments() == []
    lanes = [line.tolist() for line in artist(ax, "lanes").get_segments()]
    assert sorted(lanes) == [[[0, lane], [6, lane]] for lane in range(3)]


def test_until_shows_nothing_later():
    ax = plot_lineage(synchronous(), until=3)
    assert len(artist(ax, "edges").get_segments()) == 1
    assert max(line[:, 0].max() for line in artist(ax, "lanes").get_segments()) == 3


def test_an_exploit_at_the_last_iteration_shown_leads_straight_to_its_target():
    ax = plot_lineage(synchronous(), until=4)
    edges = [edge.tolist() for edge in artist(ax, "edges").get_segments()]
    assert sorted(edges) == [[[2, 1], [3, 2]], [[4, 2], [4, 0]], [[4, 2], [4, 1]]]
    ends = [line[1].tolist() for line in artist(ax, "lanes").get_segments()]
    assert sorted(ends) == [[2, 1], [2, 2], [4, 0], [4, 1], [4, 2]]


@pytest.mark.parametrize("trials", [1, 32])
def test_lanes_have_room_for_their_names(trials):
    ax = plot_lineage(grid(trials))
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert len(boxes) == trials
    assert not any(a.overlaps(b) for a, b in pairwise(boxes))


def test_a_trial_that_only_explores_gives_up_nothing():
    ax = plot_lineage(explore_only())
    assert len(artist(ax, "ends").get_xdata()) == 0
    assert len(artist(ax, "edges").get_segments()) == 0


def test_a_lane_with_an_unknown_donor_begins_where_the_trial_took_over():
    run = synchronous()
    first = run.exploits.iloc[[0]].assign(donor=-1, donor_segment=-1)
    run = replace(run, exploits=pd.concat([first, run.exploits.iloc[1:]]))
    [place] = first[["target", "donor_iteration"]].to_numpy().tolist()
    lanes = artist(plot_lineage(run), "lanes").get_segments()
    own = [(a[0], b[0]) for a, b in lanes if round(a[1]) == run.trials.index(place[0])]
    before = [begin for begin, _ in own if begin < place[1]]
    assert before == [0]
    assert place[1] in [begin for begin, _ in own]


@pytest.mark.parametrize(("trials", "step"), [(100, 1), (150, 2)])
def test_each_name_is_beside_its_lane_also_if_not_all_lanes_have_one(trials, step):
    ax = plot_lineage(grid(trials=trials, iterations=2))
    texts = [label.get_text() for label in ax.get_yticklabels()]
    lanes = [*range(0, trials, step)]
    assert [*ax.get_yticks()] == lanes
    assert [int(text.partition(":")[0]) for text in texts] == lanes
