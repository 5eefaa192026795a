"""The computed facts on pages written by hand: results, measurements, versions, tables.

A page writes ``{{ explore_table }}`` or ``{{ experiment.ratios.fit }}``, so that no number
is typed. The table of explore calls Ray's own function, so it is true of the installed
release.
"""

from __future__ import annotations

import json
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from pbt_examples.figures import describe, use_style
from pbt_examples.record import recorded
from pictures import FOLDER, save_picture
from ray import tune
from ray.tune.schedulers.pbt import _explore
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
BENCHMARKS = (
    "animation",
    "cluster",
    "experiment",
    "explorer",
    "imports",
    "populations",
    "reference",
    "report",
    "scaling",
    "site",
)

DRAWS = 500
"""Calls per cell of the table of explore."""

ROWS: tuple[tuple[str, Any, str, Any], ...] = (
    ("real number", 0.01, "tune.loguniform(1e-4, 1e-1)", tune.loguniform(1e-4, 1e-1)),
    ("… that starts at zero", 0.0, "tune.uniform(0, 0.5)", tune.uniform(0, 0.5)),
    ("… written as an integer", 0, "tune.uniform(0, 0.5)", tune.uniform(0, 0.5)),
    ("… in steps", 0.01, "tune.quniform(0, 0.1, 0.01)", tune.quniform(0, 0.1, 0.01)),
    ("integer", 64, "tune.randint(16, 257)", tune.randint(16, 257)),
    ("small integer", 2, "tune.randint(1, 9)", tune.randint(1, 9)),
    ("list of values", 64, "[32, 64, 128, 256]", [32, 64, 128, 256]),
    ("… at its end", 256, "[32, 64, 128, 256]", [32, 64, 128, 256]),
    ("tune.choice of numbers", 64, "tune.choice([32, 64, 128])",
     tune.choice([32, 64, 128])),
    ("list of names", "relu", '["relu", "tanh", "gelu"]', ["relu", "tanh", "gelu"]),
    ("tune.choice of names", "relu", 'tune.choice(["relu", "tanh"])',
     tune.choice(["relu", "tanh"])),
    ("boolean", True, "[True, False]", [True, False]),
    ("tune.choice of booleans", True, "tune.choice([True, False])",
     tune.choice([True, False])),
)  # fmt: skip
"""The rows of that table: a name, the present value, the domain as code, the domain."""


def substitute(app: Sphinx, config: Config) -> None:
    """Offer the facts to the pages."""
    config.myst_substitutions |= {
        "digits": _digits_result(),
        "explore_draws": DRAWS,
        "explore_table": _explore_table(),
        "install": _install_command(config.docs_url),
        "ray_version": version("ray"),
        **{name: _with_tables(_measured(name)) for name in BENCHMARKS},
    }


def _digits_result() -> dict[str, str]:
    """Return PBT's lead over random search on the digits, with its standard error."""
    table = recorded("digits/real_model_searches")
    test = table.pivot(index="seed", columns="what", values="test")
    lead = 100 * (test["PBT"] - test["random search"])
    error = lead.std() / len(lead) ** 0.5
    return {
        "lead": f"{lead.mean():.2f} ± {error:.2f}",
        "seeds": f"{len(lead)}",
        "won": f"{int((lead > 0).sum())}",
        "lost": f"{int((lead < 0).sum())}",
        "tied": f"{int((lead == 0).sum())}",
    }


def _install_command(docs_url: str) -> str:
    wheel = f"pbt_examples-{version('pbt-examples')}-py3-none-any.whl"
    command = f'python3 -m pip install "pbt-examples @ {docs_url}/downloads/{wheel}"'
    return f"```console\n$ {command}\n```"


def _explore_table() -> str:
    """Return the table in Markdown; the global generators are left as they were."""
    states = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    lines = [
        "| hyperparameter | present value | domain | not resampled | resampled |",
        "|---|---|---|---|---|",
    ]
    for what, value, written, domain in ROWS:
        cells = [_outcomes(value, domain, resample=each) for each in (False, True)]
        cells = [what.replace("tune.choice", "`tune.choice`"), f"`{value!r}`",
                 f"`{written}`", *cells]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    random.setstate(states[0])
    np.random.set_state(states[1])
    return "\n".join(lines)


def _outcomes(value: Any, domain: Any, *, resample: bool) -> str:
    """Return what explore makes of a value: the values, their range, or the error."""
    new = set()
    for _ in range(DRAWS):
        try:
            config, _ = _explore(
                {"h": value}, {"h": domain}, float(resample), (1.2, 0.8), None
            )
        except TypeError:
            return "`TypeError`"
        new.add(config["h"])
    if len(new) <= 4:
        order = sorted(new, key=lambda one: (isinstance(one, str), one))
        return ", ".join(f"`{_short(one)}`" for one in order)
    return f"`{_short(min(new))}` to `{_short(max(new))}`"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else repr(value)


def _measured(name: str) -> dict[str, Any]:
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise ExtensionError(
            f"{path.name} is missing; to measure it: nox -s bench -- {name}"
        )
    return json.loads(path.read_text())


def _with_tables(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a benchmark with its tables in Markdown, and their rows."""
    tables = {title: _markdown(rows) for title, rows in result["tables"].items()}
    return result | {"tables": tables, "rows": result["tables"]}


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


def draw_experiments(app: Sphinx) -> None:
    """Draw the figure of the page on performance, if the results are newer than it."""
    target = Path(app.srcdir, FOLDER, "sphx_glr_performance_001.webp")
    sources = [Path(__file__), *RESULTS.glob("*.json")]
    if target.exists() and all(
        source.stat().st_mtime < target.stat().st_mtime for source in sources
    ):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    use_style()
    figure = _experiments()
    save_picture(figure, target, place="docs/_ext/guide_facts.py")
    plt.close(figure)


def _experiments() -> Figure:
    """Return bars of the seconds in ``fit`` for one experiment, one for each setting."""
    rows = _measured("experiment")["tables"]["one experiment"]
    rows = [row for row in rows if row["experiment"] == rows[0]["experiment"]]
    names = [row["settings"].replace("`", "") for row in rows]
    times = [row["`fit` (s)"] for row in rows]
    figure, ax = plt.subplots(figsize=(7.0, 1.9))
    bars = ax.barh(names, times, 0.7, color=["C0", "0.6", "0.6"])
    ax.bar_label(bars, [f"{_text(time)} s" for time in times], padding=4)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.12 * max(times))
    ax.set_xlabel("seconds in Tuner.fit")
    ax.set_title(
        f"One experiment: {times[0]:.1f} seconds instead of {times[-1]:.0f}", wrap=True
    )
    numbers = [f"{name}: {_text(time)}" for name, time in zip(names, times, strict=True)]
    return describe(
        figure,
        alt="Bars of the seconds in fit for three settings of Ray. " + ", ".join(numbers),
        caption="Seconds in Tuner.fit for two trials of 100 iterations, with three "
        "settings of Ray.",
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Act before MyST reads its settings and before pages are read."""
    app.connect("config-inited", substitute)
    app.connect("builder-inited", draw_experiments)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
