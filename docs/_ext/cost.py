"""Measure what an example costs: time, and memory of all of its processes together."""

from __future__ import annotations

import json
import platform
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

PERIOD = 1  # second between two looks at the memory: each look slows the run down

_running: dict[str, Any] = {}


def measure(gallery_conf: dict[str, Any], example: str, when: str) -> None:
    """Start to measure before an example; write the result beside its page after it."""
    if when == "before":
        _running.update(start=time.perf_counter(), meter=_MemoryMeter())
        _running["meter"].start()
        return
    seconds = time.perf_counter() - _running["start"]
    cost = {
        "seconds": seconds,
        "peak_memory": _running["meter"].stop(),
        "versions": {"Ray": version("ray"), "Python": platform.python_version()},
    }
    page = Path(gallery_conf["src_dir"], "gallery", example)
    page.with_suffix(".measured.json").write_text(json.dumps(cost))


class _MemoryMeter(threading.Thread):
    """Watch the memory that this process and its children hold between them."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._enough = threading.Event()
        self._peak = 0

    def run(self) -> None:
        while not self._enough.wait(PERIOD):
            here = psutil.Process()
            family = [here, *here.children(recursive=True)]
            self._peak = max(self._peak, sum(_memory(process) for process in family))

    def stop(self) -> int:
        self._enough.set()
        self.join()
        return self._peak


def _memory(process: psutil.Process) -> int:
    """Return bytes; a page that several processes share counts once between them."""
    try:
        info = process.memory_full_info()
    except psutil.Error:  # it has just ended, or is not ours to look at
        return 0
    return getattr(info, "pss", info.uss)
