"""The tidy record of one run: history, exploits, events, and what the run cost."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from pbt_examples.checks import (
    check_mode,
    check_names,
    check_numbers,
    check_path,
    check_type,
)
from pbt_examples.record.applied import compare_applied
from pbt_examples.record.info import RunInfo
from pbt_examples.record.reading.directory import open_directory
from pbt_examples.record.reading.notes import counted
from pbt_examples.record.reading.ray_directory import read_experiment
from pbt_examples.record.saving import TABLES, read_folder, write_folder
from pbt_examples.record.tables import (
    EVENT_COLUMNS,
    EXPLOIT_COLUMNS,
    HISTORY_COLUMNS,
    TIMING_COLUMNS,
    empty_table,
    exploit_columns,
    require_columns,
)


@dataclass(frozen=True, eq=False)
class Run:
    """Everything that a run reported, in tables.

    See :doc:`/guide/data-model` for every table and column, with units.

    Attributes
    ----------
    history : DataFrame
        One row per reported iteration, ordered by trial, segment and iteration, which
        are its first columns. Every metric and every hyperparameter has a column, and
        ``time``, ``duration`` and ``pid`` say when and where the iteration was computed.
    exploits : DataFrame
        One row per exploit, in the order in which they happened. A trial that is its own
        donor has explored without exploiting anybody, see `ExploreOnly`. A `donor` of -1
        is unknown, as is a `donor_segment` of -1; `from_experiment` says when that
        happens.
    metric : str
        Name of the metric by which trials are ranked.
    mode : {"max", "min"}
        Whether larger or smaller values of `metric` are better.
    hyperparameters : tuple of str
        Names of the tuned hyperparameters, each a column of `history`.
    events : DataFrame
        One row per event: a trial starts, reports, fails or completes.
    info : RunInfo
        Settings, cost and versions, as far as they are known.
    """

    history: pd.DataFrame
    exploits: pd.DataFrame
    metric: str
    mode: Literal["max", "min"] = "max"
    hyperparameters: tuple[str, ...] = ()
    events: pd.DataFrame = field(default_factory=lambda: empty_table(EVENT_COLUMNS))
    info: RunInfo = field(default_factory=RunInfo)

    def __post_init__(self) -> None:
        for name in ("history", "exploits", "events"):
            check_type(name, getattr(self, name), pd.DataFrame, "a DataFrame")
        check_type("metric", self.metric, str, "the name of a column of history")
        check_mode(self.mode)
        check_names("hyperparameters", self.hyperparameters)
        check_type("info", self.info, RunInfo, "a RunInfo")
        require_columns(
            "history", self.history, [*HISTORY_COLUMNS, self.metric, *self.hyperparameters]
        )
        tuned = self.hyperparameters if len(self.exploits) else ()
        require_columns("exploits", self.exploits, exploit_columns(tuned))
        require_columns("events", self.events, EVENT_COLUMNS)

    def check(self) -> None:
        """Check what every recorded run satisfies but files from elsewhere may not.

        Raises
        ------
        ValueError
            If a table holds values of the wrong type, or the tables do not match.
        """
        whole = {
            "history": ("trial", "segment", "iteration"),
            "exploits": EXPLOIT_COLUMNS[:6],
            "events": ("trial",),
        }
        for name, columns in whole.items():
            table = getattr(self, name)
            for column in columns:
                if len(table) and not pd.api.types.is_integer_dtype(table[column]):
                    raise ValueError(f"{column} in {name} must hold whole numbers")
        if not pd.api.types.is_numeric_dtype(self.history[self.metric]):
            raise ValueError(f"metric {self.metric!r} must hold numbers")
        times = pd.to_numeric(self.events["time"], errors="coerce")
        if not (times.abs() <= 1e300).all():  # no time axis can hold more
            raise ValueError("time in events must hold seconds, none beyond 1e300")
        donors = {*self.exploits["donor"]} - {-1}  # unknown ones
        strangers = ({*self.exploits["target"]} | donors) - {*self.trials}
        if strangers:
            raise ValueError(f"exploits name the trials {strangers}, which report nothing")

    def __repr__(self) -> str:
        sizes = {"trial": len(self.trials), "report": len(self.history)}
        sizes["exploit"] = len(self.exploits)
        tables = ", ".join(counted(size, noun) for noun, size in sizes.items())
        return f"Run({tables}, metric {self.metric!r})"

    @property
    def trials(self) -> list[int]:
        """Numbers of the trials, in order."""
        return [*self._lanes]

    @cached_property
    def _lanes(self) -> dict[int, Any]:
        # The positions of each trial's rows, cached because figures need them often.
        rows = self.history.groupby("trial", sort=True).indices
        return {int(str(trial)): at for trial, at in rows.items()}

    @cached_property
    def _segments(self) -> dict[tuple[int, int], Any]:
        # The positions of each segment's rows.
        rows: dict[Any, Any] = self.history.groupby(["trial", "segment"]).indices
        return {(int(trial), int(number)): at for (trial, number), at in rows.items()}

    @cached_property
    def _donors(self) -> dict[tuple[int, int], tuple[tuple[int, int], int] | None]:
        # The segment and the iteration that each segment continues, unless unknown.
        places = ["target", "segment", "donor", "donor_segment", "donor_iteration"]
        donors: dict[tuple[int, int], tuple[tuple[int, int], int] | None] = {}
        for target, segment, donor, number, iteration in zip(
            *(self.exploits[name].tolist() for name in places), strict=True
        ):
            known = donor != -1
            found = ((int(donor), int(number)), int(iteration)) if known else None
            donors.setdefault((int(target), int(segment)), found)
        return donors

    @property
    def winner(self) -> int:
        """The trial whose last report has the best metric; of equals, the first."""
        last = self.history.groupby("trial")[self.metric].last()
        if last.isna().all():
            raise ValueError(f"no trial of {self!r} has any value of the metric")
        best = last.idxmax() if self.mode == "max" else last.idxmin()
        return int(str(best))

    def of_trial(self, trial: int) -> pd.DataFrame:
        """Return the rows of one trial's lane, in the order of its reports.

        Raises
        ------
        ValueError
            If the run has no such trial.
        """
        if trial not in self._lanes:
            raise ValueError(f"trial must be one of {self.trials}, got {trial!r}")
        return self.history.iloc[self._lanes[trial]]

    def first_config(self, trial: int) -> dict[str, Any]:
        """Return the hyperparameters that a trial started with."""
        lane = self.of_trial(trial).head(1)
        return {name: lane[name].iloc[0] for name in self.hyperparameters}  # of any kind

    def with_domains(self, **domains: tuple[float, float] | None) -> Self:
        """Return this run with declared ranges of hyperparameters, which figures show.

        Parameters
        ----------
        **domains : tuple of float
            The lower and upper end of each hyperparameter's range. Use
            ``**{"optimizer/lr": …}`` for a name that is not an identifier.

        Raises
        ------
        ValueError
            If the run has no such hyperparameter.
        """
        if unknown := domains.keys() - {*self.hyperparameters}:
            raise ValueError(
                f"domains must name some of {self.hyperparameters}, got {sorted(unknown)}"
            )
        info = replace(self.info, domains={**self.info.domains, **domains})
        return replace(self, info=info)

    def compare_applied(self, applied: Mapping[str, str] | None = None) -> pd.DataFrame:
        """Compare the values that training used with those that were configured.

        A checkpoint that restores an optimizer can bring back the donor's learning
        rate, and nothing else in a run shows it. Report the value in use as a metric,
        such as ``applied_lr``, and this method compares the two.

        Parameters
        ----------
        applied : mapping, optional
            Maps a hyperparameter to the metric that reports the value in use, such as
            ``{"lr": "cur_lr"}``. By default, for a hyperparameter ``lr``, a metric named
            ``applied_lr``, ``cur_lr``, ``current_lr`` or ``used_lr``.

        Returns
        -------
        DataFrame
            One row per compared hyperparameter: ``hyperparameter``, ``metric``,
            ``reports`` (how many have a value to compare), ``reports_differ``,
            ``segments`` and ``segments_differ``. Empty if the run reported no such metric.

        Raises
        ------
        TypeError, ValueError
            If `applied` is not a mapping, or names what the run does not have.
        """
        return compare_applied(self.history, self.hyperparameters, applied)

    def ancestry(self, trial: int) -> pd.DataFrame:
        """Return the history of the state that a trial ended with.

        A lane shows what one trial did; this follows its weights instead: back along
        the lane to the last exploit, over to the donor's lane, and so on to the start.

        Parameters
        ----------
        trial : int
            The trial whose last state is traced, such as `winner`.

        Returns
        -------
        DataFrame
            Rows of `history`, one per iteration, first to last. If they lead back to an
            unknown donor, they begin later than the training did.
        """
        last = self.of_trial(trial).iloc[-1]
        place, iteration = (trial, int(last["segment"])), int(last["iteration"])
        iterations, pieces = self.history["iteration"].to_numpy(), list[Any]()
        while True:
            rows = self._segments.get(place, np.array([], dtype=int))
            pieces.append(rows[iterations[rows] <= iteration])
            donor = self._donors.get(place)
            if not donor:
                way = np.concatenate(pieces[::-1])
                return self.history.iloc[way].reset_index(drop=True)
            if len(pieces) > len(self.exploits):
                raise ValueError(f"exploits lead back to trial {trial} in a circle")
            place, iteration = donor

    def save(self, folder: str | Path) -> Path:
        """Write the run to a folder of CSV and JSON files.

        Parameters
        ----------
        folder : path
            Created if it does not exist. Receives ``history.csv``, ``exploits.csv``,
            ``events.csv`` and ``run.json``.

        Returns
        -------
        Path
            The folder.
        """
        check_path("folder", folder)
        folder = Path(folder)
        tables = {name: getattr(self, name) for name in TABLES}
        about = {
            "metric": self.metric,
            "mode": self.mode,
            "hyperparameters": list(self.hyperparameters),
            "info": self.info.as_dict(),
        }
        write_folder(folder, tables, about)
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read a run that `save` wrote; every number is restored to the last bit.

        Parameters
        ----------
        folder : path
            A folder that `save` wrote.

        Returns
        -------
        Run

        Raises
        ------
        FileNotFoundError
            If the folder or one of its files is missing.
        ValueError
            If a file is not what `save` writes; the message says what is wrong.
        """
        check_path("folder", folder)
        folder = Path(folder)
        tables, about = read_folder(folder)
        try:
            run = cls(
                metric=about["metric"],
                mode=about["mode"],
                hyperparameters=tuple(about["hyperparameters"]),
                info=RunInfo.from_dict(about["info"]),
                **tables,
            )
            run.check()
        except KeyError as error:
            raise ValueError(f"{folder / 'run.json'} has no entry {error}") from None
        except (TypeError, ValueError) as error:
            raise ValueError(f"{folder} is not a saved run: {error}") from None
        return run

    @classmethod
    def from_experiment(
        cls,
        path: str | Path,
        *,
        metric: str | None = None,
        mode: Literal["max", "min"] = "max",
        perturbation_factors: Sequence[float] = (1.2, 0.8),
        filesystem: Any = None,
    ) -> Self:
        """Read the directory of a Ray Tune experiment, even while it runs.

        The experiment need not use this package: Ray's own PBT scheduler and loggers
        write everything that is needed, in any release since 0.8. Only text files are
        read, never a pickle. A run that is unfinished, interrupted, killed or restored is
        read as far as it goes; `info` has the state of each trial, and ``info.notes``
        says what was left out or is unknown.

        Parameters
        ----------
        path : path
            The directory of the experiment, with ``experiment_state-*.json`` in it, or
            its address, such as ``s3://bucket/experiment``.
        metric : str, optional
            Name of the metric by which trials are ranked; by default the one by which
            the experiment was tuned, if a file names it.
        mode : {"max", "min"}, default: "max"
            Whether larger or smaller values are better.
        perturbation_factors : sequence of float, default: (1.2, 0.8)
            Those of the scheduler; the default is Ray's.
        filesystem : pyarrow.fs.FileSystem, optional
            The file system of `path`, for storage that needs more than an address, as
            in ``RunConfig(storage_filesystem=…)``.

        Returns
        -------
        Run
            It has no exploits if the scheduler was not PBT.

        Raises
        ------
        FileNotFoundError
            If this is not such a directory, or no trial has reported anything.
        ValueError
            If no trial reported the metric, or it is not a number, or no metric is given
            and no file names one. The message lists the metrics.

        Warns
        -----
        UserWarning
            If the files contradict each other or have lost something that a table needs.

        Notes
        -----
        Some things cannot be recovered from the directory. Hyperparameters are those
        entries of the configuration that ever differ. Nested ones are named like
        ``optimizer/lr``; a list is one value, a string; and None is the string ``None``,
        since NaN stands for a value that no file records. Their declared ranges are
        unknown: set them with `with_domains` to see them in figures. Operations are
        inferred from the values: a product with one of `perturbation_factors` is named, a
        number drawn from a range is a ``"resample"``, an unchanged value has no
        operation, and for a value from a list, in which numbers recur, only
        ``"changed"`` is known.

        An exploit whose log line is lost has the donor -1, unless a hyperparameter
        shows the donor: that of only one trial, times a factor, is the new value. One
        that no report follows is not in `exploits` but in ``info.pending``. A trial
        that started over without a checkpoint has a segment for each start. Reports
        discarded by a failure are left out. A metric with the name of a column of
        `history` becomes ``metric/iteration``; a hyperparameter with the name of such a
        column, or of a metric with other values, becomes ``config/iteration``. `events`
        is empty, and ``time`` has a resolution of one second.
        """
        check_path("path", path)
        check_type("metric", metric, (str, type(None)), "the name of a metric")
        check_mode(mode)
        check_numbers("perturbation_factors", perturbation_factors)
        directory = open_directory(path, filesystem)
        parts, notes = read_experiment(
            directory, metric=metric, mode=mode, perturbation_factors=perturbation_factors
        )
        run = cls(mode=mode, **parts)
        try:
            run.check()
        except ValueError as error:
            raise ValueError(f"{directory} holds no PBT run: {error}") from None
        if notes.doubts:
            warnings.warn(f"{directory}: {' '.join(notes.doubts)}", stacklevel=2)
        return run


