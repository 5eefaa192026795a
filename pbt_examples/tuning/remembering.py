"""Remember every exploit of a PBT scheduler as it is decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from pbt_examples.record.tables import flatten
from pbt_examples.tuning.values import as_score, plain
from ray.tune.experiment import Trial
from ray.tune.schedulers import PopulationBasedTraining as RayPBT

_PLAIN = (int, float, str, type(None))
"""The types of the other entries of a configuration that an `Exploit` keeps."""


@dataclass(frozen=True)
class Exploit:
    """One exploit, as the scheduler decided it.

    Attributes
    ----------
    target, donor : str
        Ray's identifiers of the trial that gave up its state, and of the trial whose
        state it took over.
    iteration, donor_iteration : int
        Training iteration of each at the moment of the decision.
    target_score, donor_score : float
        The score by which each was ranked.
    old_config, new_config : dict
        The donor's hyperparameters, and the target's after explore, under flat names such
        as ``optimizer/lr``: the tuned ones, and all others that are numbers or strings.
    operations : dict
        Under the same names, for each tuned hyperparameter, ``"resample"``, ``"* 1.2"``,
        ``"* 0.8"`` and so on.
    """

    target: str
    donor: str
    iteration: int
    donor_iteration: int
    target_score: float
    donor_score: float
    old_config: dict[str, Any]
    new_config: dict[str, Any]
    operations: dict[str, Any]


class RemembersExploits(RayPBT):
    """What a recorder needs from a scheduler; `remembering` adds it to Ray's classes.

    Attributes
    ----------
    exploits : list of Exploit
        Every exploit so far, in the order in which they happened.
    """

    exploits: list[Exploit]

    @property
    def domains(self) -> dict[str, tuple[float, float] | None]:
        """The declared lower and upper end of each tuned hyperparameter, if any."""
        return dict(_ends(self._hyperparam_mutations))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that matter to a reader of a run, ready for JSON."""
        interval = plain(self._perturbation_interval)
        return {
            "domains": self.domains,
            "perturbation_interval": interval if isfinite(interval) else None,  # never
            "quantile_fraction": plain(self._quantile_fraction),
            "resample_probability": plain(self._resample_probability),
            "synch": bool(self._synch),
        }

    def get_state(self) -> dict[str, Any]:
        """Return what a restored run needs to know about this one."""
        return {"exploits": list(self.exploits)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Continue from the saved state, before Ray adds the restored trials."""
        self.exploits = list(state["exploits"])

    def check_restored(self) -> None:
        """Check, once Ray has added the restored trials, that they can go on."""

    def _get_new_config(self, trial: Trial, trial_to_clone: Trial) -> tuple[dict, dict]:
        # Copy it first: if a trial is its own donor, its configuration changes.
        old_config = self._recorded(trial_to_clone.config)
        source = self._explores_from(trial, trial_to_clone)
        new_config, operations = super()._get_new_config(trial, source)
        target = flatten(self._trial_state[trial].last_result)
        donor = flatten(self._trial_state[trial_to_clone].last_result)
        self.exploits.append(
            Exploit(
                target=trial.trial_id,
                donor=trial_to_clone.trial_id,
                iteration=target["training_iteration"],
                donor_iteration=donor["training_iteration"],
                target_score=as_score(target[self._metric]),
                donor_score=as_score(donor[self._metric]),
                old_config=old_config,
                new_config=self._recorded(new_config),
                operations=flatten(operations),
            )
        )
        return new_config, operations

    def _explores_from(self, target: Trial, donor: Trial) -> Trial:
        # Whose hyperparameters explore changes; see `WeightsOnly`.
        return donor

    def _recorded(self, config: dict[str, Any]) -> dict[str, Any]:
        tuned = self.domains
        values = {name: plain(value) for name, value in flatten(config).items()}
        return {
            name: value
            for name, value in values.items()
            if name in tuned or isinstance(value, _PLAIN)
        }


def remembering(scheduler: RayPBT) -> RemembersExploits:
    """Return one of Ray's schedulers, made to remember its exploits from now on.

    Its decisions do not change.
    """
    if not isinstance(scheduler, RemembersExploits):
        # Change its class and not its methods, so that it can still be copied and pickled.
        cls = type(scheduler)
        scheduler.__class__ = type(cls.__name__, (RemembersExploits, cls), {})
        scheduler.exploits = []
    return scheduler


def _ends(mutations: Mapping) -> Iterator[tuple[str, tuple[float, float] | None]]:
    for name, domain in mutations.items():
        if isinstance(domain, Mapping):
            yield from ((f"{name}/{inner}", ends) for inner, ends in _ends(domain))
        elif isinstance(domain, (list, tuple)):
            values = [plain(value) for value in domain]
            numbers = all(type(value) in (int, float) for value in values)  # no booleans
            yield str(name), _finite(min(values), max(values)) if numbers else None
        else:
            yield (
                str(name),
                _finite(*(getattr(domain, end, None) for end in ("lower", "upper"))),
            )


def _finite(lower: Any, upper: Any) -> tuple[float, float] | None:
    if lower is None or upper is None or not (isfinite(lower) and isfinite(upper)):
        return None
    return plain(lower), plain(upper)
