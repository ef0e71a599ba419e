"""Every verb multiplies its small matrices on one thread."""

import subprocess
import sys

LOOK = """
import sys
from threadpoolctl import threadpool_info
from sdanlegg.cli import main
main(["scenarios", "config/holmen"], standalone_mode=False)
print([pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"], file=sys.stderr)
"""


def test_a_verb_uses_one_thread_for_matrices() -> None:
    ran = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=120, check=True)
    threads = ran.stderr.strip().splitlines()[-1]
    assert threads.startswith("[1")
    assert set(threads) <= set("[1, ]")
