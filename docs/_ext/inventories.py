"""Make Sphinx inventories of the few foreign objects that our pages link.

Sphinx would fetch complete ones from the network; the build must not need that.
"""

from __future__ import annotations

import zlib
from pathlib import Path


def build_inventory(text: Path, target: Path) -> tuple[str, str]:
    """Write the binary inventory for a list of objects.

    Parameters
    ----------
    text : Path
        A line ``project``, ``version`` and address, then a line for each object: its full
        name, its kind (``function``, ``class``, …), and its page below the address, in
        which ``$`` stands for the name.
    target : Path
        The file to write.

    Returns
    -------
    tuple of str
        The entry of ``intersphinx_mapping``.
    """
    first, *lines = text.read_text().splitlines()
    project, version, address = first.split()
    entries = []
    for line in lines:
        name, kind, page = line.split()
        entries.append(f"{name} py:{kind} 1 {page.replace('$', name)} -\n")
    header = (
        "# Sphinx inventory version 2\n"
        f"# Project: {project}\n# Version: {version}\n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(header.encode() + zlib.compress("".join(entries).encode()))
    return address, str(target)
