"""Functions that Sphinx-Gallery calls between two examples, which share one process."""

from __future__ import annotations

import atexit
import os
import random
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import psutil
import ray
from pbt_examples.figures import use_style
from pbt_examples.tuning import ray_session
from reading_order import STARTS_RAY
from sphinx.errors import ExtensionError

LIBRARIES_SET = {
    "CRC32C_SW_MODE",  # tensorboardX, when Ray's loggers import it
    "PYTHONBREAKPOINT",  # Ray, when it starts
    "RAY_prestart_worker_first_driver",  # ray_session
    "RAY_USAGE_STATS_ENABLED",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS",  # ray_session
}
"""Environment variables that are set for the rest of the process, with fixed values."""

_before: dict[str, Any] = {}
_shared_ray = ExitStack()
atexit.register(_shared_ray.close)


def house_style(gallery_conf: dict[str, Any], example: str) -> None:
    """Set our style again after Sphinx-Gallery has set Matplotlib's defaults."""
    use_style()
    mpl.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()


def seeds(gallery_conf: dict[str, Any], example: str) -> None:
    """Give each example the same state of the global random generators."""
    random.seed(0)
    np.random.seed(0)


def one_ray(gallery_conf: dict[str, Any], example: str, when: str) -> None:
    """Let examples share a Ray session of one slot, since every start takes seconds."""
    if when == "before" and example in STARTS_RAY:
        _shared_ray.close()
    elif when == "before" and not ray.is_initialized():
        _shared_ray.enter_context(ray_session(slots=1))


def nothing_left_behind(gallery_conf: dict[str, Any], example: str, when: str) -> None:
    """Fail the build if an example leaves something behind for the next one."""
    if when == "before":
        _before.update(_surroundings())
        return
    left = _left_behind()
    if left:
        # Otherwise the next build would take the example for a good one.
        Path(gallery_conf["src_dir"], "gallery", f"{example}.md5").unlink(missing_ok=True)
        raise ExtensionError(f"{example} leaves behind {'; '.join(left)}")


def _surroundings() -> dict[str, Any]:
    return {
        "environment": {k: v for k, v in os.environ.items() if k not in LIBRARIES_SET},
        "folder": set(os.listdir()),
        "ray": ray.is_initialized(),
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
    if ray.is_initialized() != _before["ray"]:
        left.append("an open Ray session, or it closed the shared one")
    if processes := _still_at_work(now["children"] - _before["children"]):
        left.append(f"processes {processes}")
    return left


def _still_at_work(new: set[psutil.Process]) -> list[str]:
    """Return the processes that do not end; a shared Ray session keeps idle workers."""
    deadline = time.monotonic() + 60  # workers take a moment to end, on a busy machine more
    while names := sorted(filter(None, map(_title, new))):
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return names


def _title(process: psutil.Process) -> str:
    try:
        title = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
    return "" if title.startswith("ray::IDLE") else title
