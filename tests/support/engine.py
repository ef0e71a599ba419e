"""A time-series server as Debian packs it: started on free ports in a folder of its own, killed, started again."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

UP_WITHIN_S = 60.0
DOWN_WITHIN_S = 30.0


class Server(Protocol):
    """What the fixtures and the fault tests ask of a server."""

    url: str

    def start(self) -> None: ...

    def kill(self) -> None: ...

    def stop(self) -> None: ...


class Process:
    """One server process; it keeps its ports and its folder over a kill."""

    def __init__(self, words: Sequence[str], health: str, folder: Path) -> None:
        self.words = words
        self.health = health
        self.folder = folder
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        """Return when the server answers; AssertionError with its own words if it ends instead."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + UP_WITHIN_S
        while not self._is_up():
            assert self.running.poll() is None, self.log.read_text("utf-8", "replace")[-4000:]
            assert time.monotonic() < deadline, f"{self.words[0]} does not answer at {self.health}"
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL, at once."""
        if self.running is not None:
            self.running.kill()
            self.running.wait(DOWN_WITHIN_S)
            self.running = None

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if it does not end."""
        if self.running is None:
            return
        self.running.terminate()
        try:
            self.running.wait(DOWN_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self.running = None

    def _is_up(self) -> bool:
        try:
            with urllib.request.urlopen(self.health, timeout=2) as answer:
                return answer.status in {200, 204}
        except (urllib.error.URLError, OSError):
            return False
