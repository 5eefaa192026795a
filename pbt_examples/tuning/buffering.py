"""Let a worker send its reports in batches."""

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
def buffered_reports(interval: int) -> Iterator[None]:
    """Let experiments that start in a ``with`` block receive several reports at once.

    Ray Tune makes a call to the worker for each report. With buffering, one call returns
    all reports between two checkpoints, and another one the report with the checkpoint.
    This saves time when steps are very short, and the history of a synchronous run stays
    the same bit for bit. Do not use it where the time of each report matters, where steps
    are long, or in asynchronous runs, where the scheduler should decide at each report.

    Parameters
    ----------
    interval : int
        Number of iterations from one checkpoint to the next, such as the scheduler's
        ``perturbation_interval``.

    Raises
    ------
    TypeError, ValueError
        If `interval` is not a positive integer.

    Notes
    -----
    A report with a checkpoint must come alone. If others arrive with it, Ray 2.60 asks the
    worker for the next reports before it acts on the decision at the checkpoint: a trial
    then trains past its end, or reports get lost. So the trainable must save a checkpoint
    every `interval` iterations, and steps must be short: after ``interval - 1`` seconds a
    call returns what it has, and the next one may return a checkpoint among others. A
    `Recorder` warns of a gap, and ``run.info.notes`` says where it is.

    Ray has environment variables for this, which a `Tuner` reads at the start of ``fit``.
    Ray 2.60 swaps two of them on the way to the worker, so that a time is taken for a
    number of reports and vice versa. With the same value for all three, the order does
    not matter.

    Examples
    --------
    >>> with buffered_reports(4):                                     # doctest: +SKIP
    ...     run = run_experiment(train_toy, space, scheduler=toy_scheduler())
    """
    check_integer("interval", interval, least=1)
    most = max(1, interval - 1)
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
