"""Tables that were recorded in advance, since making them takes too long."""

from __future__ import annotations

import pandas as pd
from pbt_examples.record.shipped import shipped_table


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
    return shipped_table("pbt_examples.digits", name)
