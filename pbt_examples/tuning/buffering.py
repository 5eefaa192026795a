"""Let a worker send its reports in bundles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pbt_examples.checks import check_integer

_VARIABLES = (
    "TUNE_RESULT_BUFFER_LENGTH",
    "TUNE_RESULT_BUFFER_MIN_TIME_S",
    "TUNE_RESULT_BUFFER_MAX_TIME_S",
)


@contextmanager
def buffered_reports(most: int) -> Iterator[None]:
    """Let experiments that start in a ``with`` block receive several reports at once.

    Ray Tune makes a call to the worker for each report. With buffering, one call brings
    up to `most` of them, fewer where a report has a checkpoint, which is sent at once.
    Where steps take no time that saves time, and a synchronous run keeps its history bit
    for bit. Reports then arrive in bundles: leave it where you look at times, where steps
    last, and in asynchronous runs, where a scheduler should decide at each report.

    Parameters
    ----------
    most : int
        How many reports may come at once. At most the scheduler's
        ``perturbation_interval``, or a trial would train past the decision.

    Raises
    ------
    TypeError, ValueError
        If `most` is not a positive whole number.

    Notes
    -----
    Ray has environment variables for it, which a `Tuner` reads at the start of ``fit``.
    In Ray 2.60 it swaps two of them on the way to the worker: a time is taken for a
    number of reports, and the reverse. With the same value for all three the order does
    not matter.

    Examples
    --------
    >>> with buffered_reports(4):                                     # doctest: +SKIP
    ...     run = run_experiment(train_toy, space, scheduler=toy_scheduler())
    """
    check_integer("most", most, least=1)
    before = {name: os.environ.get(name) for name in _VARIABLES}
    os.environ |= dict.fromkeys(_VARIABLES, str(most))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
