"""What the gallery's scripts share: trainables, a scheduler, a recorder, runs, figures."""

import os as _os
import sys as _sys
from typing import Any as _Any

import lazy_loader as _lazy

# Ray reads these when it is imported, so they are set here, before anything in this
# package imports it. Values that the user has set are kept.
for _name, _value in {
    # Under `uv run`, Ray would pack the whole working directory for its workers.
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    # Ray would print a table every second; our figures and progress bar say more.
    "RAY_AIR_NEW_OUTPUT": "0",
    # Ctrl-C should end a script; Ray would stop the run and return a partial result.
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
}.items():
    _os.environ.setdefault(_name, _value)
if "ray" not in _sys.modules:  # once imported, it has chosen, and its processes must agree
    # Set it rather than rely on the release's default: only a process that has the
    # session's token may connect to it.
    _os.environ.setdefault("RAY_AUTH_MODE", "token")

_load, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)


def __getattr__(name: str) -> _Any:
    if name == "__version__":  # a cluster's workers have the package without its metadata
        from importlib.metadata import version

        return version("pbt-examples")
    return _load(name)
