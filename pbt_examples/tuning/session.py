"""Start Ray: a private local session, or your own cluster."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lazy_loader
import pbt_examples
import ray
from pbt_examples.checks import check_integer

MOST_SLOTS = 1000
"""Ray starts a process for each slot of a private session once the slot is used."""

_ANSWER_SECONDS = 10.0
"""How long a cluster may take to answer."""

_OPEN_TO_ALL = (
    f"Ray {ray.__version__} runs without token authentication, so any process that "
    "reaches its ports could run code as you. Ray 2.52 or newer has it, if "
    "RAY_AUTH_MODE=token is set before Ray is imported: import pbt_examples first, which "
    "sets it, or set RAY_AUTH_MODE yourself (to 'disabled' if you accept the risk)"
)


@contextmanager
def ray_session(*, slots: int = 1) -> Iterator[str]:
    """Start Ray for a ``with`` block, and leave nothing behind.

    Without ``RAY_ADDRESS`` in the environment, this is a private session on this machine:
    with token authentication, without a dashboard or output, and never connected to what
    another run left behind. With it, Ray joins the cluster at that address, and
    `pbt_examples` is sent to the workers. Within another ``with ray_session(...)`` block,
    the inner one shares Ray and has only its own storage path, so that Ray starts once for
    several experiments.

    Parameters
    ----------
    slots : int, default: 1
        How many trials run at the same time. It is a logical number, which may exceed the
        cores of the machine. A cluster or an outer session has its own.

    Yields
    ------
    str
        A storage path for ``tune.RunConfig``: a temporary folder that disappears at the
        end, or the value of ``PBT_EXAMPLES_STORAGE``, which a cluster of several
        machines needs, since every node must see it.

    Raises
    ------
    TypeError
        If `slots` is not an integer.
    ValueError
        If `slots` is not between 1 and 1000, if ``RAY_ADDRESS`` is not of the form
        ``host:port``, or if a cluster of several nodes has no ``PBT_EXAMPLES_STORAGE``.
    RuntimeError
        If any process could connect to a private session: with Ray before 2.52, or before
        2.60 if Ray was imported before this package.
    ConnectionError
        If no cluster answers at ``RAY_ADDRESS``.
    """
    check_integer("slots", slots, least=1, most=MOST_SLOTS)
    outermost = not ray.is_initialized()
    # The recorder replaces Ray's own loggers, which slow a run down.
    os.environ.setdefault("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")
    try:
        if outermost:
            with _interrupt_afterwards():
                _start(slots)
        with tempfile.TemporaryDirectory(prefix="pbt_examples-") as folder:
            yield os.environ.get("PBT_EXAMPLES_STORAGE", folder)
    finally:
        if outermost:
            ray.shutdown()


@contextmanager
def _interrupt_afterwards() -> Iterator[None]:
    """Defer SIGINT until the ``with`` block ends; a second one takes effect at once.

    While Ray starts, it would leave stray processes behind. Or it would be lost, since
    Python ignores exceptions in the functions that it calls around a fork.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield  # only the main thread is interrupted, and only if SIGINT is not ignored
        return
    came = []

    def remember(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, before)
        came.append(number)

    signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        signal.raise_signal(signal.SIGINT)


def _start(slots: int) -> None:
    address = os.environ.get("RAY_ADDRESS", "local")
    if address == "local":
        # A secret of this process. Ray would write one to the home folder, for all runs.
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex())
        # Ray would start a worker in advance for each slot. Tasks could use it, but a
        # trial is an actor, which gets its own process: each slot would waste a second of
        # processor time while the first trial waits for its process.
        os.environ.setdefault("RAY_prestart_worker_first_driver", "0")
        with warnings.catch_warnings():
            # Ray 2.50 to 2.54 warn of a change in how later releases treat accelerators.
            warnings.simplefilter("ignore", FutureWarning)
            ray.init(
                address="local",
                num_cpus=slots,
                include_dashboard=False,
                log_to_driver=False,
                logging_level="ERROR",
            )
        if os.environ.get("RAY_AUTH_MODE", "token") == "token" and not _has_token():
            ray.shutdown()
            raise RuntimeError(_OPEN_TO_ALL)
        return
    _check(address)
    ray.init(
        address=address,
        log_to_driver=False,
        logging_level="ERROR",
        runtime_env={"py_modules": [pbt_examples, lazy_loader]},  # what a worker imports
    )
    nodes = sum(node["Alive"] for node in ray.nodes())
    if nodes > 1 and "PBT_EXAMPLES_STORAGE" not in os.environ:
        ray.shutdown()
        raise ValueError(
            f"the cluster at RAY_ADDRESS={address} has {nodes} nodes: set "
            "PBT_EXAMPLES_STORAGE to a path that all of them share, for checkpoints"
        )


def _has_token() -> bool:
    """Return whether only a process with the session's token may connect to Ray."""
    try:
        from ray._raylet import (  # type: ignore[attr-defined]  # Cython
            AuthenticationMode,
            get_authentication_mode,
        )
    except ImportError:  # before Ray 2.52
        return False
    return bool(get_authentication_mode() == AuthenticationMode.TOKEN)


def _check(address: str) -> None:
    # Ray itself would try for minutes.
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(
            "RAY_ADDRESS must be host:port of the cluster's head node, where `ray start "
            f"--head` listens (usually at 6379), got {address!r}"
        )
    try:
        _expect_grpc(host.strip("[]"), int(port))
    except OSError as error:
        raise ConnectionError(
            f"no Ray cluster answers at RAY_ADDRESS={address} ({error}): check that it "
            "runs and that this machine may reach it, or unset RAY_ADDRESS to run here"
        ) from error


def _expect_grpc(host: str, port: int) -> None:
    # Ray serves gRPC, and its servers speak first: HTTP/2 begins with a SETTINGS frame
    # (RFC 9113, sections 3.4 and 6.5). With TLS, the client would speak first.
    with socket.create_connection((host, port), timeout=_ANSWER_SECONDS) as connection:
        encrypted = os.environ.get("RAY_USE_TLS", "0") not in ("0", "false", "False")
        if not encrypted and connection.recv(4)[3:] != b"\x04":
            raise OSError("what listens there is not Ray")
