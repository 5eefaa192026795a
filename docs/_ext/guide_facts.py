"""What the guide says that is computed: how to install, versions, what explore does.

A page writes ``{{ explore_table }}`` and the like. Each row of that table calls Ray's own
function many times, so that it is true of the installed release.
"""

from __future__ import annotations

import random
from importlib.metadata import version
from typing import Any

import numpy as np
from ray import tune
from ray.tune.schedulers.pbt import _explore
from sphinx.application import Sphinx
from sphinx.config import Config

DRAWS = 500
"""Calls for each cell of the table."""

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
"""What it is, the present value, the domain as one writes it, and the domain."""


def outcomes(value: Any, domain: Any, *, resample: bool) -> str:
    """Return what explore makes of a value: the values, their ends, or the error."""
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
        return ", ".join(f"`{_text(one)}`" for one in order)
    return f"`{_text(min(new))}` to `{_text(max(new))}`"


def table() -> str:
    """Return the table in Markdown; the global generators are left as they were."""
    states = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    lines = [
        "| hyperparameter | present value | domain | not resampled | resampled |",
        "|---|---|---|---|---|",
    ]
    for what, value, written, domain in ROWS:
        cells = [outcomes(value, domain, resample=each) for each in (False, True)]
        cells = [what.replace("tune.choice", "`tune.choice`"), f"`{value!r}`",
                 f"`{written}`", *cells]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    random.setstate(states[0])
    np.random.set_state(states[1])
    return "\n".join(lines)


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else repr(value)


def install_line(docs_url: str) -> str:
    """Return the command that installs the package from the site, in Markdown."""
    wheel = f"pbt_examples-{version('pbt-examples')}-py3-none-any.whl"
    command = f'python3 -m pip install "pbt-examples @ {docs_url}/downloads/{wheel}"'
    return f"```console\n$ {command}\n```"


def substitute(app: Sphinx, config: Config) -> None:
    """Offer the facts to the pages."""
    config.myst_substitutions |= {
        "explore_draws": DRAWS,
        "explore_table": table(),
        "install": install_line(config.docs_url),
        "ray_version": version("ray"),
    }


def setup(app: Sphinx) -> dict[str, Any]:
    """Act before MyST reads its settings."""
    app.connect("config-inited", substitute)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
