"""The history of a run that was read: the names of its columns, and their values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from pbt_examples.record.reading.lane_exploits import FoundExploit, Story
from pbt_examples.record.reading.lanes import Lane
from pbt_examples.record.reading.notes import Notes, counted, listed
from pbt_examples.record.reading.plain_values import Config, readable
from pbt_examples.record.reading.ray_columns import RAY_COLUMNS
from pbt_examples.record.reading.state_file import ExperimentState
from pbt_examples.record.tables import HISTORY_COLUMNS, free_names

NOT_KNOWN = math.nan
"""Stands in a column for a hyperparameter that no file records."""


class HistoryTable:
    """The history: the names of its columns, and their values."""

    def __init__(
        self,
        lanes: Mapping[int, Lane],
        stories: Mapping[int, Story],
        names: tuple[str, ...],
        state: ExperimentState,
        found: Sequence[FoundExploit] = (),
    ) -> None:
        self.lanes, self.stories, self.state = lanes, stories, state
        # The configurations in the log are whole: what one of them lacks is not set.
        logged = [each for each in found if each.stint not in stories[each.target].lost]
        configs = chain.from_iterable((e.donor_config, e.new_config) for e in logged)
        self.logged_names = set[str]().union(*configs)
        self.logged: dict[int, set[int]] = {trial: set() for trial in lanes}
        for each in logged:
            self.logged[each.target].add(stories[each.target].segments[each.stint])
        kept = {
            number: np.array(
                [row for row in range(len(lane.stint)) if row not in story.void], dtype=int
            )
            for (number, lane), story in zip(lanes.items(), stories.values(), strict=True)
        }
        # A history is in the order of segments, which is that of time, and iterations.
        self.rows = kept
        reported = {
            str(name): None
            for lane in lanes.values()
            for name in lane.table
            if name not in RAY_COLUMNS
        }
        self.metrics = free_names(reported, "metric", HISTORY_COLUMNS)
        self.reported = {name: self._reported(name) for name in reported}
        self.unknown: dict[str, pd.Series] = {}  # where no file has a value
        self.values = {name: self._tuned(name) for name in names}
        taken = {*HISTORY_COLUMNS, *self.metrics.values()}
        same = [name for name in names if self._is_reported(name)]
        others = [name for name in names if name not in same]
        chosen = {name: name for name in same} | free_names(others, "config", taken)
        self.columns = {name: chosen[name] for name in names}

    def read_numbers(self, metric: str, notes: Notes) -> None:
        """Read as NaN what is not a number in a metric of which some values are."""
        values = self.reported[metric]
        if pd.api.types.is_numeric_dtype(values):
            return
        numbers = pd.Series([_number(value) for value in values.tolist()])
        odd = values[numbers.isna() & values.notna() & (values.astype(str) != "nan")]
        if numbers.isna().all():
            return  # it is no metric, which `Run.check` says
        self.reported[metric] = numbers
        if len(odd):
            notes.add(
                f"{metric!r} is not a number in {counted(len(odd), 'report')} but "
                f"{listed(map(repr, dict.fromkeys(odd)), most=3)}, and is unknown there."
            )

    def _reported(self, name: str) -> pd.Series:
        columns = [
            lane.table[name].iloc[self.rows[trial]]
            if name in lane.table
            else pd.Series(math.nan, index=self.rows[trial])
            for trial, lane in self.lanes.items()
        ]
        return _joined(columns)

    def _tuned(self, name: str) -> pd.Series:
        values: list[Any] = []
        unknown: list[bool] = []
        for trial, lane in self.lanes.items():
            story = self.stories[trial]
            of_stint = [readable(each.get(name, NOT_KNOWN)) for each in story.configs]
            # What one report of a segment lacks is not set in all of it.
            unset = {
                story.segments[stint]
                for stint, seen in lane.seen.items()
                if lane.has_configs and not _covers(seen, name)
            }
            if name in self.logged_names:
                unset |= self.logged[trial]
            missing = [
                segment not in unset and not _covers(config, name)
                for segment, config in zip(story.segments, story.configs, strict=True)
            ]
            stints = lane.stint[self.rows[trial]].tolist()
            own = [of_stint[stint] for stint in stints]
            lacks = [missing[stint] for stint in stints]
            if lane.has_configs:
                before, value = None, None
                for at, row in enumerate(self.rows[trial].tolist()):
                    config = lane.configs[row]
                    if config is not None and config is not before:  # many are shared
                        before, value = config, readable(config.get(name, NOT_KNOWN))
                    if config is not None:  # it is whole: what it lacks is not set
                        own[at], lacks[at] = value, False
            values += own
            unknown += lacks
        self.unknown[name] = pd.Series(unknown)
        return pd.Series(values)

    def _is_reported(self, name: str) -> bool:
        # A trial may report a hyperparameter under its name: then one column is enough,
        # and it may know what the files on configurations have lost.
        reported = self.reported.get(name)
        if reported is None or name in HISTORY_COLUMNS:
            return False
        tuned = self.values[name]
        both = reported.notna() & tuned.notna()
        if not both.any() or not (reported[both] == tuned[both]).all():
            return False
        if tuned.isna().any():
            self.values[name] = tuned.where(tuned.notna(), reported)
            self.unknown[name] &= reported.isna()
        return True

    def history(self) -> pd.DataFrame:
        lanes, rows = self.lanes, self.rows
        columns: dict[str, Any] = {
            "trial": np.concatenate([np.full(len(rows[t]), t) for t in lanes]),
            "segment": np.concatenate(
                [
                    np.array(self.stories[t].segments)[lane.stint[rows[t]]]
                    for t, lane in lanes.items()
                ]
            ),
            "iteration": np.concatenate(
                [lane.iterations[rows[t]] for t, lane in lanes.items()]
            ),
        }
        columns |= {self.metrics[name]: self.reported[name] for name in self.reported}
        columns |= {self.columns[name]: self.values[name] for name in self.columns}
        stamps = np.concatenate([lane.stamps[rows[t]] for t, lane in lanes.items()])
        columns["time"] = np.clip(stamps - self.started(), 0, None)
        for column, name in {"duration": "time_this_iter_s", "pid": "pid"}.items():
            columns[column] = _joined(
                [lane.table[name].iloc[rows[t]] for t, lane in lanes.items()]
            )
        return pd.DataFrame(columns)

    def started(self) -> float:
        """Return when the run began: the time in the state file, or before any report."""
        firsts = [lane.stamps[0] for lane in self.lanes.values()]
        first = min((stamp for stamp in firsts if not math.isnan(stamp)), default=0.0)
        started = self.state.started
        return float(first if started is None or started > first + 1 else started)


def _covers(config: Config, name: str) -> bool:
    # Of a nested dictionary, some configurations may not have all entries.
    top = f"{name.partition('/')[0]}/"
    return name in config or any(other.startswith(top) for other in config)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _joined(columns: Sequence[pd.Series]) -> pd.Series:
    filled = [c for c in columns if len(c) and c.notna().any()]
    dtypes = {column.dtype for column in filled}
    if len(dtypes) == 1 and len(filled) == len(columns):
        return pd.concat(columns, ignore_index=True)
    if all(pd.api.types.is_numeric_dtype(d) and d != np.bool_ for d in dtypes):
        parts = [column.to_numpy(np.float64, na_value=np.nan) for column in columns]
        return pd.Series(np.concatenate(parts))
    return pd.Series([value for column in columns for value in column.tolist()])
