"""The folder in which the gallery's scripts record their data."""

from __future__ import annotations

import os
from pathlib import Path

from pbt_examples.checks import check_type


def data_folder(page: str, run: str) -> Path:
    """Return the folder for the record of one run of one page.

    Parameters
    ----------
    page : str
        Name of the script, without ``plot_`` and ``.py``.
    run : str
        Name of the run within the page.

    Returns
    -------
    Path
        ``data/<page>/<run>`` below the working directory, or below the folder that
        ``PBT_EXAMPLES_DATA`` names, which the build of the site sets.

    Raises
    ------
    TypeError, ValueError
        If a name is not a string, or could lead out of that folder.
    """
    for name, value in {"page": page, "run": run}.items():
        check_type(name, value, str, "a string")
        if value in ("", ".", "..") or set(value) & set("/\\:\0"):
            raise ValueError(f"{name} must be the name of a folder, not a path: {value!r}")
    root = Path(os.environ.get("PBT_EXAMPLES_DATA", "data"))
    return root / page / run
