"""Tables that were recorded in advance and come with the package."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd


def shipped_table(room: str, name: str) -> pd.DataFrame:
    """Return a table that a script of ``scripts/`` recorded.

    Parameters
    ----------
    room : str
        The package whose folder ``tables`` has the table.
    name : str
        Name of the file, without ``.csv``.

    Returns
    -------
    DataFrame
        The table.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    folder = files(room) / "tables"
    known = {path.name.removesuffix(".csv"): path for path in folder.iterdir()}
    if name not in [*known]:  # a list, which compares whatever it is given
        raise ValueError(f"name must be one of {sorted(known)}, got {name!r}")
    with known[name].open() as table:
        # This engine reads every number to the last bit, in any pandas release.
        return pd.read_csv(table, engine="python")
