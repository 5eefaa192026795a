"""What each trial was doing at each moment of a run: training, waiting, being restored."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from pbt_examples.record.run import Run, check_events

STATES = ("training", "waiting", "restored")
_COLUMNS = ("trial", "segment", "begin", "end", "state")


def activity(run: Run) -> pd.DataFrame:
    """Return when each trial was training, waiting or being restored.

    Parameters
    ----------
    run : Run
        A run with `events`.

    Returns
    -------
    DataFrame
        One row per span of time, ordered by trial and time: ``trial``, ``segment`` (of
        the next report), ``begin`` and ``end`` in seconds since the first trial started,
        and ``state``:

        - ``training``: one iteration;
        - ``waiting``: paused, from a report until the trial gets a slot again. In a
          synchronous run this is the wait for the slowest trial;
        - ``restored``: from then until the first step begins.

    Raises
    ------
    ValueError
        If the run has no events, like one that was read from Ray's directory.
    """
    check_events(run, "activity")
    spans = [span for trial in run.trials for span in _spans(run, trial)]
    table = pd.DataFrame(spans, columns=list(_COLUMNS))
    # Work lost in a crash belongs to the segment of the next report, or else the last one.
    table["segment"] = table.groupby("trial")["segment"].bfill()
    table["segment"] = table.groupby("trial")["segment"].ffill().fillna(0).astype(int)
    table[["begin", "end"]] -= run.events["time"].min()
    return table


def activity_shares(run: Run) -> pd.Series:
    """Return the share of the trials' time spent in each state.

    Parameters
    ----------
    run : Run
        A run with `events`.

    Returns
    -------
    Series
        A number from 0 to 1 for each of `STATES`; they add up to 1.
    """
    spans = activity(run)
    seconds = (spans["end"] - spans["begin"]).groupby(spans["state"]).sum()
    return seconds.reindex(STATES, fill_value=0.0) / seconds.sum()


def _spans(run: Run, trial: int) -> Iterator[tuple[int, int | None, float, float, str]]:
    lane = run.of_trial(trial).groupby("time")[["duration", "segment"]].last()
    events = run.events[run.events["trial"] == trial]
    last, starting = None, False
    for now, event in zip(events["time"], events["event"], strict=True):
        if last is not None and event == "start":
            yield trial, None, last, now, "waiting"
        elif last is not None and event in ("report", "fail"):
            begin, segment = last, None
            if now in lane.index:  # false for a report that was lost in a crash
                segment = lane["segment"][now]
                if starting:
                    begin = max(last, now - lane["duration"][now])
                    yield trial, segment, last, begin, "restored"
            yield trial, segment, begin, now, "training"
        last, starting = now, event == "start"
