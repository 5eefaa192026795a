"""Sentences about what stands out in a run: what an experienced reader would look for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
from pbt_examples.record.applied import compare_applied
from pbt_examples.record.reading.notes import counted
from pbt_examples.record.run import Run, check_run
from pbt_examples.record.schedule import ancestral_exploits

LATE = 0.1
"""An exploit in this last share of the winner's iterations counts as late."""


def findings(run: Run) -> list[str]:
    """Return sentences about what stands out in a run.

    They concern a run without exploits, founders that died out, hyperparameters that left
    their range or are stuck at zero, checkpoints older than the decisions that used them,
    configured values that training did not use, a result that a late exploit decided, and
    scores that are not numbers.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    list of str
        Empty if nothing stands out.
    """
    check_run(run)
    checks = (
        _no_exploit, _founders, _out_of_range, _stuck_at_zero, _old_checkpoints,
        _not_applied, _late_exploit, _not_numbers,
    )  # fmt: skip
    return [sentence for check in checks for sentence in check(run)]


def last_founder(run: Run) -> tuple[int, int] | None:
    """Return the only remaining founder, if there is one, and since which iteration.

    A founder is a trial from whose first state other states descend.
    """
    founders = {trial: trial for trial in run.trials}
    descendants = Counter(run.trials)
    origin: dict[tuple[int, int], int] = {(trial, 0): trial for trial in run.trials}
    for row in run.exploits.to_dict("records"):
        founder = origin.get((row["donor"], row["donor_segment"]))
        if founder is None:  # the directory does not say where this donor came from
            return None
        descendants[founders[row["target"]]] -= 1
        descendants[founder] += 1
        origin[row["target"], row["segment"]] = founders[row["target"]] = founder
        if descendants[founder] == len(founders) > 1:
            return founder, int(row["iteration"])
    return None


def _no_exploit(run: Run) -> Iterator[str]:
    if len(run.exploits) or run.info.pending or len(run.trials) == 1:
        return
    interval, last = run.info.perturbation_interval, run.history["iteration"].max()
    if interval is not None and interval >= last:
        yield (
            f"No exploit happened: the perturbation interval is {interval:g}, and the "
            f"run ends at iteration {last}."
        )
    else:
        yield (
            "No exploit happened: every trial trained on its own state to the end, as in "
            "a search without PBT."
        )


def _founders(run: Run) -> Iterator[str]:
    if found := last_founder(run):
        founder, iteration = found
        others = len(run.trials) - 1
        died = "starting point has" if others == 1 else f"{others} starting points have"
        yield (
            f"From iteration {iteration} on, every trial descends from trial {founder}: "
            f"the other {died} died out."
        )


def _out_of_range(run: Run) -> Iterator[str]:
    for name, ends in run.info.domains.items():
        if ends is None or name not in run.hyperparameters:
            continue
        values = pd.to_numeric(run.history[name], errors="coerce").dropna()
        outside = (values < ends[0]) | (values > ends[1])
        if outside.any():
            yield (
                f"{name} left its declared range of {ends[0]:.4g} to {ends[1]:.4g} in "
                f"{outside.mean():.0%} of the reports, from {values.min():.4g} to "
                f"{values.max():.4g}: explore multiplies without a limit."
            )


def _stuck_at_zero(run: Run) -> Iterator[str]:
    ancestry = ancestral_exploits(run, _winner(run)) if _winner(run) is not None else None
    if ancestry is None or ancestry.empty:
        return
    for name in run.hyperparameters:
        old = pd.to_numeric(ancestry[f"{name}_donor"], errors="coerce")
        new = pd.to_numeric(ancestry[f"{name}_new"], errors="coerce")
        stayed = int(((old == 0) & (new == 0)).sum())
        if stayed:
            yield (
                f"{name} was 0 and stayed 0 at {stayed} of the {len(ancestry)} exploits in "
                "the winner's ancestry: no factor changes a zero, only resampling does."
            )


def _old_checkpoints(run: Run) -> Iterator[str]:
    begins = run.history.groupby(["trial", "segment"])["iteration"].first().to_dict()
    delays = [
        row["donor_iteration"] + 1 - begin
        for row in run.exploits.to_dict("records")
        if (begin := begins.get((row["target"], row["segment"]))) is not None
        and row["donor"] not in (row["target"], -1)  # -1 is unknown
    ]
    late = [delay for delay in delays if delay > 0]
    if late:
        yield (
            f"{len(late)} of {counted(len(delays), 'exploit')} copied a checkpoint that "
            f"was older than the score that decided {'it' if len(late) == 1 else 'them'}, "
            f"by up to {counted(max(late), 'iteration')}: save a checkpoint at each "
            "perturbation interval."
        )


def _not_applied(run: Run) -> Iterator[str]:
    for row in compare_applied(run.history, run.hyperparameters).to_dict("records"):
        if row["reports_differ"]:
            yield (
                f"Training did not use the configured {row['hyperparameter']} at "
                f"{row['reports_differ']} of {row['reports']} reports, in "
                f"{row['segments_differ']} of {row['segments']} segments "
                f"({row['metric']} says what it used): a checkpoint may have restored "
                "the donor's value."
            )


def _late_exploit(run: Run) -> Iterator[str]:
    winner = _winner(run)
    if winner is None:
        return
    exploits = ancestral_exploits(run, winner)
    exploits = exploits[exploits["target"] != exploits["donor"]]
    exploits = exploits[exploits["donor"] >= 0]  # a donor of -1 is unknown
    if exploits.empty:
        return
    last, end = exploits.iloc[-1], int(run.of_trial(winner)["iteration"].iloc[-1])
    if last["target"] == winner and last["iteration"] >= (1 - LATE) * end:
        yield (
            f"The winner, trial {winner}, took over from trial {last['donor']} at "
            f"iteration {last['iteration']} of {end}: its final state was mostly trained "
            "in other lanes."
        )


def _not_numbers(run: Run) -> Iterator[str]:
    missing = int(run.history[run.metric].isna().sum())
    if missing:
        yield (
            f"{missing} of {counted(len(run.history), 'report')} "
            f"{'has' if missing == 1 else 'have'} no number as {run.metric}: NaN, or not "
            "reported."
        )


def _winner(run: Run) -> Any:
    return None if run.history[run.metric].isna().all() else run.winner
