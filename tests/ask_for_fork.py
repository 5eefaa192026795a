"""Have a worker's work done by a fork of the process of `forked_workers.py`.

The raylet runs this file in place of Ray's script for workers, hundreds of times, so it
imports next to nothing.
"""

import marshal
import os
import socket
import sys

ADDRESS = "PBT_EXAMPLES_FORK_SERVER"
"""The environment variable that says whom to ask for a fork."""

JOB = "01000000"
"""Ray's number of the first job of a session; Ray reads a worker's job when it imports."""


def script_of(arguments):
    """Return the path of Ray's script for workers."""
    return next(each for each in arguments if each.endswith("default_worker.py"))


def ask_for_fork(arguments):
    """Send the server what a fork of it needs to be the worker with these arguments."""
    if os.environ.get("RAY_JOB_ID") != JOB:  # of another driver, or one that moves objects
        setup = os.path.join(os.path.dirname(script_of(arguments)), "setup_worker.py")
        os.execv(sys.executable, [sys.executable, setup, *arguments])
    message = marshal.dumps([arguments, dict(os.environ), os.getcwd()])
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(os.environ[ADDRESS])
        socket.send_fds(server, [message], [0, 1, 2])


if __name__ == "__main__":
    ask_for_fork(sys.argv[1:])
