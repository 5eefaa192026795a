"""Tables that were recorded ahead of the build, since making them takes too long."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd


def recorded(name: str) -> pd.DataFrame:
    """Return a table that a script of ``scripts/`` recorded.

    Parameters
    ----------
    name : str
        Name of the table: a file in ``pbt_examples/digits/tables``, without ``.csv``.

    Returns
    -------
    DataFrame
        The table.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    folder = files("pbt_examples.digits") / "tables"
    known = {path.name.removesuffix(".csv"): path for path in folder.iterdir()}
    if name not in [*known]:  # a list, which compares whatever it is given
        raise ValueError(f"name must be one of {sorted(known)}, got {name!r}")
    with known[name].open() as table:
        return pd.read_csv(table)
