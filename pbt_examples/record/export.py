"""The lineage of a run in the formats of other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from pbt_examples.record.files import write_texts
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.saving import harmless_csv
from pbt_examples.record.tables import free_name

TAKEN = {
    "id", "ancestor", "trial", "segment", "first", "last",
    "ancestor_list", "origin_time", "destruction_time", "uid", "from_uid",
}  # fmt: skip
"""Names of the columns of the formats, which no hyperparameter can have."""


def segments_table(run: Run) -> pd.DataFrame:
    """Return one row per segment, with the segment that it descends from.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    DataFrame
        ``id`` (0, 1, … in the order of trial and segment), ``ancestor`` (the `id` of the
        segment that it branched off from; missing for a trial's start and for an unknown
        donor), ``trial``, ``segment``, ``first`` and ``last`` (iterations), the
        hyperparameters, and the last value of the metric; one that is called like
        another column gets a prefix, as in ``config/first``.
    """
    check_run(run)
    groups = run.history.groupby(["trial", "segment"], sort=True)
    table = groups["iteration"].agg(first="first", last="last")
    values = groups[[*run.hyperparameters, run.metric]].last()
    for name in values:
        prefix = "metric" if name == run.metric else "config"
        table[free_name(str(name), prefix, {*TAKEN, *table.columns})] = values[name]
    ids = {place: at for at, place in enumerate(table.index)}
    columns = ["target", "segment", "donor", "donor_segment"]
    parents = {
        (target, segment): ids.get((donor, donor_segment))
        for target, segment, donor, donor_segment in run.exploits[columns].to_numpy()
    }
    ancestors = [parents.get(place) for place in table.index]
    table.insert(0, "ancestor", pd.array(ancestors, dtype="Int64"))
    return table.reset_index().rename_axis("id").reset_index()


def alife_table(run: Run) -> pd.DataFrame:
    """Return the lineage in the ALife data standard for phylogenies, one row per segment.

    The columns are ``id``, ``ancestor_list``, ``origin_time`` and ``destruction_time``
    (iterations), and the remaining ones of `segments_table`. The lineage of a PBT run is
    a forest, with a root for each trial.
    """
    table = segments_table(run)
    ancestors = table.pop("ancestor")
    table.insert(
        1, "ancestor_list", ["[none]" if pd.isna(a) else f"[{a}]" for a in ancestors]
    )
    return table.rename(columns={"first": "origin_time", "last": "destruction_time"})


def hiplot_table(run: Run) -> pd.DataFrame:
    """Return the lineage as HiPlot reads it, with columns ``uid`` and ``from_uid``."""
    table = segments_table(run)
    return table.rename(columns={"id": "uid", "ancestor": "from_uid"})


def write_lineage(run: Run, folder: Path) -> None:
    """Write ``lineage_alife.csv`` and ``lineage_hiplot.csv`` to a folder."""
    tables = {
        "lineage_alife.csv": alife_table(run),
        "lineage_hiplot.csv": hiplot_table(run),
    }
    write_texts({folder / name: _csv(table) for name, table in tables.items()})


def _csv(table: pd.DataFrame) -> str:
    return harmless_csv(table.astype(object).map(_cell).astype(object))


def _cell(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
