"""The plane of theta, for the explorer."""

from __future__ import annotations

import math

from pbt_examples.explorer.explore import Plane
from pbt_examples.toy.function import CURVATURE, Q_MAX

LEVELS = (1.0, 0.5, 0.0, -0.5)


def theta_plane() -> Plane:
    """Return the plane of theta with lines of equal `Q`, for `explore`.

    Returns
    -------
    Plane
        The plane of the metrics ``theta0`` and ``theta1``.
    """
    along0, along1 = CURVATURE.tolist()
    ellipses = tuple(
        (math.sqrt((Q_MAX - level) / along0), math.sqrt((Q_MAX - level) / along1), level)
        for level in LEVELS
    )
    return Plane("theta0", "theta1", optimum=(0.0, 0.0), ellipses=ellipses)
