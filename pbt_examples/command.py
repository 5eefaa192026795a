"""The command line's work: read an experiment, write its report, watch it."""

from __future__ import annotations

import json
import time
import warnings
import webbrowser
from argparse import Namespace
from pathlib import Path

import matplotlib as mpl
from pbt_examples.record.export import write_lineage
from pbt_examples.record.reading.directory import expanded
from pbt_examples.record.run import Run
from pbt_examples.report import write_report

WRITTEN = {
    "index.html", "history.csv", "exploits.csv", "events.csv", "run.json", "schedule.csv",
    "schedule.json", "lineage_alife.csv", "lineage_hiplot.csv",
}  # fmt: skip
"""The files of a report."""


def run_command(options: Namespace) -> None:
    """Carry out what the command-line options ask for.

    Raises
    ------
    OSError, ValueError
        If something cannot be read or written; the message says what would be right.
    """
    mpl.use("Agg")  # no window, wherever this runs
    out = expanded(options.out)
    check_out(out, force=options.force)
    run = _read(options)
    page = _write(run, out, options)
    print(f"{run}\n{page}")
    if run.info.notes:
        print(f"{len(run.info.notes)} notes on what the report cannot show are on the page")
    if options.open:
        webbrowser.open(page.resolve().as_uri())
    while options.watch and not run.info.finished:
        time.sleep(options.watch)
        before, run = run, _read(options)
        if len(run.history) != len(before.history) or run.info != before.info:
            _write(run, out, options)
            print(f"{run}, last report {run.info.last_report}", flush=True)


def check_out(out: Path, *, force: bool = False) -> None:
    """Refuse a folder with files that are not part of a report, unless forced.

    Raises
    ------
    FileExistsError
        If it holds anything but an earlier report.
    """
    if not out.exists() or (force and out.is_dir()):
        return
    if not out.is_dir():
        raise FileExistsError(f"{out} is a file; give a folder with --out")
    names = {path.name for path in out.iterdir()}
    if names and not (names <= WRITTEN and _is_record(out / "run.json")):
        others = sorted(names - WRITTEN)[:3] or ["no run.json of a report"]
        raise FileExistsError(
            f"{out} exists and is not an earlier report ({', '.join(others)}): give "
            "another folder with --out, or --force to write into this one"
        )


def _is_record(path: Path) -> bool:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(about, dict) and {"metric", "columns", "rows"} <= about.keys()


def _read(options: Namespace) -> Run:
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # they are on the page
                return Run.from_experiment(
                    options.directory, metric=options.metric, mode=options.mode
                )
        except FileNotFoundError as error:
            if not options.watch or "reported anything" not in str(error):
                raise
        print("waiting for the first report", flush=True)
        time.sleep(options.watch)


def _write(run: Run, out: Path, options: Namespace) -> Path:
    goes_on = options.watch and not run.info.finished
    page = write_report(
        run,
        out,
        title=f"PBT run {_name(options.directory)}",
        reload_every=options.watch if goes_on else None,
    )
    if options.export:
        write_lineage(run, out)
    return page


def _name(directory: str) -> str:
    if "://" in directory:
        return directory.rstrip("/").rpartition("/")[2]
    return expanded(directory).resolve().name
