"""Show a recorded run as interactive, linked views."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from pbt_examples.checks import check_integer, check_type
from pbt_examples.explorer.assets import HERE, join, style
from pbt_examples.explorer.data import run_data
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.tables import require_columns


@dataclass(frozen=True)
class Plane:
    """A plane of two metrics, in which the explorer draws the path of each trial.

    Attributes
    ----------
    x, y : str
        Names of the metrics.
    optimum : tuple of float
        The place of the optimum.
    ellipses : tuple of tuple of float
        Lines of equal value around the optimum: the radius along `x`, the radius along
        `y`, and the value.
    """

    x: str
    y: str
    optimum: tuple[float, float]
    ellipses: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class Explorer:
    """An interactive view of a run as HTML, which notebooks and gallery pages show.

    Attributes
    ----------
    name : str
        Name of the run in the address of the page.
    data : dict
        The data for the script.
    moments : tuple of int
        Iterations that the page links to.
    """

    name: str
    data: dict[str, Any]
    moments: tuple[int, ...] = ()

    def _repr_html_(self) -> str:
        data = json.dumps(self.data, separators=(",", ":"), allow_nan=False)
        data = data.replace("<", r"\u003c")  # which means the same, and ends no element
        anchors = (f'<span id="iteration={moment}"></span>' for moment in self.moments)
        return (
            f"<div><style>{style()}</style>{''.join(anchors)}\n"
            f'<div class="pbt-explorer" hidden id="explore-{escape(self.name)}" '
            f'role="group" aria-label="Explorer: {escape(self.name)}">'
            f'<script type="application/json">{data}</script>'
            f"</div>\n<script>{join(HERE / 'script' / 'main.js')}</script></div>"
        )


def explore(
    run: Run,
    *,
    name: str = "run",
    plane: Plane | None = None,
    moments: Sequence[int] = (),
) -> Explorer:
    """Return an explorer of a run: linked views of what was recorded, on one time axis.

    Make it the last expression of a notebook cell. The page that shows it needs no server
    and no network. The views are the metric with its jumps, the lineage, and the schedule
    of each hyperparameter. Point at a segment to highlight its ancestry in all of them.
    In a page, the explorer takes the place of the figures directly before it, which a
    button brings back. Without scripts and on paper you see the figures.

    Parameters
    ----------
    run : Run
        Any run.
    name : str, default: "run"
        Identifies the explorer in the address of a page with several of them, such as
        ``#run=NAME&iteration=48&trial=1``.
    plane : Plane, optional
        Two metrics to draw against each other.
    moments : sequence of int, default: ()
        Iterations that the page links to, as ``#iteration=48``. If no script runs, such a
        link leads to the place of the explorer.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If the run did not report the metrics of the plane.
    """
    check_run(run)
    check_type("name", name, str, "a string")
    check_type("plane", plane, (Plane, type(None)), "a Plane or None")
    if plane is not None:
        require_columns("history", run.history, [plane.x, plane.y])
    last = int(run.history["iteration"].max())
    for moment in moments:
        check_integer("each of moments", moment, least=1, most=last)
    about = {"name": name, "plane": None if plane is None else asdict(plane)}
    return Explorer(name, run_data(run) | about, tuple(moments))
