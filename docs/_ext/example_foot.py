"""The foot of each example page: how to download it, and what its run cost.

Sphinx-Gallery's own foot offers other downloads (see ``downloads.py``), and what it reports
as memory counts pages that several processes share once for each.
"""

from __future__ import annotations

import json
import platform
import re
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from sphinx.application import Sphinx

PERIOD = 1  # second between two looks at the memory

HEAD = ":og:image: {site}/_images/sphx_glr_{name}_thumb.webp\n\n"  # for shared links

FOOT = """

.. raw:: html

   <p class="example-foot">Download this page as a
   <a download href="../downloads/{name}.py">script</a> or a
   <a download href="../downloads/{name}.ipynb">notebook</a>, or
   <a download href="../downloads/pbt-examples.zip">all pages in one zip</a>. With
   <a href="https://docs.astral.sh/uv/">uv</a>, one line installs what the script needs and
   runs it:</p>

.. code-block:: console

   $ uv run {site}/downloads/{name}.py

.. rst-class:: example-cost

{cost}
"""

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
    """Return bytes, without pages of files and those that processes share.

    How many processes share a page is known as well, but to ask for it takes 50 ms.
    """
    try:
        info = process.memory_info()
    except psutil.Error:  # it has just ended, or belongs to another user
        return 0
    return info.rss - getattr(info, "shared", 0)  # no system but Linux counts these


def replace_foot(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace Sphinx-Gallery's foot, and remove the note at the top that leads to it."""
    page = Path(app.srcdir, f"{docname}.measured.json")
    if not docname.startswith("gallery/plot_") or not page.exists():
        return
    app.env.note_dependency(str(page))
    text = re.sub(r"\.\. only:: html\n\n    \.\. note::\n(?:.+\n|\n(?= ))+", "", source[0])
    body, _, _ = text.partition(".. _sphx_glr_download_")
    body = _with_accessible_tables(body)
    name, site = docname.removeprefix("gallery/"), app.config.docs_url
    cost = _cost(json.loads(page.read_text()), _runs(app, name.removeprefix("plot_")))
    head = HEAD.format(name=name, site=site)
    source[0] = head + body + FOOT.format(cost=cost, name=name, site=site)


def _with_accessible_tables(text: str) -> str:
    """Let the keyboard reach a table that scrolls, and leave no heading empty."""
    text = re.sub(r" *<style scoped>.*?</style>\n", "", text, flags=re.DOTALL)
    frame = r'(<div class="output_subarea output_html[^"]*")>(\s*<div>\s*<table)'
    text = re.sub(frame, r'\1 role="group" tabindex="0" aria-label="Table">\2', text)
    return text.replace("<th></th>", "<td></td>")


def _runs(app: Sphinx, page: str) -> list[dict[str, Any]]:
    """Return what is known of the runs whose data the page has recorded."""
    folder = Path(app.config.html_extra_path[0], "data", page)
    files = sorted(folder.glob("*/run.json"))
    return [json.loads(file.read_text())["info"] for file in files]


def _cost(measured: dict[str, Any], runs: list[dict[str, Any]]) -> str:
    minutes, seconds = divmod(round(measured["seconds"]), 60)
    facts = [f"{minutes} min {seconds} s" if minutes else f"{seconds} s"]
    facts.append(f"{measured['peak_memory'] / 2**30:.1f} GiB at the peak")
    if slots := sorted({run["slots"] for run in runs if "slots" in run}):
        facts.append(f"{_listing(slots)} {'slot' if slots == [1] else 'slots'}")
    if seeds := sorted({run["seed"] for run in runs if "seed" in run}):
        facts.append(f"seed {_listing(seeds)}")
    versions = [f"{name} {version}" for name, version in measured["versions"].items()]
    return f"This page ran in {', '.join(facts)}; {', '.join(versions)}."


def _listing(values: list[int]) -> str:
    return (
        " and ".join(map(str, values))
        if len(values) < 3
        else f"{values[0]} to {values[-1]}"
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Rewrite the pages as Sphinx reads them."""
    app.connect("source-read", replace_foot)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
