"""Fork Ray's workers from a process that has already imported Ray Tune.

The tests start hundreds of workers. Each takes more than a second of processor time to
start, nearly all of it for imports; a fork takes a tenth of that. Everything else is Ray's:
the raylet asks for a worker, and the fork runs Ray's script for workers and registers. It
dies as any worker does, since it is a process of its own.

Only the shared sessions of `conftest.py` do this. Clusters, scripts and pages start their
workers as Ray does, so a fault that a fork hides would show there.
"""

import argparse
import gc
import importlib
import json
import marshal
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from ask_for_fork import ADDRESS, JOB, script_of

ASKS = str(Path(__file__).with_name("ask_for_fork.py"))
"""What the raylet runs in place of Ray's script for workers."""


@contextmanager
def fork_server():
    """Start the process to fork, and end it at the end of the ``with`` block.

    Yields
    ------
    int
        Its process id.
    """
    with tempfile.TemporaryDirectory(prefix="fork-server-") as folder:
        address = str(Path(folder, "socket"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
            listening.bind(address)
            listening.listen()
            # A worker ends when this process does, as it would with its raylet.
            own = {"RAY_JOB_ID": JOB, "RAY_RAYLET_PID": str(os.getpid())}
            server = subprocess.Popen(
                [sys.executable, __file__, str(listening.fileno())],
                stdin=subprocess.PIPE,  # its end is that of the server
                pass_fds=[listening.fileno()],
                env=os.environ | own,
            )
        os.environ[ADDRESS] = address
        try:
            yield server.pid
        finally:
            del os.environ[ADDRESS]
            server.stdin.close()
            server.wait(30)


@contextmanager
def forked_workers():
    """Let a Ray session that starts in the ``with`` block have forks as workers."""
    from ray._private import ray_constants

    original = ray_constants.SETUP_WORKER_FILENAME
    # Ray joins this name to a folder, of which an absolute path leaves nothing.
    ray_constants.SETUP_WORKER_FILENAME = ASKS
    try:
        yield
    finally:
        ray_constants.SETUP_WORKER_FILENAME = original


def import_for_workers(module):
    """Let the workers that start from now on have a module that takes long to import."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(os.environ[ADDRESS])
        server.send(marshal.dumps(module))


def serve(descriptor):
    """Import what workers import, then fork for each request until standard input ends."""
    import pbt_examples.toy.trainable
    import pbt_examples.tuning.recorder  # noqa: F401
    import ray
    from ray import tune  # noqa: F401

    for late in ("pydantic.v1", "ray._private.arrow_serialization", "pyarrow.json"):
        with suppress(ImportError):  # Ray imports these with a worker's first object
            importlib.import_module(late)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a fork
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest
    ray._raylet.setproctitle("fork server")  # or Ray 2.52 can give a fork no title
    listening = socket.socket(fileno=descriptor)
    gc.freeze()  # or the first collection in each fork copies all pages that it looks at
    while select.select([listening, sys.stdin], [], [])[0] == [listening]:
        with listening.accept()[0] as asking:
            message, files, _, _ = socket.recv_fds(asking, 1 << 20, maxfds=3)
        request = marshal.loads(message)
        if isinstance(request, str):
            importlib.import_module(request)
            gc.freeze()
            continue
        for _ in range(1000):  # or two forks draw the same ids, and one of them dies
            ray.ObjectRef.from_random()
        if not os.fork():
            listening.close()
            become_worker(files, *request)
        for file in files:
            os.close(file)


def become_worker(files, arguments, environment, folder):
    """Run Ray's script for workers, as a process that was started for it would."""
    import numpy as np

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.setpgid(0, 0)  # what a worker leaves behind, the raylet kills by its group
    # Ray's setup_worker.py, which this replaces, takes two of the arguments.
    parser = argparse.ArgumentParser()
    parser.add_argument("--serialized-runtime-env-context", default="{}")
    parser.add_argument("--language")
    setup, sys.argv = parser.parse_known_args(arguments)
    context = json.loads(setup.serialized_runtime_env_context)
    os.environ.clear()
    os.environ.update(environment | context.get("env_vars", {}))
    np.random.seed()  # noqa: NPY002  # or all forks draw the same; `random` sees to itself
    runpy.run_path(script_of(sys.argv), run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
