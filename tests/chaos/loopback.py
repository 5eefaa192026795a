"""A cluster of real nodes on this machine, without this project and its dependencies."""

import os
import subprocess
import sysconfig
import tempfile
import venv
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(__file__).with_name("cluster_process.py")
OURS = ("pbt_examples", "lazy_loader", "matplotlib", "tqdm")
"""What this project needs and Ray does not."""

FOUND = """
import importlib.util, sys
import ray.tune
print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name)))
"""


def python_without_the_project(folder):
    """Make an interpreter that has all the packages of this one except `OURS`."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", ask], text=True).strip())
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not any(name in entry.name for name in OURS):
            (packages / entry.name).symlink_to(entry)
    found = subprocess.check_output([python, "-c", FOUND, *OURS], cwd=folder, text=True)
    assert found.split() == []
    return python


@contextmanager
def loopback_cluster(python, *, nodes):
    """Run a cluster; yield its process, with what a driver needs to join as ``access``."""
    with tempfile.TemporaryDirectory(prefix="pbt") as folder:
        access = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "b" * 64}
        process = subprocess.Popen(
            [python, PROGRAM, str(nodes)],
            env=os.environ | access | {"RAY_TMPDIR": folder},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        process.access = access | {"RAY_ADDRESS": process.stdout.readline().strip()}
        try:
            yield process
        finally:
            process.stdin.close()
            process.wait(60)
