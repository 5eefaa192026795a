"""Compare the hyperparameters that training used with the configured ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pbt_examples.checks import check_type
from pbt_examples.record.tables import require_columns

PREFIXES = ("applied_", "cur_", "current_", "used_")
"""A metric with such a prefix reports the value of a hyperparameter in use."""

TOLERANCE = 1e-6
"""Relative difference that is ignored, since frameworks keep numbers in 32 bits."""

COLUMNS = (
    "hyperparameter", "metric", "reports", "reports_differ", "segments",
    "segments_differ",
)  # fmt: skip


def find_applied(history: pd.DataFrame, hyperparameters: Sequence[str]) -> dict[str, str]:
    """Return the metrics whose names say that they report the value in use.

    For ``lr`` that is the first of ``applied_lr``, ``cur_lr``, ``current_lr`` and
    ``used_lr`` that the history has; for ``optimizer/lr`` also ``optimizer/applied_lr``
    and so on.

    Parameters
    ----------
    history : DataFrame
        The history of a run.
    hyperparameters : sequence of str
        Names of the tuned hyperparameters.

    Returns
    -------
    dict
        Maps each hyperparameter to its metric. One without such a metric is left out.
    """
    found = {}
    for name in hyperparameters:
        group, _, last = name.rpartition("/")
        group += "/" if group else ""
        candidates = [prefix + last for prefix in PREFIXES]
        candidates = [f"{group}{each}" for each in candidates] + candidates
        present = [each for each in candidates if each in history.columns]
        if present and present[0] not in hyperparameters:
            found[name] = present[0]
    return found


def compare_applied(
    history: pd.DataFrame,
    hyperparameters: Sequence[str],
    applied: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Count the reports at which training did not use the configured value.

    Parameters
    ----------
    history : DataFrame
        The history of a run. The column of each hyperparameter has its configured value.
    hyperparameters : sequence of str
        Names of the tuned hyperparameters.
    applied : mapping, optional
        Maps a hyperparameter to the metric that reports the value in use, such as
        ``{"lr": "cur_lr"}``. By default, the result of `find_applied`.

    Returns
    -------
    DataFrame
        One row per compared hyperparameter, with ``hyperparameter``, ``metric``,
        ``reports`` and ``segments`` (how many have a value to compare),
        ``reports_differ`` and ``segments_differ`` (how many of these differ).

    Raises
    ------
    TypeError, ValueError
        If `applied` is not a mapping, or names a hyperparameter or a metric that the run
        does not have.
    """
    if applied is None:
        applied = find_applied(history, hyperparameters)
    check_type("applied", applied, Mapping, "a mapping from hyperparameters to metrics")
    if unknown := [name for name in applied if name not in hyperparameters]:
        raise ValueError(
            f"applied must name some of the hyperparameters {list(hyperparameters)}, "
            f"got {unknown}"
        )
    require_columns("history", history, [*applied.values()])
    rows = [_compare(history, name, metric) for name, metric in applied.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _compare(history: pd.DataFrame, name: str, metric: str) -> dict[str, object]:
    reported = history[history[metric].notna()]  # not every report has to have it
    differs = _differ(reported[name], reported[metric])
    segments = reported[["trial", "segment"]]
    return {
        "hyperparameter": name,
        "metric": metric,
        "reports": len(reported),
        "reports_differ": int(differs.sum()),
        "segments": len(segments.drop_duplicates()),
        "segments_differ": len(segments[differs].drop_duplicates()),
    }


def _differ(configured: pd.Series, applied: pd.Series) -> pd.Series:
    one, other = (pd.to_numeric(each, errors="coerce") for each in (configured, applied))
    close = np.isclose(one.astype(float), other.astype(float), rtol=TOLERANCE, atol=0.0)
    same = configured.astype(object) == applied.astype(object)  # for what is not a number
    return pd.Series(~(close | same.to_numpy(bool)), index=configured.index)
