"""What is known about a run besides its tables: settings, cost and versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from pbt_examples.checks import check_names, check_number, check_numbers, check_type

Ends = tuple[float, float]


@dataclass(frozen=True)
class TrialState:
    """What the directory of an experiment says about one trial.

    Attributes
    ----------
    trial : int
        Number of the trial.
    status : str
        Its state when Ray last saved it: ``PENDING``, ``RUNNING``, ``PAUSED``,
        ``TERMINATED`` or ``ERROR``; ``unknown`` if no file has it.
    reports : int
        Number of reports that were read, including those discarded by a failure.
    iteration : int
        Iteration of the last report; 0 if there is none.
    last_report : str or None
        When that report came, such as ``2026-11-27T17:19:33+00:00``.
    failures : int
        How often the trial failed.
    error : str or None
        Last line of the error that it left.
    folder : str or None
        Name of its folder in the directory of the experiment.
    checkpoint : str or None
        Path, within that directory, of the last checkpoint that a report names. Ray may
        have deleted it since.
    """

    trial: int
    status: str
    reports: int = 0
    iteration: int = 0
    last_report: str | None = None
    failures: int = 0
    error: str | None = None
    folder: str | None = None
    checkpoint: str | None = None


@dataclass(frozen=True)
class PendingExploit:
    """An exploit that the scheduler decided but that no report follows.

    Attributes
    ----------
    iteration : int
        Of the target's last report.
    target, donor : int
        Numbers of the trials.
    donor_iteration : int
        As the log has it.
    config : mapping of str to object
        The new value of each hyperparameter.
    """

    iteration: int
    target: int
    donor: int
    donor_iteration: int
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunInfo:
    """Settings, cost and versions of a run; ``None`` where something is unknown.

    See :doc:`/guide/data-model` for the tables that go with it.

    Attributes
    ----------
    seed : int or None
        Seed of the scheduler.
    slots : int or None
        Number of trials that could run at the same time.
    synch : bool or None
        Whether the scheduler was synchronous.
    perturbation_interval : float or None
        In units of the scheduler's ``time_attr``, usually iterations.
    quantile_fraction, resample_probability : float or None
        Settings of the scheduler.
    domains : mapping of str to tuple of float or None
        The declared lower and upper end of each tuned hyperparameter, if known.
    seconds : float or None
        Wall time of the run.
    versions : mapping of str to str
        Releases of Python and Ray.
    source : str or None
        The directory that the run was read from.
    ray_release : str or None
        The releases of Ray that write a directory like this one, such as
        ``2.4 or later``.
    finished : bool or None
        Whether every trial had ended when Ray last saved the states. If not, the run is
        still going, was interrupted, or its scheduler left trials unfinished.
    last_report : str or None
        When the last report of any trial came, in UTC.
    trials : tuple of TrialState
        The state of each trial, including those that never reported.
    pending : tuple of PendingExploit
        Exploits that no report follows yet.
    notes : tuple of str
        Sentences about what was left out, is unknown or doubtful, or is kept as a string.
    """

    seed: int | None = None
    slots: int | None = None
    synch: bool | None = None
    perturbation_interval: float | None = None
    quantile_fraction: float | None = None
    resample_probability: float | None = None
    domains: Mapping[str, Ends | None] = field(default_factory=dict)
    seconds: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    ray_release: str | None = None
    finished: bool | None = None
    last_report: str | None = None
    trials: Sequence[TrialState] = ()
    pending: Sequence[PendingExploit] = ()
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("seed", "slots"):
            check_type(name, getattr(self, name), (int, type(None)), "an integer or None")
        check_type("synch", self.synch, (bool, type(None)), "True, False or None")
        if self.perturbation_interval is not None:
            check_number("perturbation_interval", self.perturbation_interval)
            if not self.perturbation_interval > 0:
                interval = self.perturbation_interval
                raise ValueError(f"perturbation_interval must be positive: {interval!r}")
        check_type("domains", self.domains, Mapping, "a mapping from names to two ends")
        domains = {name: _ends(name, ends) for name, ends in self.domains.items()}
        object.__setattr__(self, "domains", domains)
        check_type("versions", self.versions, Mapping, "a mapping from names to versions")
        for name in ("source", "ray_release", "last_report"):
            check_type(name, getattr(self, name), (str, type(None)), "a string or None")
        check_type("finished", self.finished, (bool, type(None)), "True, False or None")
        check_names("notes", self.notes)
        object.__setattr__(self, "notes", tuple(self.notes))
        for name, kind in {"trials": TrialState, "pending": PendingExploit}.items():
            records = tuple(_record(name, each, kind) for each in getattr(self, name))
            object.__setattr__(self, name, records)

    def as_dict(self) -> dict[str, Any]:
        """Return what is known, ready for JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> RunInfo:
        """Return the record that `as_dict` wrote; other entries are ignored."""
        check_type("info", entries, Mapping, "a JSON object")
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in entries.items() if name in known})


def _record(name: str, entry: Any, kind: type) -> Any:
    if isinstance(entry, kind):
        return entry
    check_type(f"each of {name}", entry, Mapping, f"a {kind.__name__}")
    known = {each.name for each in fields(kind)}
    return kind(**{key: value for key, value in entry.items() if key in known})


def _ends(name: str, ends: Any) -> Ends | None:
    if ends is None:
        return None
    check_numbers(f"domains[{name!r}]", ends)
    if len(ends) != 2:
        raise ValueError(f"domains[{name!r}] must be two ends, got {ends!r}")
    return ends[0], ends[1]
