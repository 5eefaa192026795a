"""Bring what the benchmarks have measured to the page about it: numbers, tables, a figure.

The page names what it wants as MyST substitutions, ``{{ experiment.ratios.fit }}``, and so
no number on it is typed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from pbt_examples.figures import describe, use_style
from pictures import FOLDER, save_picture
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
NAMES = (
    "animation",
    "cluster",
    "experiment",
    "imports",
    "reference",
    "scaling",
    "site",
)

Result = dict[str, Any]


def substitute(app: Sphinx, config: Config) -> None:
    """Offer the results to the pages, their tables in Markdown."""
    for name in NAMES:
        result = _read(name)
        tables = {title: _markdown(rows) for title, rows in result["tables"].items()}
        config.myst_substitutions[name] = result | {
            "tables": tables,
            "rows": result["tables"],
        }


def draw(app: Sphinx) -> None:
    """Draw the page's figure, where the results are newer than it is."""
    target = Path(app.srcdir, FOLDER, "sphx_glr_performance_001.webp")
    sources = [Path(__file__), *RESULTS.glob("*.json")]
    if target.exists() and all(
        source.stat().st_mtime < target.stat().st_mtime for source in sources
    ):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    use_style()
    figure = _experiments()
    save_picture(figure, target, place="docs/_ext/measurements.py")
    plt.close(figure)


def _read(name: str) -> Result:
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise ExtensionError(
            f"{path.name} is missing; to measure it: nox -s bench -- {name}"
        )
    return json.loads(path.read_text())


def _markdown(rows: list[dict[str, Any]]) -> str:
    headings = list(rows[0])
    numeric = [isinstance(value, (int, float)) for value in rows[-1].values()]
    lines = [headings, ["--:" if number else ":--" for number in numeric]]
    lines += [[_text(value) for value in row.values()] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _experiments() -> Figure:
    """Bars of the seconds in ``fit`` for the first experiment, one for each setting."""
    rows = _read("experiment")["tables"]["one experiment"]
    rows = [row for row in rows if row["experiment"] == rows[0]["experiment"]]
    names = [_plain(row["settings"]) for row in rows]
    times = [row["`fit` (s)"] for row in rows]
    figure, ax = plt.subplots(figsize=(7.0, 1.9))
    bars = ax.barh(names, times, 0.7, color=["C0", "0.6", "0.6"])
    ax.bar_label(bars, [f"{_text(time)} s" for time in times], padding=4)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.12 * max(times))
    ax.set_xlabel("seconds in Tuner.fit")
    ax.set_title(f"One experiment: {times[0]:.1f} seconds instead of {times[-1]:.0f}")
    numbers = [f"{name}: {_text(time)}" for name, time in zip(names, times, strict=True)]
    return describe(
        figure,
        alt="Bars of the seconds in fit for three settings of Ray. " + ", ".join(numbers),
        caption="Seconds in Tuner.fit for two trials of 100 iterations, with three "
        "settings of Ray.",
    )


def _plain(markdown: str) -> str:
    return markdown.replace("`", "")


def setup(app: Sphinx) -> dict[str, Any]:
    """Act before MyST reads its settings and before pages are read."""
    app.connect("config-inited", substitute)
    app.connect("builder-inited", draw)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
