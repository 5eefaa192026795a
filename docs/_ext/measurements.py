"""Bring what the benchmarks have measured to the page about it: numbers, tables, figures.

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
NAMES = ("animation", "cluster", "experiment", "imports", "reference", "scaling", "site")

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
    """Draw the page's figures, where the results are newer than they are."""
    for number, figure_of in enumerate((_experiments, _report), start=1):
        target = Path(app.srcdir, FOLDER, f"sphx_glr_performance_{number:03}.webp")
        sources = [Path(__file__), *RESULTS.glob("*.json")]
        if target.exists() and all(
            source.stat().st_mtime < target.stat().st_mtime for source in sources
        ):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        use_style()
        figure = figure_of()
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
    """Bars of the time in ``fit``, on a logarithmic axis, a group for each experiment."""
    rows = [
        row for row in _read("experiment")["tables"]["one experiment"] if row["settings"]
    ]
    names = list(dict.fromkeys(row["experiment"] for row in rows))
    settings = list(dict.fromkeys(row["settings"] for row in rows))
    figure, ax = plt.subplots(figsize=(7.0, 3.6))
    for place, setting in enumerate(settings):
        mine = [row for row in rows if row["settings"] == setting]
        at = [names.index(row["experiment"]) + (place - 1) * 0.27 for row in mine]
        bars = ax.barh(at, [row["`fit` (s)"] for row in mine], 0.25, label=_plain(setting))
        ax.bar_label(bars, [_text(row["`fit` (s)"]) for row in mine], padding=3)
    ax.set_xscale("log")
    ax.set_xlim(left=1)
    ax.margins(x=0.12)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set_xlabel("seconds in Tuner.fit")
    figure.legend(loc="outside upper center", ncols=len(settings), title="settings of Ray")
    return describe(
        figure,
        alt=f"Bars of the seconds in fit for {', '.join(names)}, each with three settings "
        "of Ray. The numbers are in the table below.",
        caption="Seconds in Tuner.fit, logarithmic, for the same experiments with other "
        "settings of Ray.",
    )


def _report() -> Figure:
    """One bar: where the time of a reported iteration goes."""
    rows = _read("scaling")["tables"]["where the time goes"]
    figure, ax = plt.subplots(figsize=(7.0, 2.4))
    left = 0.0
    colors = [plt.get_cmap("Blues")(0.9 - 0.2 * each) for each in range(4)]
    colors += [plt.get_cmap("Oranges")(0.7 - 0.2 * each) for each in range(3)] + ["0.8"]
    for row, color in zip(rows, colors, strict=True):
        label = f"{row['part']}: {row['share (%)']:.0f} %"
        ax.barh(0, row["ms"], left=left, color=color, edgecolor="white", label=label)
        left += row["ms"]
    ax.set_yticks([])
    ax.set_xlabel("milliseconds of a reported iteration")
    figure.legend(loc="outside upper center", ncols=3, fontsize=9)
    shares = ", ".join(f"{row['part']} {row['share (%)']:.0f} percent" for row in rows)
    return describe(
        figure,
        alt=f"One bar, divided into the parts of a reported iteration: {shares}.",
        caption="Where the time of one reported iteration goes, in the driver and, while "
        "the driver waits, in the worker.",
    )


def _plain(markdown: str) -> str:
    return markdown.replace("`", "")


def setup(app: Sphinx) -> dict[str, Any]:
    """Act before MyST reads its settings and before pages are read."""
    app.connect("config-inited", substitute)
    app.connect("builder-inited", draw)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
