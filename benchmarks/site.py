"""The site: how long builds take, how large pages are, when a browser shows them."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from benchmarks.chromium import start
from benchmarks.measuring import ROOT, Rows, median, seconds

SLOW_LINE = {"latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
"""Round trip in milliseconds, bytes per second: a phone with a poor connection."""

SCRIPT, PAGE = Path("gallery/plot_basic_pbt.py"), Path("docs/guide/glossary.md")

WATCH_PAINTS = """
window.largestPaint = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.largestPaint = entry.startTime;
}).observe({type: "largest-contentful-paint", buffered: true});
"""


def measure(*, small: bool) -> dict[str, Any]:
    """Build a copy of the project, change a word, build again; load every page."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_project(copy)
        _nox(copy, "--install-only")
        builds = [{"build": "everything, from nothing", "seconds": _build(copy)}]
        builds += [{"build": "nothing changed", "seconds": _build(copy)}]
        examples = _examples(copy)
        for changed in (PAGE, SCRIPT):
            _change_a_word(copy / changed)
            what = f"one word of `{changed.name}` changed"
            builds += [{"build": what, "seconds": _build(copy)}]
        again = {row["example"]: row["seconds"] for row in _examples(copy)}
        own = again[SCRIPT.stem]  # alone now, while at first two ran at a time
        builds += [{"build": f"`{SCRIPT.name}` alone, its own run", "seconds": own}]
        pages = _load_pages(copy / "docs" / "_build" / "html")
    tables = {"builds": builds, "examples": examples, "pages": pages}
    memory = max(row["memory (MB)"] for row in examples) / 1000
    return {"tables": tables, "ratios": {"memory (GB)": memory}}


def _copy_project(target: Path) -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _build(copy: Path) -> float:
    """Return how long ``nox -s docs`` takes once its environment is installed."""
    return round(seconds(lambda: _nox(copy, "--reuse-venv=yes", "--no-install")), 1)


def _nox(copy: Path, *options: str) -> None:
    command = [sys.executable, "-m", "nox", "--script-mode=none", "-s", "docs", *options]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, env=_outside())
    if done.returncode:
        raise RuntimeError(f"the build failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _outside() -> dict[str, str]:
    """Return the environment as it was before nox changed it."""
    private = ("NOX_", "VIRTUAL_ENV", "PBT_EXAMPLES_")
    return {
        name: value for name, value in os.environ.items() if not name.startswith(private)
    }


def _change_a_word(path: Path) -> None:
    text = path.read_text()
    path.write_text(text.replace(".\n", ", then.\n", 1))


def _examples(copy: Path) -> Rows:
    """Read what the build has measured of each example."""
    rows = []
    for file in sorted(copy.glob("docs/_build/source/gallery/*.measured.json")):
        cost = json.loads(file.read_text())
        rows.append(
            {
                "example": file.name.removesuffix(".measured.json"),
                "seconds": round(cost["seconds"], 1),
                "memory (MB)": round(cost["peak_memory"] / 1e6),
            }
        )
    return rows


def _load_pages(site: Path) -> Rows:
    pages = ["index.html"]
    pages += [f"{part}/{file.name}" for part in ("gallery", "guide")
              for file in sorted(site.glob(f"{part}/*.html"))]  # fmt: skip
    with _served(site) as address, start() as browser:
        rows = [
            {"page": page, "HTML (kB)": round((site / page).stat().st_size / 1000)}
            | _load(browser, f"{address}/{page}")
            for page in pages
        ]
    every = {key: median(row[key] for row in rows) for key in list(rows[0])[1:]}
    return [*rows, {"page": "median of all"} | every]


def _load(browser: Browser, address: str) -> dict[str, int]:
    """Load a page with nothing cached, over the slow line."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH_PAINTS)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", {"offline": False, **SLOW_LINE})
    received: list[float] = []
    line.on(
        "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
    )
    page.goto(address, wait_until="networkidle")
    first = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    largest = page.evaluate("window.largestPaint")
    context.close()
    return {
        "loaded (kB)": round(sum(received) / 1000),
        "first paint (ms)": round(first),
        "largest paint (ms)": round(largest),
    }


@contextmanager
def _served(site: Path) -> Iterator[str]:
    handler = partial(_Compressing, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Compressing(SimpleHTTPRequestHandler):
    """Serve files as web hosts do, with text compressed, and log nothing."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".css", ".js", ".svg"):
            super().do_GET()
            return
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass
