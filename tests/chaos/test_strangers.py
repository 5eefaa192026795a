"""While a script runs, nobody without its token can connect."""

import glob
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import ray
from joining import assert_a_friend_comes_in, assert_strangers_stay_outside
from pbt_examples import Run
from reader_script import left_behind, script, wait_until

SLOW_RUN = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parents[1] / "ray")!r})
from toy_experiment import basic_run, toy_with_fault
slow = toy_with_fault(lambda step: time.sleep(0.1))
basic_run(slow, iterations=100_000, folder=sys.argv[1])
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A script in the middle of a run, and the folder with its record."""
    kept = tmp_path_factory.mktemp("strangers") / "kept"
    with script(SLOW_RUN, kept) as process:
        assert wait_until((kept / "run.json").exists, 120)
        yield process, kept


def port(process, server):
    """Return the port on which one of the session's processes listens."""
    pattern = f"{process.folder}/ray/session_*/{server}_port_*"
    return int(Path(*glob.glob(pattern)).read_text())


def address(process):
    """Return where others would join the session."""
    return f"127.0.0.1:{port(process, 'gcs_server')}"


def test_without_the_token_nobody_joins_or_runs_code(running, tmp_path):
    process, kept = running
    assert_strangers_stay_outside(address(process), tmp_path)
    before = len(Run.load(kept).history)  # and the run goes on undisturbed
    assert wait_until(lambda: len(Run.load(kept).history) > before, 60)


def test_with_the_token_a_process_joins_and_runs_code(running, tmp_path):
    # Or the test above would prove nothing.
    process, _ = running
    variables = Path(f"/proc/{left_behind(process)[0]}/environ").read_text().split("\0")
    token = dict(each.split("=", 1) for each in variables if each.startswith("RAY_AUTH"))
    assert_a_friend_comes_in(address(process), tmp_path, **token)


def test_the_runtime_env_server_answers_only_with_the_token(running):
    process, _ = running
    host = ray.util.get_node_ip_address()
    server = f"http://{host}:{port(process, 'runtime_env_agent')}"
    for name in ("get_or_create_runtime_env", "delete_runtime_env_if_possible"):
        for token in ({}, {"Authorization": f"Bearer {'c' * 64}"}):
            request = urllib.request.Request(f"{server}/{name}", b"", token)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=10)
            assert refused.value.code in (401, 403)
