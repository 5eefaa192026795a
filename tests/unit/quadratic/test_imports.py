"""What a worker imports to train the noisy quadratic, each one anew."""

import subprocess
import sys


def test_training_needs_no_scipy():
    code = (
        "import sys; from pbt_examples.quadratic import train_quadratic\n"
        "assert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=200)
