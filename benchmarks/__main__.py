"""Run the benchmarks: ``python -m benchmarks [--small] [NAME ...]``.

All of them, or those that are named. The full ones save what the page is made from; the
small ones take a minute between them and only watch over the ratios.
"""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.guard import collapsed
from benchmarks.measuring import print_table, save, seconds

NAMES = ("imports", "reference", "animation", "scaling", "experiment", "cluster", "site")
ONLY_FULL = ("site",)  # a cold build has no small version


def main() -> int:
    """Measure, print, save, and return 1 if a ratio has collapsed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument(
        "--small", action="store_true", help="a minute in all; saves nothing"
    )
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(NAMES)):
        parser.error(f"no benchmark is named {unknown[0]!r}; there are {', '.join(NAMES)}")

    sentences = []
    for name in options.names or NAMES:
        if options.small and name in ONLY_FULL:
            continue
        module = importlib.import_module(f"benchmarks.{name}")
        results = []
        took = seconds(lambda: results.append(module.measure(small=options.small)))  # noqa: B023
        [result] = results
        for title, rows in result["tables"].items():
            print_table(f"{name}: {title}", rows)
        print(f"\n{name}: ratios {result['ratios']} ({took:.0f} s)", flush=True)
        if not options.small:
            save(name, result)
        sentences += collapsed(name, result["ratios"])
    print("\n" + ("\n".join(sentences) or "every ratio is within its limits"))
    return bool(sentences)


if __name__ == "__main__":
    sys.exit(main())
