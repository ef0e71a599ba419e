"""The queue between the event loop and the writer's thread: bounded, and honest about what it had to drop."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import apsw

from sdanlegg.errors import StoreError
from sdanlegg.historian.blobs import Row

ROW_COST: Final = 250  # bytes that Python takes for a row besides its blobs
BATCH_ROWS: Final = 4096  # one transaction after an outage: small enough to go through when little space is back
_KNOWN_TEXTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction takes."""

    rows: tuple[Row, ...]
    texts: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A change to the file that is not a reading: done in a transaction of its own, once, not tried again."""

    work: Callable[[apsw.Connection], Any]
    done: "asyncio.Future[Any]"


def cost(row: Row) -> int:
    """Bytes of memory that a waiting row takes."""
    _, _, v, q, s = row
    return ROW_COST + len(v or b"") + len(q or b"") + len(s or b"")


class Intake:
    """Rows in order of arrival. put, accepted and close belong to the event loop, the rest to the writer's thread.

    When the waiting rows take more than limit_bytes the oldest are dropped and counted: what is live goes on being
    kept, and the hole is one stretch. A batch that the writer has in its hands is never dropped.
    """

    def __init__(self, limit_bytes: int, loop: asyncio.AbstractEventLoop) -> None:
        self.limit_bytes = limit_bytes
        self.dropped = 0
        self._loop = loop
        self._lock = threading.Lock()
        self._hurry = threading.Event()
        self._rows: deque[Row] = deque()
        self._bytes = 0
        self._put = 0  # rows ever put
        self._taken = 0  # rows in the writer's hands
        self._texts: dict[int, str] = {}
        self._known_texts: set[int] = set()
        self._waiters: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._deadline: float | None = None
        self._jobs: deque[Job] = deque()

    def __len__(self) -> int:
        """Readings that are not accepted yet."""
        return len(self._rows) + self._taken

    def has_room(self, cost_bytes: int) -> bool:
        """Whether rows of that cost can be put without dropping any."""
        return self._bytes + cost_bytes <= self.limit_bytes

    def put(self, row: Row, texts: Mapping[int, str] | None = None) -> None:
        """Add one row; never waits."""
        with self._lock:
            self._rows.append(row)
            self._put += 1
            self._bytes += cost(row)
            if self._bytes > self.limit_bytes:
                self._drop_oldest()
            if texts:
                self._note(texts)

    def ask(self, work: Callable[[apsw.Connection], Any]) -> "asyncio.Future[Any]":
        """Have the writer do a piece of work in one transaction: its future has the result, or StoreError."""
        job = Job(work, self._loop.create_future())
        with self._lock:
            self._jobs.append(job)
            self._hurry.set()
        return job.done

    def accepted(self) -> "asyncio.Future[None]":
        """Future of everything put until now: done when accepted, StoreError when an attempt fails or rows drop."""
        future: asyncio.Future[None] = self._loop.create_future()
        with self._lock:
            if len(self) == 0:
                future.set_result(None)
                return future
            self._waiters.append((self._put, future))
            self._hurry.set()
        return future

    def close(self, seconds: float) -> None:
        """Let the writer end once all is accepted, or when attempts have failed for that many seconds."""
        with self._lock:
            self._deadline = time.monotonic() + seconds
            self._hurry.set()

    def wait(self, window_s: float) -> bool:
        """Let a group come together; ends early when somebody waits for acceptance. False when closed and empty."""
        self._hurry.wait(window_s)
        return self._deadline is None or bool(self._rows) or bool(self._jobs)

    def next_job(self) -> Job | None:
        """Oldest piece of work that was asked for, if any."""
        with self._lock:
            job = self._jobs.popleft() if self._jobs else None
            if not self._rows:
                self._calm()
            return job

    def answer(self, job: Job, result: object, error: Exception | None = None) -> None:
        """Tell whoever asked for the work what became of it."""
        self._loop.call_soon_threadsafe(_settle, job.done, error, result)

    def take(self) -> Batch:
        """Give the oldest rows into the writer's hands, until accept."""
        with self._lock:
            n = min(len(self._rows), BATCH_ROWS)
            rows = tuple(self._rows.popleft() for _ in range(n))
            self._taken = n
            self._bytes -= sum(map(cost, rows))
            if self._rows:
                self._hurry.set()
            else:
                self._calm()
            return Batch(rows, tuple(self._texts.items()))

    def accept(self, batch: Batch) -> None:
        """Tell whoever waits that the batch is committed."""
        with self._lock:
            self._taken = 0
            for code, _ in batch.texts:
                del self._texts[code]
            gone = self._put - len(self._rows)
            while self._waiters and self._waiters[0][0] <= gone:
                self._tell(self._waiters.popleft()[1], None)
            if not self._rows:
                self._calm()

    def refuse(self, error: StoreError) -> None:
        """Tell whoever waits that the attempt failed; the rows stay."""
        with self._lock:
            self._fail_waiters(error)
            self._calm()

    def pause(self, seconds: float) -> bool:
        """Wait before the next attempt, shorter when somebody waits for acceptance; False when closing is overdue."""
        if self._deadline is None:
            self._hurry.wait(seconds)
            return True
        time.sleep(0.1)
        return time.monotonic() < self._deadline

    def _drop_oldest(self) -> None:
        while self._bytes > self.limit_bytes and len(self._rows) > 1:
            self._bytes -= cost(self._rows.popleft())
            self.dropped += 1
        self._fail_waiters(StoreError("the store's queue is full: the oldest readings in it were dropped"))

    def _note(self, texts: Mapping[int, str]) -> None:
        if len(self._known_texts) > _KNOWN_TEXTS:  # a device that sends ever new texts: writing one twice is harmless
            self._known_texts.clear()
        for code, text in texts.items():
            if code not in self._known_texts:
                self._known_texts.add(code)
                self._texts[code] = text

    def _calm(self) -> None:
        if self._deadline is None and not self._waiters and not self._jobs:
            self._hurry.clear()

    def _fail_waiters(self, error: StoreError) -> None:
        while self._waiters:
            self._tell(self._waiters.popleft()[1], error)

    def _tell(self, future: "asyncio.Future[None]", error: StoreError | None) -> None:
        self._loop.call_soon_threadsafe(_settle, future, error)


def _settle(future: "asyncio.Future[Any]", error: Exception | None, result: object = None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
