"""What is known of a run beside its tables: settings, cost and versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from pbt_examples.checks import check_number, check_numbers, check_type

Ends = tuple[float, float]


@dataclass(frozen=True)
class RunInfo:
    """Settings, cost and versions of a run; ``None`` where something is unknown.

    Attributes
    ----------
    seed : int or None
        Seed of the scheduler.
    slots : int or None
        Number of trials that could run at the same time.
    synch : bool or None
        Whether the scheduler was synchronous.
    perturbation_interval : float or None
        In units of the scheduler's ``time_attr``, as a rule iterations.
    quantile_fraction, resample_probability : float or None
        Settings of the scheduler.
    domains : mapping of str to tuple of float or None
        For each tuned hyperparameter its declared lower and upper end, if known.
    seconds : float or None
        Wall time of the run.
    versions : mapping of str to str
        Releases of Python and Ray.
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

    def as_dict(self) -> dict[str, Any]:
        """Return what is known, ready for JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> RunInfo:
        """Return what `as_dict` wrote; entries of other names are ignored."""
        check_type("info", entries, Mapping, "a JSON object")
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in entries.items() if name in known})


def _ends(name: str, ends: Any) -> Ends | None:
    if ends is None:
        return None
    check_numbers(f"domains[{name!r}]", ends)
    if len(ends) != 2:
        raise ValueError(f"domains[{name!r}] must be two ends, got {ends!r}")
    return ends[0], ends[1]
