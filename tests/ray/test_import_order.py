"""A script may import Ray before this package."""

import os
import subprocess
import sys

SCRIPT = """
import ray
from pbt_examples.tuning import ray_session

with ray_session():
    print(ray.get(ray.put("connected")))
"""


def test_a_session_starts_where_ray_was_imported_first():
    environment = {
        name: value for name, value in os.environ.items() if name != "RAY_AUTH_MODE"
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True
    )
    assert done.stdout == "connected\n", done.stderr[-2000:]
