"""The local store as an engine of the history: readings as they come, the sealer, a year of tiers behind them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import apsw
import numpy as np

from benchmarks.history_data import HOUR_NS, Hall, Polls
from benchmarks.history_questions import MS_NS, Column, Question
from sdanlegg.historian import Frame
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.seal import Sealer, due_ns
from sdanlegg.readings import FloatArray, Reading, TimeArray

TABLES: Final = {"reading": "rows not sealed yet", "chunk": "raw chunks", "axis": "axes", "rollup": "tiers"}


def arrivals(day: Sequence[Polls]) -> Iterator[Reading]:
    """Polls of several devices as readings, in the order of their instants; all good."""
    good = [np.zeros(polls.columns.size, np.uint16) for polls in day]
    device = np.repeat(np.arange(len(day)), [polls.t_ns.size for polls in day])
    row = np.concatenate([np.arange(polls.t_ns.size) for polls in day])
    order = np.argsort(np.concatenate([polls.t_ns for polls in day]))
    for i, j in zip(device[order].tolist(), row[order].tolist(), strict=True):
        polls = day[i]
        yield Reading("", int(polls.t_ns[j]), polls.columns, polls.values[j], good[i])


class Local:
    """The store as the service opens it; a question goes through its reading threads."""

    name = "local store"

    def __init__(self, store: LocalStore, sealer: Sealer, hall: Hall) -> None:
        self._store = store
        self._sealer = sealer
        self._hall = hall
        self._ids = [point.id for point in hall.table]
        self.write_s = 0.0
        self.seal_s = 0.0

    async def load(self, day: Sequence[Polls]) -> None:
        """Every poll as a reading, in the order of arrival; then what a service would have sealed at the day's end."""
        begun = time.perf_counter()
        await self._store.write(arrivals(day))
        written = time.perf_counter()
        newest_ns = max(int(polls.t_ns[-1]) for polls in day)
        await self._sealer.seal(due_ns(newest_ns))
        self.write_s += written - begun
        self.seal_s += time.perf_counter() - written

    async def load_hours(self, t_ns: TimeArray, values: FloatArray) -> None:
        """There is a tier."""

    async def settle(self) -> None:
        """Nothing is left to do."""

    def cpu_s(self) -> float:
        """Its work is done in this process."""
        return 0.0

    async def fetch(self, question: Question) -> Frame:
        """Ask as the service's pages do."""
        ids = [self._ids[column] for column in question.columns]
        if question.kind == "last":
            return await self._store.latest(ids)
        every = None if question.kind == "raw" else HOUR_NS
        return await self._store.read(ids, question.start_ns, question.end_ns, every)

    def columns(self, question: Question, answer: object) -> Mapping[int, Column]:
        """Cut by point; rows that are another point's are left out."""
        assert isinstance(answer, Frame)
        there = ~np.isnan(answer.values)
        return {
            column: (answer.t_ns[there[:, place]] // MS_NS, answer.values[there[:, place], place])
            for place, column in enumerate(question.columns)
        }

    async def hours(self, start_ns: int, end_ns: int) -> Frame:
        """Hourly figures of every point: what the other engines get as a tier."""
        return await self._store.read(self._ids, start_ns, end_ns, HOUR_NS)

    async def bytes_by_table(self) -> dict[str, int]:
        """Bytes of the pages that each kind of row takes, its indices with it."""
        sizes = dict.fromkeys(TABLES.values(), 0)
        for name, size in await self._store.change(_page_bytes):
            for table, kind in TABLES.items():
                sizes[kind] += size if name.removeprefix("sqlite_autoindex_").startswith(table) else 0
        return sizes


def _page_bytes(connection: apsw.Connection) -> list[tuple[str, int]]:
    return list(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
