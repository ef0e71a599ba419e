"""Run every benchmark, one after the other, each in a process of its own, and bring docs/performance.md up to date."""

import subprocess
import sys

from benchmarks.results import arguments

NAMES = (
    *("collect", "blackhole", "start", "memory", "history", "commit", "drain", "twin", "twin_servers", "balance_cold"),
    *("balance", "balance_halls"),
)


def main() -> None:
    """Run all; the options go to each of them."""
    arguments(__doc__).parse_args()
    for name in NAMES:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sys.argv[1:]], check=True)
    if len(sys.argv) == 1:
        subprocess.run([sys.executable, "-m", "benchmarks.report"], check=True)


if __name__ == "__main__":
    main()
