"""Every store of history, for the tests that all of them must pass. A store that comes later is added to STORES."""

import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Protocol

import numpy as np

from sdanlegg.historian import Historian
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import Mirror, MirrorSettings
from sdanlegg.historian.mirrors.engines import open_mirror
from sdanlegg.historian.mirrors.lines import Series, Template
from sdanlegg.points import PointTable
from sdanlegg.readings import Reading
from tests.support.history import table

GIVEN_URL = os.environ.get("SDANLEGG_TEST_INFLUX_URL")
STORES = ("local", "influx", "victoria", *(("influx-given",) if GIVEN_URL else ()))
MIRRORS = STORES[1:]
LINES = 10_000  # of one request
MS = 1_000_000  # ns: the finest step that every store keeps apart
POINTS = table("a.x", "a.y", "a.e_kwh", "a.v_st", "b.x")


class Written(Historian, Protocol):
    """A historian that the test can fill."""

    async def write(self, readings: Iterable[Reading]) -> None: ...


Opening = Callable[[PointTable], AbstractAsyncContextManager[Written]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A store and what it cannot do.

    replaces: a sample written again is exactly the later one. VictoriaMetrics keeps one of the two, value and quality
    each for itself, and does not say which: measured with 1.79.5 and -dedup.minScrapeInterval=1ms.
    """

    name: str
    opening: Opening
    replaces: bool = True
    rows: int = 10_000  # what a great many is: a server shares the machine with its client


def local(folder: Path) -> Kind:
    """The local store in a folder."""
    return Kind("local", lambda points: LocalStore.open(folder / "local", points))


def mirror(name: str, settings: MirrorSettings, flush: Callable[[], None], *, replaces: bool = True) -> Kind:
    """An engine; the site tag is this kind's own, so that nothing else is seen."""
    site_id = f"hall {uuid.uuid4().hex[:8]}"

    @asynccontextmanager
    async def opening(points: PointTable) -> AsyncIterator[Written]:
        async with open_mirror(settings, site_id, points) as opened:
            await opened.prepare()
            yield Fed(opened, site_id, points, flush)

    return Kind(name, opening, replaces, rows=4_000)


class Fed:
    """A mirror that is written to as the feed does, and then seen at once."""

    def __init__(self, mirror: Mirror, site_id: str, points: PointTable, flush: Callable[[], None]) -> None:
        self.mirror = mirror
        self.site_id = site_id
        self._points = points
        self._flush = flush
        self.read = mirror.read
        self.latest = mirror.latest

    async def write(self, readings: Iterable[Reading]) -> None:
        """Send the readings in their order and see to it that questions see them."""
        waiting: list[bytes] = []
        for line in self._lines(readings):
            waiting.append(line)
            if len(waiting) == LINES:
                await self.mirror.write(waiting)
                waiting = []
        if waiting:
            await self.mirror.write(waiting)
        self._flush()

    def _lines(self, readings: Iterable[Reading]) -> Iterator[bytes]:
        for _, together in groupby(readings, lambda reading: reading.columns.tobytes()):
            block = list(together)
            series = [Series.of(self._points.points[column]) for column in block[0].columns]
            yield from Template(self.site_id, series).render(
                np.array([reading.t_ns for reading in block], np.int64),
                np.array([reading.values for reading in block]).reshape(len(block), -1),
                np.array([reading.quality for reading in block]).reshape(len(block), -1),
            )
