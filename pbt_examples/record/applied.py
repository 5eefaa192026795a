"""Compare the hyperparameters that training used with those that were configured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pbt_examples.checks import check_type

PREFIXES = ("applied_", "cur_", "current_", "used_")
"""How a metric may be called that reports the value of a hyperparameter in use."""

TOLERANCE = 1e-6
"""Relative difference that is no difference: frameworks keep numbers in 32 bits."""

COLUMNS = (
    "hyperparameter", "metric", "reports", "reports_differ", "segments",
    "segments_differ",
)  # fmt: skip


def find_applied(history: pd.DataFrame, hyperparameters: Sequence[str]) -> dict[str, str]:
    """Return the metrics that report, by their names, which value is in use.

    For ``lr`` that is ``applied_lr``, ``cur_lr``, ``current_lr`` or ``used_lr``, the
    first of these that the history has; for ``optimizer/lr`` also
    ``optimizer/applied_lr`` and the like.

    Parameters
    ----------
    history : DataFrame
        The history of a run.
    hyperparameters : sequence of str
        Names of the tuned hyperparameters.

    Returns
    -------
    dict
        From a hyperparameter to the metric. One without such a metric is left out.
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
    """Count at how many reports training used another value than the configured one.

    Parameters
    ----------
    history : DataFrame
        The history of a run: the configured value of each hyperparameter stands in the
        column of its name.
    hyperparameters : sequence of str
        Names of the tuned hyperparameters.
    applied : mapping, optional
        From a hyperparameter to the metric that reports the value in use, such as
        ``{"lr": "cur_lr"}``. By default what `find_applied` finds.

    Returns
    -------
    DataFrame
        One row per compared hyperparameter, with ``hyperparameter``, ``metric``,
        ``reports`` and ``segments`` (how many have a value to compare),
        ``reports_differ`` and ``segments_differ`` (in how many it is another one).

    Raises
    ------
    TypeError, ValueError
        If `applied` is no mapping, or names a hyperparameter or a metric that the run
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
    if missing := [name for name in applied.values() if name not in history.columns]:
        raise ValueError(
            f"the run reported no {missing}; its columns are {list(history.columns)}"
        )
    rows = [_compare(history, name, metric) for name, metric in applied.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _compare(history: pd.DataFrame, name: str, metric: str) -> dict[str, object]:
    reported = history[history[metric].notna()]  # not every report need have it
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
    same = configured.astype(object) == applied.astype(object)  # what is no number
    return pd.Series(~(close | same.to_numpy(bool)), index=configured.index)
