"""Reading the local store: read-only connections in threads, beside the writer and from other processes too."""

import asyncio
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

import apsw

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError, TooMuchError
from sdanlegg.historian import Days, Frame, Summaries, ends, query
from sdanlegg.historian.catalogue import Catalogue, Group, StoredPoint
from sdanlegg.historian.grid import edges, union
from sdanlegg.historian.schema import FILE_NAME, check_version, connect_reader, naming
from sdanlegg.historian.tiered import Tiered
from sdanlegg.historian.tiers import NAMES, Summary

MAX_VALUES: Final = 5_000_000  # of one answer
LOOKBACK_NS: Final = 86_400 * SECOND_NS
_THREADS: Final = 3
_STEPS: Final = 2000  # SQLite's own steps between two looks whether the question was withdrawn

T = TypeVar("T")


@dataclass(slots=True)
class _Session:
    """One connection with what it has learnt; used by one thread at a time."""

    connection: apsw.Connection
    catalogue: Catalogue = field(default_factory=Catalogue)


class LocalReader:
    """Answers questions from the file; a question that is cancelled stops its thread as well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(_THREADS, "history-reader")
        self._free: SimpleQueue[_Session] = SimpleQueue()
        self._withdrawn: set[threading.Event] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, data_dir: Path) -> AsyncIterator["LocalReader"]:
        """Open a folder that a service has written to; StoreError if there is no history in it."""
        reader = cls(data_dir / FILE_NAME)
        try:
            await reader._ask(lambda session: session.connection.execute("SELECT 1").get)
            yield reader
        finally:
            await reader.close()

    async def read(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days | None = None) -> Frame:
        """Samples of [start_ns, end_ns): see Historian, and grid.Buckets for what one interval's figures mean.

        Raw: one row per instant at which any of the points has a sample; none is carried to another instant.
        every: one row per whole interval that the range touches, of so many ns, counted from 1970 UTC, or local days;
        t_ns is its start. Gauges give the time-weighted mean, counters, states and setpoints their last value.
        ValueError: reversed range or every below 1 ns. TooMuchError: an answer of more than MAX_VALUES.
        """
        if end_ns < start_ns:
            raise ValueError(f"the range is reversed: start_ns {start_ns} is after end_ns {end_ns}")
        if every is None:
            return await self._ask(lambda session: _raw(session, points, start_ns, end_ns))
        _check_length(every)
        return await self._ask(lambda session: _intervals(session, points, start_ns, end_ns, every))

    async def summary(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days) -> Summaries:
        """All figures of the intervals that read would give; raises as read does."""
        if end_ns < start_ns:
            raise ValueError(f"the range is reversed: start_ns {start_ns} is after end_ns {end_ns}")
        _check_length(every)
        return await self._ask(lambda session: _summaries(session, points, start_ns, end_ns, every))

    async def latest(self, points: Sequence[str]) -> Frame:
        """Newest sample of each point, whatever its quality: see Historian."""
        return await self._ask(lambda session: _latest(session, points))

    async def first_last(
        self, points: Sequence[str], start_ns: int, end_ns: int, lookback_ns: int = LOOKBACK_NS
    ) -> tuple[query.Samples, query.Samples]:
        """Usable (finite, not bad) samples of P points at the ends of [start_ns, end_ns), for counters.

        The first is the newest at or before start_ns, lookback_ns back at most; where there is none, the oldest in the
        range: its t_ns tells. The last is the newest in the range. NaN and NO_TIME where there is none.
        """
        return await self._ask(lambda session: _first_last(session, points, (start_ns, end_ns, lookback_ns)))

    async def texts(self) -> dict[int, str]:
        """Every text that was ever stored, by its code."""
        return await self._ask(lambda session: dict(session.connection.execute("SELECT code, text FROM text")))

    async def after(self, seq: int, limit: int) -> list[query.StoredReading]:
        """Up to limit readings accepted after the one with the given seq (0: from the first), in that order."""
        return await self._ask(lambda session: query.after(session.connection, session.catalogue, seq, limit))

    async def ask(self, question: Callable[[apsw.Connection, Catalogue], T]) -> T:
        """Have a reading thread look something up on its connection, in one state of the file."""
        return await self._ask(lambda session: question(session.connection, session.catalogue))

    async def close(self) -> None:
        """Stop what is being read and give the connections back."""
        for withdrawn in self._withdrawn:
            withdrawn.set()
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        while not self._free.empty():
            self._free.get().connection.close()

    async def _ask(self, question: Callable[[_Session], T]) -> T:
        withdrawn = threading.Event()
        self._withdrawn.add(withdrawn)
        answer = asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question, withdrawn)
        try:
            return await answer
        except asyncio.CancelledError:
            withdrawn.set()
            raise
        finally:
            self._withdrawn.discard(withdrawn)

    def _answer(self, question: Callable[[_Session], T], withdrawn: threading.Event) -> T:
        with naming(self._path):
            session = self._session()
            connection = session.connection
            try:
                connection.set_progress_handler(withdrawn.is_set, _STEPS)
                connection.execute("BEGIN")  # one state of the file for all that the question looks up
                answer = question(session)
                connection.execute("COMMIT")
                connection.set_progress_handler(None)
            except BaseException as err:
                connection.close(force=True)  # whatever state it is in, the next question gets a new one
                if isinstance(err, (ValueError, zlib.error)) and not isinstance(err, TooMuchError):
                    raise StoreError(f"{self._path} holds something that cannot be read: {err}") from err
                raise
            self._free.put(session)
            return answer

    def _session(self) -> _Session:
        try:
            return self._free.get_nowait()
        except Empty:
            connection = connect_reader(self._path)
            try:
                check_version(connection, self._path)
            except BaseException:
                connection.close(force=True)
                raise
            return _Session(connection)


def _distinct(session: _Session, points: Sequence[str]) -> tuple[list[StoredPoint], list[Group], list[int]]:
    """Points asked for, each once; their groups; and for every column of the answer its place among them."""
    places = {id_: place for place, id_ in enumerate(dict.fromkeys(points))}
    found = session.catalogue.find(session.connection, list(places))
    return found, session.catalogue.groups(session.connection, found), [places[id_] for id_ in points]


def _raw(session: _Session, points: Sequence[str], start_ns: int, end_ns: int) -> Frame:
    found, groups, columns = _distinct(session, points)
    strands = [x for group in groups for x in query.plan(session.connection, group, start_ns, end_ns)]
    _check_size(query.count_values(session.connection, strands, start_ns, end_ns), "values")
    blocks = [query.whole(session.connection, strand, start_ns, end_ns) for strand in strands]
    _check_size(sum(block.t_ns.size for block in blocks) * len(columns), "cells")
    t_ns, values, quality = union(blocks, len(found))
    if len(found) < len(columns):
        values, quality = values[:, columns], quality[:, columns]
    return Frame(tuple(points), t_ns, values, quality)


def _intervals(session: _Session, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days) -> Frame:
    found, groups, columns = _distinct(session, points)
    _check_size((end_ns - start_ns) // _shortest_ns(every) * len(columns), "values")
    edges_ns = edges(start_ns, end_ns, every)
    main = Tiered(session.connection, found, groups).main(edges_ns, every)
    values, quality, good = main.values, main.quality, main.good
    if len(found) < len(columns):
        values, quality, good = values[columns], quality[columns], good[columns]
    return Frame(tuple(points), edges_ns[:-1], values.T, quality.T, good.T)


def _summaries(session: _Session, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days) -> Summaries:
    found, groups, columns = _distinct(session, points)
    _check_size((end_ns - start_ns) // _shortest_ns(every) * len(columns) * len(NAMES), "values")
    edges_ns = edges(start_ns, end_ns, every)
    summary = Tiered(session.connection, found, groups).summary(edges_ns, every)
    if len(found) < len(columns):
        summary = Summary(*(getattr(summary, name)[:, columns] for name in NAMES))
    return Summaries(tuple(points), edges_ns, summary)


def _check_length(every: int | Days) -> None:
    if not isinstance(every, Days) and every < 1:
        raise ValueError(f"every_ns is {every}: an interval is one ns at least")


def _shortest_ns(every: int | Days) -> int:
    return 23 * 3600 * SECOND_NS if isinstance(every, Days) else every


def _latest(session: _Session, points: Sequence[str]) -> Frame:
    found, groups, columns = _distinct(session, points)
    newest = [block for group in groups for block in ends.newest(session.connection, group)]
    t_ns, values, quality = union(newest, len(found))
    return Frame(tuple(points), t_ns, values[:, columns], quality[:, columns])


def _first_last(
    session: _Session, points: Sequence[str], span: tuple[int, int, int]
) -> tuple[query.Samples, query.Samples]:
    found, groups, columns = _distinct(session, points)
    first, last = ends.first_last(session.connection, groups, len(found), *span)
    return (
        query.Samples(first.t_ns[columns], first.values[columns]),
        query.Samples(last.t_ns[columns], last.values[columns]),
    )


def _check_size(size: int, what: str) -> None:
    if size > MAX_VALUES:
        raise TooMuchError(
            f"the answer would take {size} {what}, {MAX_VALUES} at most: ask for fewer points, a shorter range"
            " or longer intervals"
        )
