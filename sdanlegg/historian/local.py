"""The local store: the truth of a hall's history. One SQLite file, one writing thread, readers beside it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import apsw

from sdanlegg.clock import Clock, SystemClock
from sdanlegg.errors import StoreError, StoreFullError
from sdanlegg.historian import Days, Frame, Summaries
from sdanlegg.historian.blobs import Layouts, Row
from sdanlegg.historian.catalogue import Catalogue, load_layouts, register_points
from sdanlegg.historian.intake import Intake, cost
from sdanlegg.historian.query import Samples, StoredReading
from sdanlegg.historian.reader import LOOKBACK_NS, LocalReader
from sdanlegg.historian.schema import FILE_NAME, connect_writer, make_shrinkable, migrate, naming, take_lock
from sdanlegg.historian.writer import Writer
from sdanlegg.metrics import Metrics
from sdanlegg.points import PointTable
from sdanlegg.readings import Reading

QUEUE_BYTES: Final = 64 << 20
WRITE_ROWS: Final = 1024  # readings of one write() that are packed between two turns of the event loop
T = TypeVar("T")
CLOSE_S: Final = 3.5  # how long close goes on trying to get the last readings onto the disk


@dataclass(slots=True)
class Tally:
    """What the store has done since it was opened; belongs to the event loop."""

    readings: int = 0  # accepted: committed and synced
    samples: int = 0
    commits: int = 0
    commit_seconds: float = 0.0
    last_commit_ns: int | None = None  # monotonic
    failures: int = 0
    error: str | None = None  # sentence of the last attempt, if it failed
    full: bool = False  # whether that was because the disk is full


@dataclass(frozen=True, slots=True)
class _Opened:
    """What opening the folder gives."""

    lock: apsw.Connection
    connection: apsw.Connection
    layouts: Layouts


def _open_folder(data_dir: Path, points: PointTable, now_ns: int) -> _Opened:
    """Make the folder, keep others from writing to it, bring the schema and the point list up to date."""
    path = data_dir / FILE_NAME
    with naming(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True)
    lock = take_lock(data_dir)
    try:
        with naming(path):
            connection = connect_writer(path, create=True)
            try:
                make_shrinkable(connection, path)
                migrate(connection, path)
                ids = register_points(connection, points, now_ns)
                return _Opened(lock, connection, Layouts(points, ids, load_layouts(connection)))
            except BaseException:
                connection.close(force=True)
                raise
    except BaseException:
        lock.close()
        raise


class _Outcome:
    """Carries the writer's news from its thread to the event loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        tally: Tally,
        intake: Intake,
        clock: Clock,
        metrics: Metrics | None,
    ) -> None:
        self._loop = loop
        self._tally = tally
        self._intake = intake
        self._clock = clock
        self._metrics = metrics

    def committed(self, readings: int, samples: int, seconds: float) -> None:
        self._loop.call_soon_threadsafe(self._count, readings, samples, seconds)

    def failed(self, error: StoreError) -> None:
        self._loop.call_soon_threadsafe(self._note, error)

    def _count(self, readings: int, samples: int, seconds: float) -> None:
        tally = self._tally
        tally.readings += readings
        tally.samples += samples
        tally.commits += 1
        tally.commit_seconds += seconds
        tally.last_commit_ns = self._clock.monotonic_ns()
        tally.error, tally.full = None, False
        if self._metrics is not None:
            self._metrics.stored(readings, samples, seconds)
            self._metrics.store_waiting.set(len(self._intake))

    def _note(self, error: StoreError) -> None:
        self._tally.failures += 1
        self._tally.error, self._tally.full = str(error), isinstance(error, StoreFullError)
        if self._metrics is not None:
            self._metrics.store_errors.inc()
            self._metrics.store_waiting.set(len(self._intake))


