"""Where the scripts of the gallery put the data that they record."""

from __future__ import annotations

import os
from pathlib import Path


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
    """
    root = Path(os.environ.get("PBT_EXAMPLES_DATA", "data"))
    return root / page / run
