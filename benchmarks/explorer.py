"""The explorer of a large run, and the playground, in a browser."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from pbt_examples.explorer import explore
from pbt_examples.toy import Reference
from pbt_examples.toy.playground import playground_html
from playwright.sync_api import Browser, Page

from benchmarks.chromium import start
from benchmarks.measuring import Rows, median

PAGE = (
    '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
    "<title>A page</title><body><main>{}</main></body></html>"
)

WHEN_OPEN = """() => new Promise(done => {
  const look = () => document.querySelector(".pbt-state")?.textContent
    ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look);
  look();
})"""

SCRUB = """frames => new Promise(done => {
  const slider = document.querySelector("input[type=range]");
  const begun = performance.now();
  let frame = 0;
  const move = () => {
    if (frame === frames) return done(1000 * frames / (performance.now() - begun));
    slider.value = String(Math.round(slider.max * ++frame / frames));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
})"""
"""One moment of the run in each frame; returns frames per second."""

CHANGE = """address => new Promise((done, fail) => {
  setTimeout(() => fail(new Error("the distribution was not drawn in a minute")), 60000);
  const box = document.querySelector(".pbt-distribution");
  const begun = performance.now();
  let first = 0;
  const watch = new MutationObserver(() => requestAnimationFrame(() => {
    const now = performance.now() - begun;
    first ||= now;
    if (box.ariaBusy === "true") return;
    watch.disconnect();
    done([first, now]);
  }));
  watch.observe(box.querySelector(".pbt-share"), { childList: true });
  location.hash = address;
})"""
"""Change the settings; returns when the distribution is drawn first, and when in full."""


def measure(*, small: bool) -> dict[str, Any]:
    """Open and scrub runs of two sizes, and change the settings of the playground."""
    sizes = [(4, 100), (100, 500)] if small else [(4, 100), (500, 2000)]
    with tempfile.TemporaryDirectory() as folder, start() as browser:
        runs = [_explore(browser, Path(folder), *size) for size in sizes]
        seeds = _play(browser, Path(folder), (2, 8, 16), changes=3 if small else 9)
    least, most = runs
    ratios = {
        "opening": most["opens (s)"] / least["opens (s)"],
        "frames": most["frames per second"] / least["frames per second"],
    }
    return {"tables": {"runs": runs, "playground": seeds}, "ratios": ratios}


def _explore(
    browser: Browser, folder: Path, trials: int, iterations: int
) -> dict[str, Any]:
    interval = iterations // 40
    h0 = tuple(np.linspace(0, 1, trials))
    settings = {"h0": h0, "iterations": iterations, "perturbation_interval": interval}
    run = Reference(**settings).run(0)
    page = _show(browser, folder, explore(run)._repr_html_())
    opened = page.evaluate(WHEN_OPEN) / 1000
    frames = page.evaluate(SCRUB, 60)
    page.close()
    return {
        "trials": trials,
        "reports of each": iterations,
        "exploits": len(run.exploits),
        "opens (s)": median([opened]),
        "frames per second": median([frames]),
    }


def _play(browser: Browser, folder: Path, sizes: tuple[int, ...], *, changes: int) -> Rows:
    page = _show(browser, folder, playground_html())
    page.wait_for_selector(".pbt-share:not(:empty)")
    rows = []
    for trials in sizes:
        # The first change of each size waits for the browser to compile.
        times = [
            page.evaluate(
                CHANGE, f"#trials={trials}&resample_probability={0.2 + step / 50}"
            )
            for step in range(changes + 1)
        ][1:]
        rows.append(
            {
                "trials": trials,
                "first drawn after (ms)": median(first for first, _ in times),
                "2,000 seeds after (ms)": median(last for _, last in times),
            }
        )
    page.close()
    return rows


def _show(browser: Browser, folder: Path, html: str) -> Page:
    file = folder / "page.html"
    file.write_text(PAGE.format(html), encoding="utf-8")
    page = browser.new_page(viewport={"width": 900, "height": 1400})
    page.set_default_timeout(120_000)
    page.goto(file.as_uri(), wait_until="commit")
    return page
