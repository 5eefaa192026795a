"""A run ignores what an earlier one has left, and leaves nothing in the home folder."""

import os
import tempfile
from pathlib import Path

import pytest
from pbt_examples import Run
from reader_script import left_behind, script, wait_until

SHORT_RUN = """
import sys
from pbt_examples.toy import toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import run_experiment
run_experiment(
    train_toy, toy_param_space(), scheduler=toy_scheduler(), iterations=8,
    folder=sys.argv[1],
)
"""
RAY_OF_ANOTHER = """
import subprocess, sys
from pathlib import Path
start = ["start", "--head", "--port=0", "--num-cpus=1", "--include-dashboard=false"]
subprocess.run([Path(sys.executable).with_name("ray"), *start], check=True)
"""
TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "d" * 64}


def assert_runs_well(tmp_path, **environment):
    """Fail if a run does not reach its end, or if it writes to the home folder."""
    kept, home = tmp_path / "kept", tmp_path / "home"
    home.mkdir()
    with script(SHORT_RUN, kept, HOME=str(home), **environment) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output[-3000:]
    assert len(Run.load(kept).history) == 16
    assert list(home.iterdir()) == []


def test_the_address_of_a_dead_cluster_is_not_tried_nor_the_home_folder_used(tmp_path):
    with tempfile.TemporaryDirectory(prefix="pbt") as folder:  # short, for Ray's sockets
        note = Path(folder, "ray", "ray_current_cluster")
        note.parent.mkdir()
        note.write_text("127.0.0.1:9")
        assert_runs_well(tmp_path, RAY_TMPDIR=folder)


@pytest.fixture
def half_dead_ray():
    """The temporary folder of a Ray whose raylet was killed, while the rest still runs."""
    with script(RAY_OF_ANOTHER, **TOKEN) as process:
        assert process.wait(60) == 0
        assert Path(process.folder, "ray", "ray_current_cluster").exists()
        [raylet] = running(process, "/raylet/raylet")
        os.kill(raylet, 9)
        assert wait_until(lambda: not running(process, "/raylet/raylet"), 30)
        assert running(process, "/gcs/gcs_server")
        yield process.folder


def running(process, program):
    """Return the process ids of one of Ray's programs that a script left running."""
    found = []
    for pid in left_behind(process):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if command[0].decode().endswith(program):
            found.append(pid)
    return found


def test_a_broken_ray_session_is_not_joined(half_dead_ray, tmp_path):
    assert_runs_well(tmp_path, RAY_TMPDIR=half_dead_ray)
