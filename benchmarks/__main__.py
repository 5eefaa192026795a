"""Run the benchmarks: ``python -m benchmarks [--small] [NAME ...]``.

Without names, all of them run. The full ones save the data of the performance page; the
small ones take a few minutes in all, save nothing and only check the ratios.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys

from benchmarks.guard import collapsed
from benchmarks.measuring import print_table, save, seconds

NAMES = (
    "imports",
    "reference",
    "animation",
    "explorer",
    "report",
    "scaling",
    "experiment",
    "populations",
    "cluster",
    "site",
)
ONLY_FULL = ("site",)  # a cold build has no small version


def main() -> int:
    """Measure, print, save, and return 1 if a ratio has collapsed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument(
        "--small", action="store_true", help="a few minutes in all; saves nothing"
    )
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(NAMES)):
        parser.error(f"no benchmark is named {unknown[0]!r}; there are {', '.join(NAMES)}")

    measured = [name for name in NAMES if not (options.small and name in ONLY_FULL)]
    names = options.names or measured
    if len(names) > 1:  # each in a new process, since Ray leaves state behind in one
        small = ["--small"] * options.small
        command = [sys.executable, "-m", "benchmarks", *small]
        codes = [subprocess.run([*command, name], check=False).returncode for name in names]
        return int(any(codes))
    return _run(names[0], small=options.small)


def _run(name: str, *, small: bool) -> int:
    module = importlib.import_module(f"benchmarks.{name}")
    results = []
    took = seconds(lambda: results.append(module.measure(small=small)))
    [result] = results
    for title, rows in result["tables"].items():
        print_table(f"{name}: {title}", rows)
    print(f"\n{name}: ratios {result['ratios']} ({took:.0f} s)", flush=True)
    if not small:
        save(name, result)
    sentences = collapsed(name, result["ratios"])
    print("\n" + ("\n".join(sentences) or "every ratio is within its limits"), flush=True)
    return bool(sentences)


if __name__ == "__main__":
    sys.exit(main())
