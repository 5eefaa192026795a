"""Inspect a Ray Tune experiment: ``pbt-examples DIRECTORY``."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import NoReturn

EXAMPLE = """\
example:
  pbt-examples ~/ray_results/my_experiment --metric mean_accuracy --open
  pbt-examples s3://bucket/my_experiment --metric loss --mode min --watch
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Read an experiment's directory and write a report on it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # some consoles lack a metric's letters
    try:
        options = _parser().parse_args(arguments)
        # Heavy modules are imported only when needed, so --help answers at once.
        from pbt_examples.command import run_command

        run_command(options)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:  # nobody reads it any more, as in `pbt-examples … | head`
        raise SystemExit(1) from None
    except (OSError, ValueError) as error:
        message = " ".join(str(error).split())
        if isinstance(error, PermissionError):
            message += ": choose files that you may read, and with --out a folder of yours"
        print(f"pbt-examples: error: {message}", file=sys.stderr)
        raise SystemExit(2) from None
    finally:
        _flush()


def _flush() -> None:
    # Python flushes once more when it ends, and complains if nobody reads it any more.
    try:
        print(end="", flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pbt-examples",
        description="Draw what happened in a Ray Tune experiment, even while it runs.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("directory", help="the experiment's directory, or its address")
    parser.add_argument(
        "--metric", help="metric that ranks the trials; default: the experiment's own"
    )
    parser.add_argument("--mode", choices=["max", "min"], default="max")
    parser.add_argument("--out", default="pbt_report", help="folder for the report")
    parser.add_argument(
        "--force", action="store_true", help="write into a folder that holds other files"
    )
    parser.add_argument("--open", action="store_true", help="show the page in a browser")
    parser.add_argument(
        "--export",
        action="store_true",
        help="also write the lineage as ALife-standard CSV and as HiPlot CSV",
    )
    parser.add_argument(
        "--watch",
        nargs="?",
        type=_seconds,
        const=10.0,
        metavar="SECONDS",
        help="update the page every SECONDS (default: 10) until the run has ended; also "
        "wait for a directory or a metric that is not there yet",
    )
    parser.add_argument(
        "--patience",
        type=_seconds,
        default=600.0,
        metavar="SECONDS",
        help="with --watch, stop when no file has changed for SECONDS (default: 600) and "
        "at least five intervals, since a killed run does not say that it has ended",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"must be seconds from 0.1 to 86400, got {text}")
    return seconds


def _tell(text: str) -> None:
    with suppress(BrokenPipeError):  # nobody reads it, as in `pbt-examples --help | true`
        print(text, end="", flush=True)


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong and what would be right."""

    def print_help(self, file: object = None) -> None:
        _tell(self.format_help())

    def error(self, message: str) -> NoReturn:
        options = [name for action in self._actions for name in action.option_strings]
        named = [word.partition("=")[0] for word in message.split() if word[0] == "-"]
        close = [near for word in named for near in get_close_matches(word, options, n=1)]
        hint = "see pbt-examples --help"
        if message.startswith("unrecognized arguments") and close:
            hint = f"did you mean {' '.join(close)}?"
        elif message.startswith("unrecognized arguments"):
            hint = f"the options are {', '.join(o for o in options if o != '-h')}"
        elif message.startswith("argument --watch: must be seconds"):
            hint = "if that is the directory, put --watch after it"
        elif message.endswith("required: directory"):
            hint = f"such as {EXAMPLE.splitlines()[1].strip()}"
        self.exit(2, f"{self.prog}: error: {' '.join(message.split())}; {hint}\n")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        _tell(f"pbt-examples {version('pbt-examples')}\n")
        parser.exit()


if __name__ == "__main__":
    main()