def same_history(one: Run, other: Run) -> bool:
    """Return whether two runs reported the same, to the last bit, timing aside.

    Compares every column of history and exploits but `TIMING_COLUMNS`.
    """
    for name, run in {"one": one, "other": other}.items():
        check_type(name, run, Run, "a Run")
    pairs = [
        (one.history.drop(columns=list(TIMING_COLUMNS)),
         other.history.drop(columns=list(TIMING_COLUMNS))),
        (one.exploits, other.exploits),
    ]  # fmt: skip
    return all(_comparable(a).equals(_comparable(b)) for a, b in pairs)


def _comparable(table: pd.DataFrame) -> pd.DataFrame:
    # A list with a NaN equals no other list; what it looks like does.
    table = table.reset_index(drop=True)
    for name in table.columns[[dtype == "object" for dtype in table.dtypes]]:
        table[name] = [
            repr(each) if isinstance(each, list) else each for each in table[name]
        ]
    return table


def check_run(run: Any) -> None:
    """Raise a `TypeError` or a `ValueError` unless `run` is a `Run` with reports."""
    right = "a Run, such as Run.load and Run.from_experiment return"
    check_type("run", run, Run, right)
    if run.history.empty:
        raise ValueError(f"run must have reports, got {run!r}")


def check_events(run: Any, function: str) -> None:
    """Check a run as `check_run` does, and that it has the events `function` needs."""
    check_run(run)
    if run.events.empty:
        raise ValueError(f"{function} needs a run with events, got {run!r}")
