"""Write what a run shows as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pbt_examples.checks import check_type
from pbt_examples.figures.description import describe, description_of
from pbt_examples.figures.lineage import plot_lineage
from pbt_examples.figures.metric import plot_metric_history
from pbt_examples.figures.schedule import plot_schedule
from pbt_examples.figures.style import number, use_style
from pbt_examples.record.files import write_texts
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.saving import harmless_csv
from pbt_examples.record.schedule import schedule_table

_PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:,">
<style>
  body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5;
         font-family: system-ui, sans-serif; color: #262626; background: #fff; }
  h1, h2 { line-height: 1.2; overflow-wrap: anywhere; }
  figure { margin: 1rem 0; }
  img { max-width: 100%; height: auto; }
  .table { overflow-x: auto; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { padding: .2rem .8rem .2rem 0; text-align: left; white-space: nowrap;
           border-bottom: 1px solid #d9d9d9; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
$body
</main>
</body>
</html>
""")


def write_report(run: Run, folder: str | Path, *, title: str = "A PBT run") -> Path:
    """Write a page with the figures and tables of a run, and its data beside it.

    Parameters
    ----------
    run : Run
        Any run.
    folder : path
        Made if it does not exist. Receives ``index.html``, with all pictures in it, the
        files of `Run.save`, and ``schedule.csv``.
    title : str
        The heading of the page.

    Returns
    -------
    Path
        The page.
    """
    check_run(run)
    check_type("title", title, str, "a string")
    folder = run.save(folder)
    body = [_summary(run), *_sections(run)]
    if run.hyperparameters:
        table = schedule_table(run)
        write_texts({folder / "schedule.csv": harmless_csv(table)})
        body.append(_table("The winner's schedule, in words", table))
    if len(run.exploits):
        body.append(_table("All exploits", run.exploits))
    page = folder / "index.html"
    write_texts({page: _PAGE.substitute(title=escape(title), body="\n".join(body))})
    return page


def _summary(run: Run) -> str:
    best = run.of_trial(run.winner)[run.metric].iloc[-1]
    better = "larger" if run.mode == "max" else "smaller"
    return (
        f"<p>{len(run.trials)} trials made {len(run.history)} reports and "
        f"{len(run.exploits)} exploits. Trial {run.winner} ended best, with "
        f"{escape(run.metric)} at {best:.6g} ({better} is better). Beside this page lie "
        "<code>history.csv</code> and <code>exploits.csv</code>, which "
        "<code>pbt_examples.Run.load</code> reads.</p>"
    )


def _sections(run: Run) -> Iterator[str]:
    with mpl.rc_context():
        use_style()
        yield _section("The metric", _picture(_metric_figure(run)))
        yield _section("The lineage", _picture(_lineage_figure(run)))
        if run.hyperparameters:
            yield _section("The winner's schedule", _picture(_schedule_figure(run)))


def _metric_figure(run: Run) -> Figure:
    figure = _figure(plot_metric_history(run))
    last = run.history.groupby("trial")[run.metric].last()
    ends = "; ".join(f"trial {trial} at {value:.4g}" for trial, value in last.items())
    return describe(
        figure,
        alt=f"""Line chart of {run.metric} over iterations, one line a trial, with
        {len(run.exploits)} jumps. The lines end as follows: {ends}.""",
        caption="""Dashed lines are exploits: there a trial gave up its own state for
        that of its donor.""",
    )


def _lineage_figure(run: Run) -> Figure:
    figure = _figure(plot_lineage(run))
    way = run.ancestry(run.winner)["trial"]
    lanes = [str(lane) for lane in way[way != way.shift()]]
    return describe(
        figure,
        alt=f"""Family tree of {len(run.trials)} trials. The last state of the winner,
        trial {run.winner}, went through the lanes of trials {", ".join(lanes)}.""",
        caption="""A lane a trial, an edge an exploit. Bold is what the winner's last
        state descends from; faded is what died out.""",
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
        with; the thin line is what its own lane had.""",
    )


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _picture(figure: Figure) -> str:
    with io.BytesIO() as buffer:
        figure.savefig(buffer, format="png", dpi=200)
        image = base64.b64encode(buffer.getvalue()).decode()
    plt.close(figure)
    texts = description_of(figure)
    assert texts is not None
    return (
        f'<figure><img src="data:image/png;base64,{image}" alt="{escape(texts.alt)}">'
        f"<figcaption>{escape(texts.caption)}</figcaption></figure>"
    )


def _section(heading: str, content: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{content}</section>"


def _table(name: str, table: pd.DataFrame) -> str:
    html = table.to_html(index=False, border=0, na_rep="", float_format="{:.6g}".format)
    # A wide table scrolls by itself, for which the tab key must reach it.
    label = f'role="region" tabindex="0" aria-label="{escape(name)}"'
    return _section(name, f'<div class="table" {label}>{html}</div>')
