"""The schedule of a trial's last state: which hyperparameters changed, and when."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.tables import free_names


def schedule_table(run: Run, trial: int | None = None) -> pd.DataFrame:
    """Return the schedule of a trial's last state as text, one row per change.

    Parameters
    ----------
    run : Run
        Any run.
    trial : int, optional
        The trial whose last state is traced; by default the winner.

    Returns
    -------
    DataFrame
        Text columns: ``iteration`` (the last one trained with the values of the row
        above), ``lane`` (the trial that continued), ``donor`` (the trial whose state it
        took), and for each hyperparameter its value and what explore did:
        ``"0.04 (* 0.8)"``. A hyperparameter that is called like one of these columns
        becomes ``config/lane``. The first row has the starting values.

    Raises
    ------
    ValueError
        If the run has no such trial.
    """
    check_run(run)
    trial = run.winner if trial is None else trial
    ancestry = run.ancestry(trial)
    first = {"iteration": "0", "lane": str(ancestry["trial"].iloc[0]), "donor": ""}
    columns = free_names(run.hyperparameters, "config", first)
    first |= {column: _text(ancestry[name].iloc[0]) for name, column in columns.items()}
    rows = [first]
    for _, exploit in ancestral_exploits(run, trial).iterrows():
        row = {
            "iteration": str(exploit["donor_iteration"]),
            "lane": str(exploit["target"]),
            "donor": "unknown" if exploit["donor"] == -1 else str(exploit["donor"]),
        }
        for name, column in columns.items():
            operation = exploit[f"{name}_operation"]
            done = f" ({operation})" if isinstance(operation, str) and operation else ""
            row[column] = _text(exploit[f"{name}_new"]) + done
        rows.append(row)
    return pd.DataFrame(rows)


def schedule_changes(run: Run, trial: int | None = None) -> dict[int, dict[str, Any]]:
    """Return the schedule of a trial's last state, ready to be replayed.

    Parameters
    ----------
    run : Run
        Any run.
    trial : int, optional
        The trial whose last state is traced; by default the winner.

    Returns
    -------
    dict
        Maps each iteration after which hyperparameters change to their new values. The
        first entry has the starting values; its key is 0 if the beginning of the run was
        recorded.

    Raises
    ------
    ValueError
        If the run has no such trial.
    """
    check_run(run)
    ancestry = run.ancestry(run.winner if trial is None else trial)
    changes: dict[int, dict[str, Any]] = {}
    now: dict[str, Any] = {}
    for row in ancestry.to_dict("records"):
        before, now = now, {name: row[name] for name in run.hyperparameters}
        if now != before:
            changes[int(row["iteration"]) - 1] = now
    return changes


def ancestral_exploits(run: Run, trial: int) -> pd.DataFrame:
    """Return the exploits in the ancestry of a trial's last state, first to last.

    Parameters
    ----------
    run : Run
        Any run.
    trial : int
        The trial whose last state is traced.

    Returns
    -------
    DataFrame
        Rows of ``run.exploits``.

    Raises
    ------
    ValueError
        If the run has no such trial.
    """
    passed = run.ancestry(trial)[["trial", "segment"]].drop_duplicates()
    return passed.merge(
        run.exploits, left_on=["trial", "segment"], right_on=["target", "segment"]
    )[list(run.exploits.columns)]


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
