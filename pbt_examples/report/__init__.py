"""One HTML page about a run, which needs nothing else, with its data beside it."""

from pbt_examples.report.page import write_report

__all__ = ["write_report"]
