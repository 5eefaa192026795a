"""Errors about what is missing but may still come while a run goes on."""

from __future__ import annotations


class NotYetError(Exception):
    """Something is missing that a run in progress may still write."""

    awaited = "the run"


class NoReportYetError(NotYetError, FileNotFoundError):
    """There is no experiment, or no trial of it has reported anything."""

    awaited = "the first report"


class NoMetricYetError(NotYetError, ValueError):
    """No trial has reported the metric."""

    awaited = "the metric"
