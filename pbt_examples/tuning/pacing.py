"""Slow down the steps of a trainable, each trial at its own pace."""

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
    """Return a trainable whose steps take a given time, different for each trial.

    A step of the toy takes microseconds. To show which trial waits for which, it has to
    take as long as real training; sleeping stands for computing. No trial begins before
    all have their worker process, which takes seconds to start, so none gets a head start.

    Parameters
    ----------
    trainable : callable
        A function trainable.
    seconds : sequence of float
        How long a step of the first trial takes, of the second, and so on. The pace
        belongs to the trial and not to its configuration, which an exploit would copy
        from the donor to the target.
    patience : float, default: 120
        Seconds to wait for the other trials to start.

    Returns
    -------
    type
        A class trainable for one experiment, with as many trials and as many slots as
        `seconds` has entries. Create it within a `ray_session`.

    Raises
    ------
    TypeError, ValueError
        If `seconds` is empty or has an entry that is not a number of seconds.
    RuntimeError
        Outside a `ray_session`.
    ray.exceptions.GetTimeoutError
        In a trial, if some have not started in time because there are too few slots.
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
            # Ray numbers the trials of an experiment: "c0ffee_00000", "c0ffee_00001", …
            return int(self.trial_id.rpartition("_")[2])

        def setup(self, config: dict[str, Any]) -> None:
            ray.get(line.wait.remote(self.number), timeout=patience)
            super().setup(config)

        def step(self) -> dict[str, Any]:
            time.sleep(seconds[self.number])
            return super().step()

    return Paced


class _StartingLine:
    """Hold all trials until the last one has arrived."""

    def __init__(self, trials: int) -> None:
        self._missing = set(range(trials))
        self._open = asyncio.Event()

    async def wait(self, trial: int) -> None:
        self._missing.discard(trial)
        if not self._missing:
            self._open.set()
        await self._open.wait()
