"""Keep worker processes alive from one perturbation interval to the next."""

from __future__ import annotations

from typing import Any

from ray.tune.experiment import Trial
from ray.tune.search.basic_variant import BasicVariantGenerator


class WarmVariantGenerator(BasicVariantGenerator):
    """Ray's default search algorithm, made to finish only when the last trial does.

    Give it as ``TuneConfig(search_alg=WarmVariantGenerator(), reuse_actors=True)``.

    With ``reuse_actors=True`` Ray hands the process of a paused trial to the next one,
    but only while the search may still produce new trials
    (``TuneController._maybe_cache_trial_actor``). Ray's generator is finished as soon as
    all trials exist, which in PBT is at once. From then on, every pause ends a process and
    every resumption starts one, in 1 to 2 seconds each: nearly all the time of a small
    experiment.

    Parameters
    ----------
    *args, **kwargs
        Those of ``ray.tune.search.basic_variant.BasicVariantGenerator``. Pass
        ``random_state`` for a reproducible start if `param_space` has random values.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._made: dict[str, Trial] = {}
        self._ended: set[str] = set()

    def next_trial(self) -> Trial | None:
        if trial := super().next_trial():
            self._made[trial.trial_id] = trial
        return trial

    def get_state(self) -> Any:
        state, ours = super().get_state(), ("_made", "_ended")
        return state and {name: state[name] for name in state if name not in ours}

    def is_finished(self) -> bool:
        # Ray does not report the end of each trial, such as one that could not be reset.
        # But a trial that is being paused is TERMINATED for a moment, too, and in that
        # moment Ray asks. So a trial has ended if it already had when Ray asked before.
        made = (self._made[each] for each in self._live_trials & self._made.keys())
        before = self._ended
        self._ended = {trial.trial_id for trial in made if trial.is_finished()}
        return super().is_finished() and self._live_trials <= self._ended & before
