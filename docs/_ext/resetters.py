"""What Sphinx-Gallery does between two examples, which share one process."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import psutil
from pbt_examples import use_style
from sphinx.errors import ExtensionError

LIBRARIES_SET = {
    "CRC32C_SW_MODE",  # tensorboardX, when Ray's loggers import it
    "PYTHONBREAKPOINT",  # Ray, when it starts
    "RAY_USAGE_STATS_ENABLED",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS",  # ray_session
}
"""Environment variables that stay for the rest of the process, alike for all examples."""

_before: dict[str, Any] = {}


def house_style(gallery_conf: dict[str, Any], example: str) -> None:
    """Set our style again, after Sphinx-Gallery has set Matplotlib's defaults."""
    use_style()
    mpl.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()


def seeds(gallery_conf: dict[str, Any], example: str) -> None:
    """Start each example from the same state of the global random generators."""
    random.seed(0)
    np.random.seed(0)


def nothing_left_behind(gallery_conf: dict[str, Any], example: str, when: str) -> None:
    """Fail the build where an example leaves something behind for the next one."""
    if when == "before":
        _before.update(_surroundings())
        return
    left = _left_behind()
    if left:
        # Without this the next build would take the example for a good one.
        Path(gallery_conf["src_dir"], "gallery", f"{example}.md5").unlink(missing_ok=True)
        raise ExtensionError(f"{example} leaves behind {'; '.join(left)}")


def _surroundings() -> dict[str, Any]:
    return {
        "environment": {k: v for k, v in os.environ.items() if k not in LIBRARIES_SET},
        "folder": set(os.listdir()),
        "children": set(psutil.Process().children(recursive=True)),
    }


def _left_behind() -> list[str]:
    left = []
    now = _surroundings()
    if changed := now["environment"].items() ^ _before["environment"].items():
        left.append(f"environment variables {sorted({name for name, _ in changed})}")
    if files := now["folder"] - _before["folder"]:
        left.append(f"files {sorted(files)}")
    if numbers := plt.get_fignums():
        left.append(f"open figures {numbers}")
    if "ray" in sys.modules and sys.modules["ray"].is_initialized():
        left.append("an open Ray session")
    # Ray's processes take a moment to notice that they are no longer wanted.
    _, alive = psutil.wait_procs(now["children"] - _before["children"], timeout=10)
    if alive:
        left.append(f"processes {sorted(process.name() for process in alive)}")
    return left
