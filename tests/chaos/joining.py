"""Try to join a running Ray and to run code in it, with its token and without."""

import os
import subprocess
import sys

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


def join(address, mark, home, **access):
    """Start a process that joins the Ray at an address, and leaves a mark through it."""
    bare = {name: v for name, v in os.environ.items() if not name.startswith("RAY_AUTH")}
    return subprocess.Popen(
        [sys.executable, "-c", JOIN, address, mark],
        env=bare | access | {"HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def assert_strangers_stay_outside(address, folder, *names):
    """Fail if anybody without the token joins the Ray at an address, or runs code in it."""
    mark = folder / "mark"
    attempts = {
        name: join(address, mark, folder, **STRANGERS[name]) for name in names or STRANGERS
    }
    for name, attempt in attempts.items():
        output, _ = attempt.communicate(timeout=250)
        assert attempt.returncode != 0, name
        assert "ConnectionError" in output or "Authentication" in output, output[-2000:]
    assert not mark.exists()


def assert_a_friend_comes_in(address, folder, **access):
    """Fail if the token does not let code run: then the other check would prove nothing."""
    mark = folder / "mark"
    attempt = join(address, mark, folder, **access)
    output, _ = attempt.communicate(timeout=200)
    assert attempt.returncode == 0, output[-2000:]
    assert mark.exists()
