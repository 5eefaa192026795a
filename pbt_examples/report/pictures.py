"""The figures of a report, with descriptions made from the run, as HTML."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator
from html import escape

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pbt_examples.figures.description import describe, description_of
from pbt_examples.figures.lineage import is_dense, plot_lineage
from pbt_examples.figures.metric import plot_metric_history
from pbt_examples.figures.schedule import plot_schedule
from pbt_examples.figures.style import number, use_style
from pbt_examples.record.reading.notes import counted
from pbt_examples.record.run import Run

DPI = 200
"""Pixels per inch, of which a page shows 100: sharp on dense screens."""
MOST_PIXELS = 3_000_000
"""A picture of hundreds of lanes has fewer per inch, or it would take 20 MB."""


def pictures(run: Run) -> Iterator[tuple[str, str]]:
    """Yield a heading and the HTML of each figure of a run."""
    with mpl.rc_context():
        use_style()
        yield _picture("The run", _metric_figure(run))
        yield _picture("The lineage", _lineage_figure(run))
        if run.hyperparameters:
            yield _picture("The winner's schedule", _schedule_figure(run))


def _metric_figure(run: Run) -> Figure:
    figure = _figure(plot_metric_history(run))
    last = run.history.groupby("trial")[run.metric].last()
    ends = "; ".join(f"trial {trial} at {value:.4g}" for trial, value in last.items())
    dashed = "Dashed lines are exploits: there a trial took over the state of its donor."
    return describe(
        figure,
        alt=f"""Line chart of {run.metric} over iterations, one line for each trial, with
        {counted(_jumps(run), "jump")}. The lines end as follows: {ends}.""",
        caption=dashed if _jumps(run) else "Each line is a trial.",
    )


def _lineage_figure(run: Run) -> Figure:
    figure = _figure(plot_lineage(run))
    way = run.ancestry(run.winner)["trial"]
    lanes = [str(lane) for lane in way[way != way.shift()]]
    lanes_of = "lane of trial" if len(lanes) == 1 else "lanes of trials"
    edges = "; each edge is an exploit" if _jumps(run) else ""
    too_many = "Edges to states that died out are left out, since there are so many."
    left_out = too_many if is_dense(run) else ""
    return describe(
        figure,
        alt=f"""Family tree of {counted(len(run.trials), "trial")}. The last state of the
        winner, trial {run.winner}, went through the {lanes_of} {", ".join(lanes)}.""",
        caption=f"""Each lane is a trial{edges}. The winner's last state descends from the
        bold line; dotted lines died out. {left_out}""",
    )


def _schedule_figure(run: Run) -> Figure:
    figure = _figure(plot_schedule(run)[0])
    ancestry = run.ancestry(run.winner)
    ends = "; ".join(
        f"{name} from {number(ancestry[name].iloc[0])} to {number(ancestry[name].iloc[-1])}"
        for name in run.hyperparameters
    )
    return describe(
        figure,
        alt=f"""Step charts of the hyperparameters over iterations, along the winner's
        ancestry and in its lane. Along the ancestry: {ends}. The table below has every
        change.""",
        caption="""The bold line is the schedule that the winner's last state was trained
        with. The thin line is what its own lane had.""",
    )


def _jumps(run: Run) -> int:
    # A trial that explored on its own stays in its lane.
    return int((run.exploits["target"] != run.exploits["donor"]).sum())


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _picture(heading: str, figure: Figure) -> tuple[str, str]:
    dpi = min(DPI, (MOST_PIXELS / math.prod(figure.get_size_inches())) ** 0.5)
    with io.BytesIO() as buffer:
        figure.savefig(buffer, format="png", dpi=dpi)
        image = base64.b64encode(buffer.getvalue()).decode()
    width, height = (round(100 * inches) for inches in figure.get_size_inches())
    plt.close(figure)
    texts = description_of(figure)
    assert texts is not None
    region = f'role="region" tabindex="0" aria-label="{escape(heading)}: figure"'
    return heading, (
        f'<figure><div class="picture" {region}>'
        f'<img width="{width}" height="{height}" alt="{escape(texts.alt)}" '
        f'src="data:image/png;base64,{image}"></div>'
        f"<figcaption>{escape(texts.caption)}</figcaption></figure>"
    )
