"""Start a reader's script in a separate process, and see what it leaves behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

RUN_FOR_EVER = """
import sys
from pbt_examples.toy import toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import run_experiment
run_experiment(
    train_toy, toy_param_space(), scheduler=toy_scheduler(), iterations=100_000,
    folder=sys.argv[1],
)
"""


@contextmanager
def script(code, *arguments, **environment):
    """Start Python code, or a script, as a reader does; at the end, kill what is left."""
    source = [code] if isinstance(code, Path) else ["-c", code]
    with tempfile.TemporaryDirectory(prefix="pbt") as folder:
        process = subprocess.Popen(
            [sys.executable, *source, *map(str, arguments)],
            env=os.environ
            | {"MPLBACKEND": "agg", "TMPDIR": folder, "RAY_TMPDIR": folder}
            | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,  # or workers would import the project from the checkout
            start_new_session=True,
            # As at a terminal; a background job would inherit that SIGINT is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        process.folder = folder
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            for pid in left_behind(process):
                os.kill(pid, 9)


def left_behind(process):
    """Return the process ids of what a script started and did not end."""
    mark = f"RAY_TMPDIR={process.folder}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:  # it ended meanwhile
            continue
    return [pid for pid in found if pid != process.pid]


def wait_until(condition, seconds):
    """Wait for a condition, and say whether it came true."""
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(true)
