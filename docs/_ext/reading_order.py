"""The order in which the gallery shows its pages, which is a good order to read them."""

from __future__ import annotations

from pathlib import Path

from sphinx.errors import ConfigError

PAGES = (
    "basic_pbt",
    "one_interval",
    "grid_baseline",
    "population_sweep",
    "async_vs_synch",
    "figure2_ablation",
    "lineage_and_schedule",
    "many_seeds",
    "your_own_run",
    "real_model",
)


def position(script: str) -> int:
    """Return the place of a script, given by its name or its path, in the gallery."""
    page = Path(script).stem.removeprefix("plot_")
    if page not in PAGES:
        raise ConfigError(f"docs/_ext/reading_order.py must give {page!r} a place in PAGES")
    return PAGES.index(page)
