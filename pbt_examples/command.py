"""The command line's work: read an experiment, write its report, watch it."""

from __future__ import annotations

import gc
import json
import time
import warnings
import webbrowser
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from pbt_examples.record.export import write_lineage
from pbt_examples.record.reading.artifacts import artifacts_of
from pbt_examples.record.reading.directory import all_stamps, expanded, open_directory
from pbt_examples.record.reading.not_yet import NotYetError
from pbt_examples.record.reading.notes import counted
from pbt_examples.record.run import Run
from pbt_examples.report import write_report
from pbt_examples.report.page import notes_on

WRITTEN = {
    "index.html", "history.csv", "exploits.csv", "events.csv", "run.json", "schedule.csv",
    "schedule.json", "lineage_alife.csv", "lineage_hiplot.csv",
}  # fmt: skip
"""The files of a report."""
ALWAYS = {"index.html", "history.csv", "exploits.csv", "events.csv", "run.json"}
"""Those that every report has."""
LEAST_INTERVALS = 5
"""A run is silent for at least so many intervals before it counts as stopped."""


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
    silence = Silence(options) if options.watch else None
    run = _read(options, silence)
    _remove_leftovers(out)
    if silence is None:
        _show(run, out, options)
    else:
        _watch(run, out, options, silence)


def _show(run: Run, out: Path, options: Namespace) -> None:
    page = _write(run, out, options)
    _say(f"{run}\n{page}")
    if notes := notes_on(run):
        _say(f"The page has {counted(len(notes), 'note')} on what the report cannot show")
    if options.open and not webbrowser.open(page.resolve().as_uri()):
        _say(f"there is no browser to show the page: open {page} yourself")


def _watch(run: Run, out: Path, options: Namespace, silence: Silence) -> None:
    try:
        _show(run, out, options)
        while not run.info.finished and silence.wait():
            if silence.seconds:
                continue  # no file has changed
            before, run = run, _read(options, silence)
            if len(run.history) != len(before.history) or run.info != before.info:
                _write(run, out, options)
                _say(f"{run}, last report {run.info.last_report}")
    finally:
        if not run.info.finished:  # whatever has ended this, the page must not go on
            _write(run, out, options, reload=False)
    if not run.info.finished:
        # Nothing else tells: HyperBand leaves trials paused, old releases of Ray leave
        # them running, and a killed run says nothing.
        _say(f"{silence}: the run has stopped, or needs longer than --patience")


def _say(text: str) -> None:
    print(text, flush=True)  # at once, even into a file that somebody follows


def _remove_leftovers(out: Path) -> None:
    # What the last report had need not be about this run, nor be written for it.
    if _is_record(out / "run.json"):
        for name in WRITTEN - ALWAYS:
            (out / name).unlink(missing_ok=True)


class Silence:
    """How long no file of a directory has changed, counted in intervals."""

    def __init__(self, options: Namespace) -> None:
        self.directory = open_directory(options.directory)
        self.interval = options.watch
        self.patience = max(options.patience, LEAST_INTERVALS * self.interval)
        self.seconds = 0.0
        self.before = self._stamps()

    def __str__(self) -> str:
        return f"no file in {self.directory} has changed for {self.seconds:.6g} s"

    def _stamps(self) -> list[object]:
        # Until Ray copies the files of a run for the first time, only the others change.
        return [*map(all_stamps, [self.directory, *artifacts_of(self.directory)])]

    def wait(self) -> bool:
        """Wait for an interval; return False if it has been silent for too long."""
        if self.seconds >= self.patience:
            return False
        time.sleep(self.interval)
        now = self._stamps()
        self.seconds = self.seconds + self.interval if now == self.before else 0.0
        self.before = now
        return True


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


def _read(options: Namespace, silence: Silence | None) -> Run:
    told = ""
    while True:
        try:
            with warnings.catch_warnings(), _without_collection():
                warnings.simplefilter("ignore", UserWarning)  # they are on the page
                return Run.from_experiment(
                    options.directory, metric=options.metric, mode=options.mode
                )
        except NotYetError as error:
            if silence is None:
                raise
            if str(error) != told:
                told = str(error)
                _say(f"waiting for {error.awaited}: {told}")
            if not silence.wait():
                raise FileNotFoundError(f"{told}; {silence}") from None


@contextmanager
def _without_collection() -> Iterator[None]:
    # Reports contain no cycles. Searching hundreds of thousands of them for cycles, as
    # often as Python does by default, took a sixth of the time.
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_without_collection()
def _write(run: Run, out: Path, options: Namespace, *, reload: bool = True) -> Path:
    goes_on = reload and options.watch and not run.info.finished
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
