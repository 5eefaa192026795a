"""Look at a finished Ray Tune experiment: ``python -m pbt_examples DIRECTORY``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from pbt_examples.record.run import Run
from pbt_examples.report import write_report


def main(arguments: Sequence[str] | None = None) -> None:
    """Read a directory and write the report on it, as the command line asks."""
    parser = argparse.ArgumentParser(
        prog="python -m pbt_examples",
        description="Draw what happened in a finished Ray Tune experiment.",
    )
    parser.add_argument("directory", help="the directory of the experiment")
    parser.add_argument("--metric", required=True, help="what trials are ranked by")
    parser.add_argument("--mode", choices=["max", "min"], default="max")
    parser.add_argument("--out", default="pbt_report", help="folder for the report")
    options = parser.parse_args(arguments)
    mpl.use("Agg")  # no window, wherever this runs
    try:
        run = Run.from_experiment(
            options.directory, metric=options.metric, mode=options.mode
        )
    except (FileNotFoundError, ValueError) as error:
        parser.error(str(error))
    page = write_report(
        run, options.out, title=f"PBT run {Path(options.directory).resolve().name}"
    )
    print(f"{run}\n{page}")


if __name__ == "__main__":
    main()
