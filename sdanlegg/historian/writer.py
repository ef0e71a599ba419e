"""The one thread that writes: takes what has come together, commits it, and only then calls it accepted."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import apsw
import structlog

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import StoreError
from sdanlegg.historian.blobs import Layout, Layouts
from sdanlegg.historian.catalogue import load_layouts
from sdanlegg.historian.intake import Batch, Intake, Job
from sdanlegg.historian.schema import check_version, connect_writer, store_error

FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 5.0
log = structlog.get_logger("store")

_INSERT_LAYOUT = "INSERT INTO layout(l, ids, wide) VALUES(?, ?, ?)"
# Same points, same instant: the later one replaces the earlier and gets a new seq, so that mirrors hear of it.
_INSERT_READING = "INSERT OR REPLACE INTO reading(l, t_ns, v, q, s) VALUES(?, ?, ?, ?, ?)"
_INSERT_TEXT = "INSERT OR IGNORE INTO text(code, text) VALUES(?, ?)"


class Outcome(Protocol):
    """Who is told of every attempt, from the writer's thread, before those who wait for acceptance."""

    def committed(self, readings: int, samples: int, seconds: float) -> None:
        """One batch is on the disk."""
        ...

    def failed(self, error: StoreError) -> None:
        """One attempt failed; it will be made again."""
        ...


@dataclass(slots=True)
class _Outage:
    """Failing now: since when, and how long until the next attempt."""

    since_ns: int
    wait_s: float = FIRST_WAIT_S


class Writer:
    """Commits batches of the intake in its own thread until the intake is closed and empty."""

    def __init__(
        self,
        path: Path,
        connection: apsw.Connection,
        layouts: Layouts,
        intake: Intake,
        outcome: Outcome,
        clock: Clock,
    ) -> None:
        self._path = path
        self._connection: apsw.Connection | None = connection
        self._layouts = layouts
        self._stored_layouts = len(layouts.all)
        self._intake = intake
        self._outcome = outcome
        self._clock = clock
        self._outage: _Outage | None = None

    def run(self, window_s: float) -> None:
        """Work until the intake is closed; rows that could not be written by its deadline stay in it."""
        try:
            while self._intake.wait(window_s):
                self._do_jobs()
                batch = self._intake.take()
                if batch.rows and not self._accept(batch):
                    return
        finally:
            self._disconnect()

    def _do_jobs(self) -> None:
        while (job := self._intake.next_job()) is not None:
            self._do(job)

    def _do(self, job: Job) -> None:
        """One attempt in one transaction; whatever goes wrong is told to whoever asked, and undone."""
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            result = job.work(connection)
            connection.execute("COMMIT")
        except (apsw.FullError, apsw.BusyError) as err:
            self._intake.answer(job, None, self._roll_back(err))
        except apsw.Error as err:
            self._disconnect()
            self._intake.answer(job, None, store_error(err, self._path))
        except Exception as err:  # noqa: BLE001 - the writer outlives a fault in what it was asked to do
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._intake.answer(job, None, err)
        else:
            self._intake.answer(job, result)

    def _accept(self, batch: Batch) -> bool:
        while True:
            begun_ns = self._clock.monotonic_ns()
            error = self._attempt(batch)
            now_ns = self._clock.monotonic_ns()
            if error is None:
                self._tell_success(batch, begun_ns, now_ns)
                return True
            if not self._intake.pause(self._tell_failure(error, now_ns)):
                return False
            self._do_jobs()  # one of them may make room; the others are told that it cannot be done

    def _tell_success(self, batch: Batch, begun_ns: int, now_ns: int) -> None:
        if self._outage is not None:
            seconds = (now_ns - self._outage.since_ns) / SECOND_NS
            log.info("store_writable", path=str(self._path), after_s=round(seconds, 1), dropped=self._intake.dropped)
            self._outage = None
        layouts = self._layouts.all
        samples = sum(layouts[row[0] - 1].ids.size for row in batch.rows)
        self._outcome.committed(len(batch.rows), samples, (now_ns - begun_ns) / SECOND_NS)
        self._intake.accept(batch)

    def _tell_failure(self, error: StoreError, now_ns: int) -> float:
        if self._outage is None:
            self._outage = _Outage(now_ns)
            log.error("store_unwritable", path=str(self._path), err=str(error))
        wait_s = self._outage.wait_s
        self._outage.wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        self._outcome.failed(error)
        self._intake.refuse(error)
        return wait_s

    def _attempt(self, batch: Batch) -> StoreError | None:
        try:
            self._commit(batch)
        except (apsw.FullError, apsw.BusyError) as err:
            return self._roll_back(err)
        except apsw.Error as err:
            # After an I/O error nothing that this connection believes of the file can be trusted.
            self._disconnect()
            return store_error(err, self._path)
        except StoreError as err:
            self._disconnect()
            return err
        return None

    def _roll_back(self, err: apsw.Error) -> StoreError:
        if self._connection is not None and self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except apsw.Error:
                self._disconnect()  # closing rolls back as well
        return store_error(err, self._path)

    def _commit(self, batch: Batch) -> None:
        connection = self._connected()
        fresh = self._layouts.all[self._stored_layouts :]
        connection.execute("BEGIN IMMEDIATE")
        if fresh:
            rows = [(x.l, x.ids.astype("<i4").tobytes(), x.wide.tobytes()) for x in fresh]
            connection.executemany(_INSERT_LAYOUT, rows)
        connection.executemany(_INSERT_READING, batch.rows)
        if batch.texts:
            connection.executemany(_INSERT_TEXT, batch.texts)
        connection.execute("COMMIT")
        self._stored_layouts += len(fresh)

    def _connected(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = connect_writer(self._path, create=False)
            check_version(self._connection, self._path)
            self._recognise(self._connection)
        return self._connection

    def _recognise(self, connection: apsw.Connection) -> None:
        """Let only the file that was opened be written to; a commit that failed may have got into it all the same."""
        stored = load_layouts(connection)
        known = self._layouts.all[: len(stored)]
        if len(stored) < self._stored_layouts or [_key(x) for x in stored] != [_key(x) for x in known]:
            raise StoreError(f"{self._path} is not the file that this service opened: restart the service")
        self._stored_layouts = len(stored)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(apsw.Error):  # of a connection that is given up: what is accepted is in the WAL
                connection.close(force=True)


def _key(layout: Layout) -> tuple[bytes, bytes]:
    return layout.ids.tobytes(), layout.wide.tobytes()
