"""A twin of some devices in a process of its own, so that it can be killed."""

import argparse
import asyncio
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sdanlegg.clock import SystemClock
from sdanlegg.config import load_site
from simulators.serve import Life, serve
from tests.support.tree import ROOT
from tests.support.twin import only


class TwinProcess:
    """The twin, seen from a test."""

    def __init__(self, hall: Path, state_file: Path, devices: Sequence[str], speed: float) -> None:
        words = [str(hall), str(state_file), str(speed), *devices]
        self._command = [sys.executable, "-m", "tests.support.twin_process", *words]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when every device is served."""
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert "ready\n" in iter(self._process.stdout.readline, ""), "the twin ended"

    def kill(self) -> None:
        """End it at once; may be called twice."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.communicate()


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("hall", type=Path)
    parser.add_argument("state_file", type=Path)
    parser.add_argument("speed", type=float)
    parser.add_argument("devices", nargs="+")
    given = parser.parse_args()
    site, ready = only(load_site(given.hall), *given.devices), asyncio.Event()
    life = Life(speed=given.speed, state_file=given.state_file)
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(site, life, clock=SystemClock(), ready=ready))
        await ready.wait()
        sys.stdout.write("ready\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
