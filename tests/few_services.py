"""Start a Ray session without the processes that no test asks for anything.

A head node has an autoscaler, an API server and a process that looks for new lines in all
logs ten times a second. The package turns the dashboard and the output off, but Ray starts
these processes all the same. They take a few seconds of processor time to start, and more
with each worker's log.

Only the shared sessions of `conftest.py` do without. Clusters, scripts and pages have them.
"""

from contextlib import contextmanager

import pytest


@contextmanager
def few_services():
    """Let a Ray session that starts in the ``with`` block have only what runs need."""
    from ray._private.node import Node

    with pytest.MonkeyPatch.context() as patch:
        for start in ("start_monitor", "start_api_server", "start_log_monitor"):
            patch.setattr(Node, start, lambda self, **options: None)
        yield
