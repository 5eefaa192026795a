"""Keep worker processes alive from one perturbation interval to the next."""

from __future__ import annotations

from ray.tune.search.basic_variant import BasicVariantGenerator


class WarmVariantGenerator(BasicVariantGenerator):
    """Ray's default search algorithm, finished only when the last trial is.

    Give it as ``TuneConfig(search_alg=WarmVariantGenerator(), reuse_actors=True)``.

    With ``reuse_actors=True`` Ray hands the process of a paused trial to the next one,
    yet only while the search may still bring new trials
    (``TuneController._maybe_cache_trial_actor``). Ray's generator is finished as soon
    as all trials exist, which in PBT is at once. From then on every pause ends a
    process and every resumption starts one, 1 to 2 seconds each: nearly all the time of
    a small experiment.

    Parameters
    ----------
    *args, **kwargs
        Those of ``ray.tune.search.basic_variant.BasicVariantGenerator``. Pass
        ``random_state`` for a reproducible start where `param_space` draws at random.
    """

    def is_finished(self) -> bool:
        return super().is_finished() and not self._live_trials
