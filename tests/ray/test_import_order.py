"""A script may import Ray before this package."""

import os
import subprocess
import sys

import pytest
import ray
from packaging.version import Version

pytestmark = pytest.mark.slow

SCRIPT = """
import ray
from pbt_examples.tuning import ray_session

with ray_session():
    print(ray.get(ray.put("connected")))
"""


def run(**variables):
    environment = {
        name: value for name, value in os.environ.items() if name != "RAY_AUTH_MODE"
    }
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment | variables,
        capture_output=True,
        text=True,
    )


def test_if_ray_was_imported_first_a_session_has_a_token_or_is_refused():
    done = run()
    if Version(ray.__version__) < Version("2.60"):  # these decide when they are imported
        assert "runs without token authentication" in done.stderr
        assert done.stdout == ""
    else:
        assert done.stdout == "connected\n", done.stderr[-2000:]


def test_a_session_starts_without_a_token_if_explicitly_allowed():
    done = run(RAY_AUTH_MODE="disabled")
    assert done.stdout == "connected\n", done.stderr[-2000:]


def test_a_session_without_a_token_is_refused(monkeypatch):
    refused = (
        """
from pbt_examples.tuning import session
session._has_token = lambda: False
"""
        + SCRIPT
    )
    done = subprocess.run([sys.executable, "-c", refused], capture_output=True, text=True)
    assert done.stdout == ""
    assert "RuntimeError: Ray" in done.stderr
