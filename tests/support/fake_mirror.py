"""A mirror in memory, as sound or unsound as a test wants it."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from sdanlegg.historian import Days, Frame
from sdanlegg.historian.mirrors import Fault, MirrorError
from sdanlegg.historian.mirrors.lines import told

Judge = Callable[[Sequence[bytes]], MirrorError | None]


def failing(fault: Fault, retry_after_s: float | None = None) -> Judge:
    """Whatever comes is answered like that."""
    return lambda _: MirrorError(f"it is {fault}", fault, retry_after_s)


class FakeMirror:
    """Keeps lines by their series and time; `judge` may refuse a request, `crash` loses what came last."""

    name = "fake"

    def __init__(self) -> None:
        self.judge: Judge = lambda _: None
        self.read_fault: Fault | None = None
        self.gives_back = True
        self.came: list[tuple[bytes, ...]] = []  # requests that were taken
        self.kept: dict[bytes, bytes] = {}  # series and time -> the line
        self.requests: list[float] = []  # times at which anything was asked, s
        self.opened = 0
        self.prepared = 0
        self.begun: float | None = 1.0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakeMirror"]:
        self.opened += 1
        yield self

    async def prepare(self) -> None:
        self.prepared += 1
        self.requests.append(time.monotonic())
        if (error := self.judge(())) is not None and error.fault in ("unreachable", "denied", "missing"):
            raise error

    async def write(self, lines: Sequence[bytes]) -> None:
        self.requests.append(time.monotonic())
        if (error := self.judge(lines)) is not None:
            raise error
        self.came.append(tuple(lines))
        self.kept |= {_key(line): line for line in lines}

    async def heartbeats(self, start_ns: int, end_ns: int) -> list[int]:
        self.requests.append(time.monotonic())
        if self.read_fault is not None:
            raise MirrorError(f"it is {self.read_fault}", self.read_fault)
        times = [told(line)[1] for line in self.kept.values() if b" heartbeat=" in line]
        return sorted(t for t in times if start_ns <= t < end_ns) if self.gives_back else []

    async def started(self) -> float | None:
        return self.begun

    async def read(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days | None = None) -> Frame:
        raise NotImplementedError

    async def latest(self, points: Sequence[str]) -> Frame:
        raise NotImplementedError

    def crash(self, requests: int) -> None:
        """Lose the last requests that were taken."""
        for lines in self.came[len(self.came) - requests :]:
            for line in lines:
                self.kept.pop(_key(line), None)

    def samples(self) -> set[tuple[str, int]]:
        """Point and time of every sample that is kept."""
        return {told(line) for line in self.kept.values() if b" heartbeat=" not in line}


def _key(line: bytes) -> bytes:
    series, _, rest = line.partition(b" ")
    return series + b" " + rest.rpartition(b" ")[2]
