"""Tables that were recorded in advance and come with the package."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd


def recorded(name: str) -> pd.DataFrame:
    """Return a table that a script of ``scripts/`` computed in advance.

    Parameters
    ----------
    name : str
        The room and the name of the table, such as ``"quadratic/greedy_runs"``.

    Returns
    -------
    DataFrame
        The table.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    known = {
        f"{room.name}/{path.name.removesuffix('.csv')}": path
        for room in files("pbt_examples").iterdir()
        if (room / "tables").is_dir()
        for path in (room / "tables").iterdir()
    }
    if name not in [*known]:  # a list, which compares whatever it is given
        raise ValueError(f"name must be one of {sorted(known)}, got {name!r}")
    with known[name].open() as table:
        # This engine reads every number to the last bit, in any release of pandas.
        return pd.read_csv(table, engine="python")
