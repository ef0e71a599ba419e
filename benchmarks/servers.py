"""Time-series servers as Debian packs them, in folders of their own on free ports, spoken to over one socket."""

import contextlib
import http.client
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.machine import pin
from tests.support.holmen import free_ports

UP_WITHIN_S: Final = 60.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class RefusedError(Exception):
    """A server did not do what it was asked to: the figure would mean nothing."""


def occupied(folder: Path) -> int:
    """Bytes of disk that the files of a folder take; what was reserved and never written does not count."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # a server at work replaces its files
                total += 512 * (Path(place) / name).stat().st_blocks
    return total


class Server:
    """A running server: requests over one kept connection, its CPU time, its folder."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        self._process = process
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def ask(self, method: str, route: str, body: bytes | None = None, accept: str = "application/json") -> bytes:
        """Body of the answer, whole; RefusedError if the status is not 200 or 204."""
        try:
            self._connection.request(method, route, body, {"Accept": accept})
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):  # closed while it was idle
            self._connection.close()
            self._connection.request(method, route, body, {"Accept": accept})
            answer = self._connection.getresponse()
        content = answer.read()
        if answer.status not in {200, 204}:
            raise RefusedError(f"{route.partition('?')[0]} answers {answer.status}: {content[:300].decode()}")
        return content

    def pin(self, place: int) -> None:
        """Keep it on the first or second core."""
        pin(place, self._process.pid)

    def cpu_s(self) -> float:
        """CPU time taken so far, all threads, seconds."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def disk_bytes(self) -> int:
        """Space that the files in its folder take on the disk."""
        return occupied(self.folder)

    def rest(self, quiet_s: float, within_s: float = 180.0) -> None:
        """Wait until it has neither worked nor changed its files for a while; RefusedError if that takes too long."""
        deadline, since, before = time.monotonic() + within_s, time.monotonic(), (self.disk_bytes(), self.cpu_s())
        while time.monotonic() - since < quiet_s:
            time.sleep(0.5)
            now = (self.disk_bytes(), self.cpu_s())
            if now[0] != before[0] or now[1] - before[1] > 0.1:
                since, before = time.monotonic(), now
            if time.monotonic() > deadline:
                raise RefusedError(f"the server at {self.url} does not come to rest within {within_s:g} s")

    def is_up(self, route: str) -> bool:
        """Whether it answers; RefusedError with its own words if it has ended."""
        if self._process.poll() is not None:
            raise RefusedError((self.folder.parent / "log").read_text(encoding="utf-8"))
        try:
            self.ask("GET", route)
        except (OSError, http.client.HTTPException, RefusedError):
            self._connection.close()
            return False
        return True


@contextmanager
def victoria(folder: Path, *words: str) -> Iterator[Server]:
    """Run VictoriaMetrics; it ends with the block."""
    (port,) = free_ports(1)
    place = folder / "data"
    flags = (f"-storageDataPath={place}", f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=10y", *words)
    with _running(["victoria-metrics", *flags], {}, port, place, "/health") as server:
        yield server


@contextmanager
def influx(folder: Path, cold_s: int) -> Iterator[Server]:
    """Run InfluxDB 1; it ends with the block. It tidies its files when nothing has been written for cold_s."""
    port, inner = free_ports(2)
    place = folder / "data"
    settings = {
        "META_DIR": str(place / "meta"),
        "DATA_DIR": str(place / "data"),
        "DATA_WAL_DIR": str(place / "wal"),
        "DATA_QUERY_LOG_ENABLED": "false",
        "DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION": f"{cold_s}s",
        "DATA_COMPACT_FULL_WRITE_COLD_DURATION": f"{cold_s}s",
        "HTTP_BIND_ADDRESS": f"127.0.0.1:{port}",
        "BIND_ADDRESS": f"127.0.0.1:{inner}",
        "HTTP_LOG_ENABLED": "false",
        "HTTP_MAX_BODY_SIZE": "0",
        "MONITOR_STORE_ENABLED": "false",
        "REPORTING_DISABLED": "true",
    }
    variables = {f"INFLUXDB_{name}": value for name, value in settings.items()}
    with _running(["influxd", "run", "-config", os.devnull], variables, port, place, "/ping") as server:
        yield server


@contextmanager
def _running(
    command: Sequence[str], variables: Mapping[str, str], port: int, place: Path, route: str
) -> Iterator[Server]:
    place.mkdir(parents=True)
    with (place.parent / "log").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **variables})
    server = Server(process, port, place)
    try:
        deadline = time.monotonic() + UP_WITHIN_S
        while not server.is_up(route):
            if time.monotonic() > deadline:
                raise RefusedError(f"{command[0]} does not answer within {UP_WITHIN_S:g} s")
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
