"""While a script runs, whoever does not have its token stays outside."""

import glob
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import ray
from pbt_examples import Run
from reader_script import RUN_FOR_EVER, script, wait_until

JOIN = """
import sys, ray
ray.init(address=sys.argv[1], logging_level="ERROR")
mark = sys.argv[2]
ray.get(ray.remote(num_cpus=0)(lambda: open(mark, "w").close()).remote())
"""
STRANGERS = {
    "nothing": {"RAY_AUTH_MODE": "disabled"},
    "no token": {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": ""},
    "another token": {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "c" * 64},
}
OWN = "a" * 64


@pytest.fixture
def running(tmp_path):
    """A script in the middle of a run, and the folder with its record."""
    kept = tmp_path / "kept"
    with script(RUN_FOR_EVER, kept) as process:
        assert wait_until((kept / "run.json").exists, 120)
        yield process, kept


def port(process, server):
    """Return where one of the session's processes listens."""
    pattern = f"{process.folder}/ray/session_*/{server}_port_*"
    return int(Path(*glob.glob(pattern)).read_text())


def join(process, mark, home, **access):
    """Start a process that joins the session, if it can, and leaves a mark through it."""
    bare = {name: v for name, v in os.environ.items() if not name.startswith("RAY_AUTH")}
    return subprocess.Popen(
        [sys.executable, "-c", JOIN, f"127.0.0.1:{port(process, 'gcs_server')}", mark],
        env=bare | access | {"HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_nobody_without_the_token_joins_or_runs_code(running, tmp_path):
    process, kept = running
    attempts = {
        name: join(process, tmp_path / "mark", tmp_path, **access)
        for name, access in STRANGERS.items()
    }
    for name, attempt in attempts.items():
        output, _ = attempt.communicate(timeout=200)
        assert attempt.returncode != 0, name
        assert "ConnectionError" in output or "Authentication" in output, output[-2000:]
    assert not (tmp_path / "mark").exists()
    before = len(Run.load(kept).history)  # and the run goes on as if nothing had been
    assert wait_until(lambda: len(Run.load(kept).history) > before, 60)


def test_who_has_the_token_joins_and_runs_code(tmp_path):
    # Or the test above would prove nothing.
    kept = tmp_path / "kept"
    with script(RUN_FOR_EVER, kept, RAY_AUTH_TOKEN=OWN) as process:
        assert wait_until((kept / "run.json").exists, 120)
        access = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": OWN}
        attempt = join(process, tmp_path / "mark", tmp_path, **access)
        output, _ = attempt.communicate(timeout=200)
    assert attempt.returncode == 0, output[-2000:]
    assert (tmp_path / "mark").exists()


def test_the_server_that_sets_workers_up_answers_nobody_without_the_token(running):
    process, _ = running
    host = ray.util.get_node_ip_address()
    address = f"http://{host}:{port(process, 'runtime_env_agent')}"
    for name in ("get_or_create_runtime_env", "delete_runtime_env_if_possible"):
        for token in ({}, {"Authorization": f"Bearer {'c' * 64}"}):
            request = urllib.request.Request(f"{address}/{name}", b"", token)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=10)
            assert refused.value.code in (401, 403)
