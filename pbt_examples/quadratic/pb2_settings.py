"""The settings of PB2 on the noisy quadratic, kept apart since PB2 needs scikit-learn."""

from __future__ import annotations

from typing import Any

from pbt_examples.quadratic.moments import LR_RANGE
from pbt_examples.quadratic.settings import EACH_REPORT
from pbt_examples.tuning.pb2 import PB2


def quadratic_pb2(**changes: Any) -> PB2:
    """Return a PB2 scheduler for the noisy quadratic, with Ray's default settings.

    Parameters
    ----------
    **changes
        Arguments of `PB2` that differ, such as ``seed``.

    Returns
    -------
    PB2
        A new scheduler, which decides after each report. It can be used for one run only.
    """
    bounds = {"lr": list(LR_RANGE)}
    return PB2(**(EACH_REPORT | {"hyperparam_bounds": bounds} | changes))