class LocalStore:
    """Takes readings from the event loop and answers as a Historian. A reading is accepted once it is synced.

    Same points at the same instant: the later reading replaces the earlier.
    """

    def __init__(self, reader: LocalReader, layouts: Layouts, intake: Intake, tally: Tally) -> None:
        self._reader = reader
        self._layouts = layouts
        self._intake = intake
        self._ended: str | None = None
        self.tally = tally

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        data_dir: Path,
        points: PointTable,
        commit_ms: int = 250,
        clock: Clock | None = None,
        metrics: Metrics | None = None,
        queue_bytes: int = QUEUE_BYTES,
    ) -> AsyncIterator["LocalStore"]:
        """Open the folder for the one service that writes to it; on leaving, everything offered is on the disk.

        StoreError, with the path: the folder is another service's, cannot be written, or its file is damaged or newer.
        """
        clock = SystemClock() if clock is None else clock
        loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1, "history-writer")
        tally, intake, path = Tally(), Intake(queue_bytes, loop), data_dir / FILE_NAME
        try:
            opened = await loop.run_in_executor(thread, _open_folder, data_dir, points, clock.now_ns())
            outcome = _Outcome(loop, tally, intake, clock, metrics)
            writer = Writer(path, opened.connection, opened.layouts, intake, outcome, clock)
            running = loop.run_in_executor(thread, writer.run, commit_ms / 1000)
            store = cls(LocalReader(path), opened.layouts, intake, tally)
            running.add_done_callback(store._on_end)
            try:
                yield store
            finally:
                try:
                    await store._close(running)
                finally:
                    opened.lock.close()
        finally:
            thread.shutdown(wait=False)

    @property
    def error(self) -> str | None:
        """Sentence of the last commit if it failed; None while the history can be written."""
        return self.tally.error

    @property
    def waiting(self) -> int:
        """Readings that are not accepted yet."""
        return len(self._intake)

    @property
    def dropped(self) -> int:
        """Readings lost because the disk took none for so long that the queue was full."""
        return self._intake.dropped

    def offer(self, reading: Reading) -> None:
        """Hand a reading over; it is accepted within the commit window. Never waits.

        While the disk takes nothing readings wait, and when they take more than queue_bytes the oldest are dropped.
        ValueError for a reading whose arrays do not fit together; StoreError once the store is closed.
        """
        row = self._row(reading)
        if row is not None:
            self._intake.put(row, reading.texts)

    async def write(self, readings: Iterable[Reading]) -> None:
        """Store readings and return when all are accepted; StoreError when an attempt failed (they are kept)."""
        count = 0
        for reading in readings:
            row = self._row(reading)
            if row is None:
                continue
            if count == WRITE_ROWS or not self._intake.has_room(cost(row)):
                await self.flush()
                count = 0
            self._intake.put(row, reading.texts)
            count += 1
        await self.flush()

    async def flush(self) -> None:
        """Return when everything offered until now is accepted; StoreError when an attempt to write it failed."""
        if self._ended is not None:
            raise StoreError(self._ended)
        await self._intake.accepted()

    async def change(self, work: Callable[[apsw.Connection], T]) -> T:
        """Have the writer's thread do work in one synced transaction of its own; its result, or what it raised.

        StoreError when the file cannot be written: nothing is changed then, and nothing is tried again.
        """
        if self._ended is not None:
            raise StoreError(self._ended)
        result: T = await self._intake.ask(work)
        return result

    async def read(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days | None = None) -> Frame:
        """Accepted samples: see LocalReader.read."""
        return await self._reader.read(points, start_ns, end_ns, every)

    async def summary(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days) -> Summaries:
        """All figures of intervals: see LocalReader.summary."""
        return await self._reader.summary(points, start_ns, end_ns, every)

    async def latest(self, points: Sequence[str]) -> Frame:
        """Newest accepted sample of each point: see LocalReader.latest."""
        return await self._reader.latest(points)

    async def first_last(
        self, points: Sequence[str], start_ns: int, end_ns: int, lookback_ns: int = LOOKBACK_NS
    ) -> tuple[Samples, Samples]:
        """Samples at the ends of a range, for counters: see LocalReader.first_last."""
        return await self._reader.first_last(points, start_ns, end_ns, lookback_ns)

    async def texts(self) -> dict[int, str]:
        """Every text that was ever stored, by its code."""
        return await self._reader.texts()

    async def after(self, seq: int, limit: int) -> list[StoredReading]:
        """Readings in the order of acceptance: see LocalReader.after."""
        return await self._reader.after(seq, limit)

    async def ask(self, question: Callable[[apsw.Connection, Catalogue], T]) -> T:
        """Look something up in the file, in a reading thread: see LocalReader.ask."""
        return await self._reader.ask(question)

    def _row(self, reading: Reading) -> Row | None:
        if self._ended is not None:
            raise StoreError(self._ended)
        if not reading.columns.size:
            return None
        return self._layouts.row(reading)

    def _on_end(self, running: "asyncio.Future[None]") -> None:
        """Writing ended: as asked, or by a fault of the program, which must not go unseen."""
        fault = None if running.cancelled() else running.exception()
        if fault is not None:
            self._ended = f"the history's writer has ended: {fault!r}"
            self.tally.error = self._ended
            self._intake.refuse(StoreError(self._ended))

    async def _close(self, running: "asyncio.Future[None]") -> None:
        self._ended = "the store is closed"
        try:
            await self._reader.close()  # first: whoever closes last empties the WAL, and a reader could not
        finally:
            self._intake.close(CLOSE_S)
            await asyncio.wait({running}, timeout=CLOSE_S + 1)
        if running.done():
            running.result()
        if self.waiting:
            reason = self.error or "the disk is too slow"
            raise StoreError(f"{self.waiting} readings were not written before the end: {reason}")
