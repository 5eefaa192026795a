"""Save the record of a run while the run goes on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Literal

from pbt_examples.checks import check_mode, check_path, check_type
from pbt_examples.tuning.recorder import Recorder
from ray import tune


class Keeper(tune.Callback):
    """A Tune callback that saves a recorder's record, so that it outlives the driver.

    The folder is at most about a second behind, and `Run.load` can read it at any time,
    whatever has happened to the run.

    Parameters
    ----------
    recorder : Recorder
        The recorder. It must come before this one in the list of callbacks.
    folder : path
        The folder to save to, as for `Run.save`.
    metric, mode : str
        As for `Recorder.run`.

    Raises
    ------
    OSError
        During the run, which Ray then ends, if the folder cannot be written to.
    """

    def __init__(
        self,
        recorder: Recorder,
        folder: str | Path,
        *,
        metric: str,
        mode: Literal["max", "min"] = "max",
    ) -> None:
        check_type("recorder", recorder, Recorder, "a Recorder")
        check_path("folder", folder)
        check_type("metric", metric, str, "the name of a metric")
        check_mode(mode)
        self._recorder, self._folder = recorder, Path(folder)
        self._metric, self._mode = metric, mode
        self._changed, self._next = False, 0.0

    def on_trial_result(self, **info: Any) -> None:
        self._changed = True

    def on_step_end(self, **info: Any) -> None:
        if time.monotonic() >= self._next:
            self.save()

    def on_experiment_end(self, **info: Any) -> None:
        # Since the last report the trials have ended, which is in the record as well.
        self._changed = self._recorder.reports > 0
        self.save()

    def save(self) -> None:
        """Save the record, if it has grown since the last time."""
        if self._changed:
            started = time.monotonic()
            self._changed = False  # so that a disk which is full is not tried once more
            self._recorder.run(metric=self._metric, mode=self._mode).save(self._folder)
            # A large record takes long to write: spend at most a twentieth of the time.
            now = time.monotonic()
            self._next = now + max(1.0, 20 * (now - started))
