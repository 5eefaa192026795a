"""What the driver and the worker were doing, from sampled stacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

DRIVER_PARTS = ("Ray Tune's loop", "calls of Ray's core", "scheduler", "our callbacks")
CALLBACKS = ("recorder.py", "watchdog.py", "keeper.py", "progress.py")
SCHEDULERS = ("scheduler.py", "exploits.py", "populations.py", "variations.py")
CORE = ("(ray/actor.py", "(ray/_private/", "(ray/util/placement_group.py", "internal_kv.py")


def parts_of(stacks: Iterable[str]) -> dict[str, float]:
    """Split the driver's time into parts, from sampled stacks.

    Parameters
    ----------
    stacks : iterable of str
        Lines ``frame;frame;… count``, the outermost frame first, as py-spy writes them
        with ``--subprocesses --idle --threads``.

    Returns
    -------
    dict
        Shares of the time, which add up to 1. While the driver waits, the worker works
        or messages are in transit between them.
    """
    seen: Counter[str] = Counter()
    for line in stacks:
        stack, count = line.rsplit(" ", 1)
        seen[_place(stack)] += int(count)
    driver = {name: seen[name] for name in DRIVER_PARTS}
    training = {name: seen[name] for name in ("checkpoint", "trainable")}
    # The worker's main thread waits for its training thread, so that is not counted twice.
    rest = max(0, seen["worker"] - sum(training.values()))
    messages = max(0, seen["wait"] - seen["worker"])
    parts = driver | training | {"Ray in the worker": rest, "messages": messages}
    return {name: count / sum(parts.values()) for name, count in parts.items()}


def _place(stack: str) -> str:
    """Name what a stack is doing; return an empty string if it is not part of a run."""
    if "train_toy (" in stack:
        if "persist_current_checkpoint" in stack:
            return "checkpoint"
        return "" if "_TrainSession.report" in stack else "trainable"
    if "<module> (ray/_private/workers/default_worker.py" in stack:
        idle = stack.rsplit(";", 1)[-1].startswith("Worker.main_loop")
        return "" if idle or "MainThread" not in stack else "worker"
    if "TuneController.step" not in stack:
        return ""
    if any(f"pbt_examples/tuning/{name}" in stack for name in CALLBACKS):
        return "our callbacks"
    if any(f"pbt_examples/tuning/{name}" in stack for name in SCHEDULERS):
        return "scheduler"
    if "wait (ray/_private/worker.py" in stack:
        return "wait"
    core = any(name in stack for name in CORE)
    return "calls of Ray's core" if core else "Ray Tune's loop"
