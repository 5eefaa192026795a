"""Draw the moving picture of the front page: a recorded run of the gallery, as an SVG.

A style sheet and a script move it once. Without either, on paper, and for readers who ask
for less motion, the same drawing is a still.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from docutils import nodes
from pbt_examples.record import Run, data_folder
from pbt_examples.toy.function import Q_MAX
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WIDTH, HEIGHT = 560, 400
LEFT, RIGHT, TOP, BOTTOM = 34, 34, 30, 40
LIGHT = ("#0a5ea8", "#8a3a91", "#b8460b")
DARK = ("#6db3f2", "#d59ade", "#f0975b")
"""Colours of settings, from one end of their range to the other, for both themes."""


class PopulationHero(SphinxDirective):
    """``.. population-hero:: page run iterations`` draws the beginning of a recorded run.

    The caption is the content of the directive.
    """

    required_arguments = 3
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Read the run that the page has recorded and draw it."""
        page, name, iterations = self.arguments
        run = Run.load(data_folder(page, name))
        svg = _svg(run, int(iterations))
        caption = nodes.container(classes=["hero-caption"])
        caption += self.parse_content_to_nodes()
        start, end = f'<figure class="hero playing">{svg}{CONTROLS}', "</figure>"
        return [nodes.raw("", start, format="html"), caption,
                nodes.raw("", end, format="html")]  # fmt: skip


CONTROLS = (
    '<div class="hero-controls" hidden>'
    '<button type="button" data-do="again">Play again</button>'
    '<button type="button" data-do="pause">Pause</button></div>'
)


def _svg(run: Run, last: int) -> str:
    history = run.history[run.history["iteration"] <= last]
    exploits = run.exploits[run.exploits["iteration"] < last]
    # Training shrinks the gap to the maximum by a factor, so its logarithm is a line.
    height = -np.log(Q_MAX - history["Q"])
    low, high = float(height.min()), float(height.max())

    def x(iteration: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * float(iteration) / last

    def y(score: float) -> float:
        share = (-np.log(Q_MAX - float(score)) - low) / (high - low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    def points(rows: pd.DataFrame) -> str:
        pairs = zip(rows["iteration"], rows["Q"], strict=True)
        return " ".join(f"{x(i):.1f},{y(q):.1f}" for i, q in pairs)

    best = int(history[history["iteration"] == last].set_index("trial")["Q"].idxmax())
    return "\n".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="hero-title">',
            f'<title id="hero-title">{escape(_words(run, exploits, last))}</title>',
            '<clipPath id="hero-clip">'
            f'<rect width="{WIDTH}" height="{HEIGHT}"/></clipPath>',
            f'<path class="axis" d="M{LEFT},{TOP - 14}V{HEIGHT - BOTTOM + 8}'
            f'H{WIDTH - RIGHT + 14}"/>',
            f'<text x="{LEFT + 8}" y="{TOP - 8}">better</text>',
            f'<text class="end" x="{WIDTH - RIGHT + 14}" y="{HEIGHT - 10}">'
            "training steps</text>",
            '<g clip-path="url(#hero-clip)">',
            f'<polyline class="winner" points="{points(_ancestry(run, best, last))}"/>',
            *_lines(run, history, exploits, points, last),
            *_jumps(exploits, x, y, last),
            "</g>",
            *_labels(exploits, x, y, last),
            "</svg>",
        ]
    )


def _ancestry(run: Run, trial: int, last: int) -> pd.DataFrame:
    """Return the rows in the ancestry of a trial's state at iteration `last`."""
    rows, end = [], last
    while True:
        taken = run.exploits[
            (run.exploits["target"] == trial) & (run.exploits["iteration"] < end)
        ]
        begin = int(taken["iteration"].max()) if len(taken) else 0
        lane = run.of_trial(trial)
        rows.append(lane[(lane["iteration"] > begin) & (lane["iteration"] <= end)])
        if not begin:
            return pd.concat(rows[::-1])
        trial, end = int(taken["donor"].iloc[-1]), begin


