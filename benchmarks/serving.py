"""`sdanlegg run` as a process of its own: started, watched through its routes and /proc, ended."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.machine import pin

END_WITHIN_S = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A running verb of ours."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log

    def resident_mb(self) -> float:
        """Resident size, MB of 10^6 bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        kib = next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]
        return int(kib) * 1024 / 1e6

    def cpu_s(self) -> float:
        """CPU time taken so far, all threads, seconds."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def until(self, holds: Callable[[], bool], within_s: float, every_s: float = 0.01) -> None:
        """Wait until something holds; RuntimeError, with the process's own words, if it ends or takes too long."""
        deadline = time.monotonic() + within_s
        while not holds():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"not ready within {within_s:g} s:\n{self._log.read_text(encoding='utf-8')}")
            time.sleep(every_s)


@contextmanager
def verb(words: Sequence[str], log: Path, core: int) -> Iterator[Process]:
    """Run `sdanlegg` with these words on one core; it is asked to end with the block, and must end well."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "sdanlegg", *words], stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        pin(core, process.pid)
        try:
            yield Process(process, log)
            process.send_signal(signal.SIGTERM)
            if process.wait(END_WITHIN_S) != 0:
                raise RuntimeError(log.read_text(encoding="utf-8"))
        finally:
            process.kill()
            process.wait()


def get(port: int, route: str) -> tuple[int, Any]:
    """Ask a route of 127.0.0.1: status and body (None if it is no JSON); status 0 when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{route}", timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, None
    except OSError:
        return 0, None
