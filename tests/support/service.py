"""The whole hall as processes: the twin and the service, started by their verbs, on free ports."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.holmen import free_ports

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Running:
    """One process of ours and what it has written so far."""

    process: subprocess.Popen[bytes]
    log: Path

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM, within_s: float = 15) -> float:
        """Send a signal, wait for the end and return how long it took, s; killed and failed if it takes longer."""
        started = time.monotonic()
        self.process.send_signal(number)
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end within {within_s} s:\n{self.text()[-3000:]}") from error
        return time.monotonic() - started


@contextlib.contextmanager
def running(log: Path, *arguments: str | Path) -> Iterator[Running]:
    """Run `sdanlegg ARGUMENTS…`; whatever is left of it is killed at the end, its children too."""
    command = [sys.executable, "-m", "sdanlegg", *(str(a) for a in arguments)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield Running(process, log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(what: str, happens: Callable[[], Any], within_s: float = 60, every_s: float = 0.1) -> Any:
    """Wait until the function returns something true, and return it; a refused connection is not yet."""
    deadline = time.monotonic() + within_s
    last: Exception | None = None
    while time.monotonic() < deadline:
        try:
            result = happens()
        except (httpx.HTTPError, OSError) as error:
            last, result = error, None
        if result:
            return result
        time.sleep(every_s)
    raise AssertionError(f"not within {within_s} s: {what} ({last})")


@dataclass(slots=True)
class Service:
    """A running service and its two addresses."""

    run: Running
    api: str
    foyer: str
    data_dir: Path

    def get(self, path: str, **params: Any) -> Any:
        response = httpx.get(self.api + path, params=params, timeout=10)
        response.raise_for_status()
        return response.json()

    def values(self, device: str | None = None) -> dict[str, dict[str, Any]]:
        found = {v["point"]: v for v in self.get("/api/v1/values")}
        return {k: v for k, v in found.items() if device is None or k.startswith(device + ".")}

    def devices(self) -> dict[str, dict[str, Any]]:
        return {d["id"]: d for d in self.get("/api/v1/devices")}

    def ready(self) -> bool:
        return httpx.get(self.api + "/healthz/ready", timeout=5).status_code == 200


@contextlib.contextmanager
def service(hall: Path, folder: Path, *options: str, data_dir: Path | None = None) -> Iterator[Service]:
    """Run the hall's service on free ports, its data below folder."""
    port, foyer_port = free_ports(2)
    data = data_dir or folder / "data"
    ports = ("--port", str(port), "--foyer-port", str(foyer_port), "--data-dir", str(data))
    with running(folder / "service.log", "run", hall, *ports, "--log-format", "json", *options) as run:
        yield Service(run, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{foyer_port}", data)


@contextlib.contextmanager
def twin(hall: Path, folder: Path, *options: str) -> Iterator[Running]:
    """Run the hall's twin until it serves every device."""
    with running(folder / "twin.log", "simulate", hall, "--state-file", folder / "twin.json", *options) as run:
        until("the twin serves", lambda: "serves" in run.text() or run.process.poll() is not None, 90)
        assert run.process.poll() is None, run.text()
        yield run
