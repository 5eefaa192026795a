"""Steps that last: give each trial a pace of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import ray
from pbt_examples.checks import check_number, check_numbers
from ray.tune import Trainable
from ray.tune.trainable import wrap_function


def paced(
    trainable: Callable[[dict[str, Any]], None],
    *,
    seconds: Sequence[float],
    patience: float = 120.0,
) -> type[Trainable]:
    """Return a trainable whose every step lasts, for each trial its own time.

    A step of the toy takes microseconds. To see who waits for whom, it has to take as
    long as training does; sleeping stands for compute. No trial begins before all have
    their worker process, which takes seconds to start: nobody gets a lead by chance.

    Parameters
    ----------
    trainable : callable
        A function trainable.
    seconds : sequence of float
        How long a step of the first trial lasts, of the second, and so on. The pace
        belongs to the trial and not to its configuration, which an exploit would hand
        from the donor to the target.
    patience : float, default: 120
        Seconds that a trial waits for the others to start.

    Returns
    -------
    type
        A class trainable for one experiment, with as many trials as `seconds` has
        entries and as many slots. Make it within a `ray_session`.

    Raises
    ------
    TypeError, ValueError
        If `seconds` is empty or has an entry that is no number of seconds.
    RuntimeError
        Outside a `ray_session`.
    ray.exceptions.GetTimeoutError
        In a trial, if not all have started in time: there were too few slots.
    """
    if not callable(trainable):
        raise TypeError(
            f"trainable must be a function of a configuration, got {trainable!r}"
        )
    check_numbers("seconds", seconds, least=0)
    check_number("patience", patience, least=0)
    if not ray.is_initialized():
        raise RuntimeError("paced needs Ray: call it within a ray_session")
    line: Any = ray.remote(num_cpus=0)(_StartingLine).remote(len(seconds))

    base: Any = wrap_function(trainable)

    class Paced(base):
        @property
        def number(self) -> int:
            # Ray counts the trials of an experiment: "c0ffee_00000", "c0ffee_00001", …
            return int(self.trial_id.rpartition("_")[2])

        def setup(self, config: dict[str, Any]) -> None:
            ray.get(line.wait.remote(self.number), timeout=patience)
            super().setup(config)

        def step(self) -> dict[str, Any]:
            time.sleep(seconds[self.number])
            return super().step()

    return Paced


class _StartingLine:
    """Holds every trial back until the last has arrived, and none afterwards."""

    def __init__(self, trials: int) -> None:
        self._missing = set(range(trials))
        self._open = asyncio.Event()

    async def wait(self, trial: int) -> None:
        self._missing.discard(trial)
        if not self._missing:
            self._open.set()
        await self._open.wait()
