"""A self-contained HTML page about a run, with the run's data beside it."""

from pbt_examples.report.page import write_report

__all__ = ["write_report"]
