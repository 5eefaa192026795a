"""Where Ray keeps the files of a run until it copies them to the experiment's directory.

The driver writes reports and the log of exploits to a folder of its Ray session, and copies
them every five minutes and at the end. A run that was killed before has them only there.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from pbt_examples.record.reading.directory import Directory, LocalDirectory


def artifacts_of(directory: Directory) -> list[LocalDirectory]:
    """Return the folders with files of the same run, on this machine, newest first.

    They have the experiment's name, and a trial's folder or a state file in common with
    it, whose names have a random number or the time.
    """
    name = directory.name
    if isinstance(directory, LocalDirectory):
        name = directory.path.resolve().name
    own = _marks(directory)
    sessions = Path(os.environ.get("RAY_TMPDIR", "/tmp"), "ray")
    found = [
        LocalDirectory(path)
        for path in sessions.glob("session_*/artifacts/*/*/driver_artifacts")
        if path.parent.name == name and not path.parents[3].is_symlink()
    ]
    same = [place for place in found if own & _marks(place)]
    return sorted(same, key=lambda place: place.path.parent.parent.name, reverse=True)


def _marks(directory: Directory) -> set[str]:
    states = (n for n in directory.files() if re.match(r"experiment_state-.*\.json$", n))
    trials = (n for n in directory.folders() if re.search(r"_\d{5}(_|$)", n))
    return {*states, *trials}