def _lines(
    run: Run, history: pd.DataFrame, exploits: pd.DataFrame, points: Any, last: int
) -> Iterator[str]:
    for (trial, number), rows in history.groupby(["trial", "segment"]):
        taken = exploits[(exploits["target"] == trial) & (exploits["segment"] == number)]
        if len(taken):  # the line begins where the donor was
            donor = run.of_trial(int(taken["donor"].iloc[0]))
            start = donor[donor["iteration"] == int(taken["iteration"].iloc[0])]
            rows = pd.concat([start.assign(h0=rows["h0"].iloc[0], h1=rows["h1"].iloc[0]),
                              rows])  # fmt: skip
        end = float(rows["iteration"].max())
        light, dark = (_mix(stops, rows.iloc[-1]) for stops in (LIGHT, DARK))
        yield (
            f'<polyline class="{"lives" if end == last else "gone"}" '
            f'style="--t:{end / last:.3f};--light:{light};--dark:{dark}" '
            f'points="{points(rows)}"/>'
        )


def _jumps(exploits: pd.DataFrame, x: Any, y: Any, last: int) -> Iterator[str]:
    for row in exploits.to_dict("records"):
        at, t = x(row["iteration"]), row["iteration"] / last
        below, above = y(row["target_score"]), y(row["donor_score"])
        head = f'<path d="M{at - 4:.1f},{above + 9:.1f}l4,-7l4,7"/>'
        yield (
            f'<g class="jump" style="--t:{t:.3f}">'
            f'<path d="M{at:.1f},{below:.1f}V{above + 5:.1f}"/>'
            f'<circle cx="{at:.1f}" cy="{below:.1f}" r="3.5"/>'
            f"{head if below - above > 18 else ''}</g>"
        )


def _labels(exploits: pd.DataFrame, x: Any, y: Any, last: int) -> Iterator[str]:
    length = exploits.apply(lambda row: y(row["target_score"]) - y(row["donor_score"]), 1)
    early = exploits[exploits["iteration"] <= last / 2]
    row = early.loc[length[early.index].idxmax()]
    at, below = x(row["iteration"]), y(row["target_score"])
    t = row["iteration"] / last
    for number, line in enumerate(
        ["a weak model stops,", "copies a strong one", "and tries new settings"]
    ):
        yield (
            f'<text class="late" style="--t:{t:.3f}" x="{at + 12:.0f}" '
            f'y="{below + 5:.0f}" dy="{1.25 * number:.2f}em">{line}</text>'
        )
    for number, line in enumerate(["the steps that trained", "the best model"]):
        yield (
            f'<text class="late end glow" style="--t:1" x="{x(0.66 * last):.0f}" '
            f'y="{y(exploits["donor_score"].iloc[-1]):.0f}" '
            f'dy="{1.25 * number:.2f}em">{line}</text>'
        )


def _mix(stops: tuple[str, ...], row: pd.Series) -> str:
    """Return the colour of a setting, by the coordinate that it favours."""
    place = np.arctan2(row["h1"], row["h0"]) / (np.pi / 2) * (len(stops) - 1)
    lower = min(int(place), len(stops) - 2)
    ends = [[int(stops[i][k : k + 2], 16) for k in (1, 3, 5)] for i in (lower, lower + 1)]
    mixed = np.array(ends[0]) + (place - lower) * (np.array(ends[1]) - np.array(ends[0]))
    return "#" + "".join(f"{round(each):02x}" for each in mixed)


def _words(run: Run, exploits: pd.DataFrame, last: int) -> str:
    return (
        f"{len(run.trials)} models train for {last} steps, and their lines climb. "
        f"{len(exploits)} times a line that has fallen behind ends, jumps up to a better "
        "one and goes on in another colour. One path through the lines, from the first "
        "step to the best model at the end, is highlighted."
    )


def _style(app: Sphinx, page: str, *_: object) -> None:
    """Link the style and the script of the front page in its head, and on no other page."""
    if page == app.config.root_doc:
        app.add_css_file("front.css", priority=900)  # after site.css
        app.add_js_file("front.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and what adds the style and the script."""
    app.add_directive("population-hero", PopulationHero)
    app.connect("html-page-context", _style)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
