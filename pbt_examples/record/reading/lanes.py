"""The reports of each trial, cut into stints, and what is known of their configurations.

A stint ends where the trial was stopped and resumed, or started over: its counter
``iterations_since_restore`` starts at 1 again. A configuration can change only there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pbt_examples.record.reading.plain_values import Config, agree

Counts = NDArray[np.int64]


class Lane:
    """One trial's reports, as stints.

    Parameters
    ----------
    table : DataFrame
        One row per report, in the order in which they came.
    configs : list of (dict or None)
        The configuration in the report of each row, if it has one.
    step : int, default: 1
        By how much ``training_iteration`` grows from report to report.

    Attributes
    ----------
    iterations : ndarray of int
        The ``training_iteration`` of each row.
    stamps : ndarray of float
        The time of each row, in whole seconds.
    stint : ndarray of int
        The stint of each row: 0, 1, ….
    first : ndarray of int
        The first row of each stint.
    has_configs : bool
        Whether any report has its configuration.
    seen : dict
        Maps a stint to the configuration in its first report that has one.
    saved : list of bool or None
        Whether a checkpoint was saved with each row; None if the reports do not say. A
        class saves when it is asked to, and its reports name no checkpoint.
    """

    def __init__(
        self, table: pd.DataFrame, configs: list[Config | None], step: int = 1
    ) -> None:
        self.table, self.configs, self.step = table, configs, step
        self.iterations: Counts = table["training_iteration"].to_numpy(np.int64)
        self.stamps = table["timestamp"].to_numpy(float)
        begins = table["iterations_since_restore"].to_numpy() == 1
        begins[0] = True
        self.stint: Counts = np.cumsum(begins) - 1
        self.first: Counts = np.flatnonzero(begins)
        self.has_configs = any(config is not None for config in configs)
        self.seen: dict[int, Config] = {}
        for stint, config in zip(self.stint.tolist(), configs, strict=True):
            if config is not None and stint not in self.seen:
                self.seen[stint] = config
        named = table.get("checkpoint_dir_name", pd.Series(dtype=object))
        saved = named.notna().tolist()
        self.saved: list[bool] | None = saved if any(saved) else None
        self._changes: dict[tuple[str, ...], dict[str, list[int]]] | None = None
        order = np.argsort(self.iterations, kind="stable")
        self._order, self._sorted = order.tolist(), self.iterations[order].tolist()
        self._ends: dict[int, list[int]] = defaultdict(list)
        for stint, row in enumerate((self.first[1:] - 1).tolist()):
            self._ends[int(self.iterations[row])].append(stint)

    @property
    def stints(self) -> int:
        """Number of stints."""
        return len(self.first)

    @property
    def last_iteration(self) -> int:
        """Iteration of the last report."""
        return int(self.iterations[-1])

    @property
    def is_even(self) -> bool:
        """Whether ``training_iteration`` grows by `step` with each report of a stint."""
        goes_on = np.diff(self.stint) == 0
        return bool((np.diff(self.iterations)[goes_on] == self.step).all())

    def origin(self, stint: int) -> int:
        """Return the iteration of the state from which a stint began."""
        return int(self.iterations[self.first[stint]]) - self.step

    def last_row(self, stint: int) -> int:
        """Return the last row of a stint."""
        following = [*self.first[stint + 1 : stint + 2], len(self.iterations)]
        return int(following[0]) - 1

    def rows_at(self, iteration: int) -> list[int]:
        """Return the rows that report an iteration."""
        first = bisect_left(self._sorted, iteration)
        return self._order[first : bisect_right(self._sorted, iteration)]

    def stints_that_end_at(self, iteration: int) -> list[int]:
        """Return the stints, except the last one, that end with an iteration."""
        return self._ends.get(iteration, [])

    def changes_to(self, config: Config, names: tuple[str, ...]) -> list[int]:
        """Return the stints whose reports show a change to a configuration."""
        if self._changes is None:
            self._changes = {}
            for stint, seen in self.seen.items():
                before = self.seen.get(stint - 1)
                if before is not None and agree(before, seen, names) is False:
                    own = tuple(name for name in names if name in seen)
                    changes = self._changes.setdefault(own, {})
                    changes.setdefault(_key(seen, own), []).append(stint)
        return [
            stint
            for own, changes in self._changes.items()
            for stint in changes.get(_key(config, own), ())
        ]

    def is_start_over(self, stint: int) -> bool:
        """Return whether a later stint began without a state, from the first iteration."""
        return stint > 0 and self.origin(stint) <= 0


def usual_step(tables: Iterable[pd.DataFrame]) -> int:
    """Return by how much ``training_iteration`` grows from one report to the next.

    It is 1, unless the trainable reports it under that name in units of its own.
    """
    least = 0
    for table in tables:
        steps = np.diff(table["training_iteration"])
        ahead = steps[steps > 0]
        if len(ahead):
            least = min(least or int(ahead[0]), int(ahead.min()))
        if least == 1:
            break
    return least or 1


def _key(config: Config, names: tuple[str, ...]) -> str:
    return repr([config.get(name) for name in names])
