"""A history in memory: the plainest thing behind the Historian protocol."""

import asyncio
from collections.abc import Sequence

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError, TooMuchError, UnknownPointError
from sdanlegg.historian import Days, Frame, Summaries
from sdanlegg.historian.grid import Hold, edges, summarise
from sdanlegg.historian.tiers import NAMES, Summary
from sdanlegg.quality import NO_SAMPLE, UNCERTAIN
from sdanlegg.readings import TimeArray

Sample = tuple[int, float, int]  # t_ns, value, quality


class MemoryHistory:
    """Samples by point. Set `broken` to a sentence and every read fails with it, `refused` and it is too long."""

    def __init__(self) -> None:
        self.samples: dict[str, list[Sample]] = {}
        self.broken: str | None = None
        self.refused: str | None = None
        self.lasts_s = 0.0
        self.reads = 0

    def add(self, point: str, t_ns: int, value: float, quality: int = 0) -> None:
        self.samples.setdefault(point, []).append((t_ns, value, quality))

    async def read(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days | None = None) -> Frame:
        self.reads += 1
        await asyncio.sleep(self.lasts_s)
        if self.refused is not None:
            raise TooMuchError(self.refused)
        if self.broken is not None:
            raise StoreError(self.broken)
        for point in points:
            if point not in self.samples:
                raise UnknownPointError(f"unknown point {point!r}")
        chosen = {p: [s for s in self.samples[p] if start_ns <= s[0] < end_ns] for p in points}
        if every is None:
            return _aligned(points, chosen)
        return _means(points, chosen, edges(start_ns, end_ns, every))

    async def summary(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days) -> Summaries:
        await self.read(points, start_ns, end_ns, every)
        edges_ns = edges(start_ns, end_ns, every)
        found = [_summary(self.samples[point], edges_ns) for point in points]
        columns = [np.concatenate([getattr(one, name) for one in found], axis=1) for name in NAMES]
        return Summaries(tuple(points), edges_ns, Summary(*columns))

    async def latest(self, points: Sequence[str]) -> Frame:
        return _aligned(points, {p: self.samples.get(p, [])[-1:] for p in points})


def _summary(samples: list[Sample], edges_ns: TimeArray) -> Summary:
    t_ns = np.array([t for t, _, _ in samples], np.int64)
    values = np.array([[value] for _, value, _ in samples])
    quality = np.array([[q] for _, _, q in samples], np.uint16)
    return summarise(t_ns, values, quality, Hold(np.array([5 * SECOND_NS], np.int64)), edges_ns)


def _aligned(points: Sequence[str], samples: dict[str, list[Sample]]) -> Frame:
    times = sorted({t for found in samples.values() for t, _, _ in found})
    row = {t: i for i, t in enumerate(times)}
    values = np.full((len(times), len(points)), np.nan)
    quality = np.full(values.shape, NO_SAMPLE, np.uint16)
    for column, point in enumerate(points):
        for t, value, q in samples[point]:
            values[row[t], column], quality[row[t], column] = value, q
    return Frame(tuple(points), np.array(times, np.int64), values, quality)


def _means(points: Sequence[str], samples: dict[str, list[Sample]], edges_ns: TimeArray) -> Frame:
    times = edges_ns[:-1]
    values = np.full((times.size, len(points)), np.nan)
    quality = np.full(values.shape, NO_SAMPLE, np.uint16)
    coverage = np.zeros(values.shape)
    for column, point in enumerate(points):
        rows = np.searchsorted(times, [t for t, _, _ in samples[point]], "right") - 1
        good = np.array([q < UNCERTAIN for _, _, q in samples[point]], bool)
        numbers = np.array([value for _, value, _ in samples[point]])
        for row in np.unique(rows):
            here = rows == row
            quality[row, column] = 0
            coverage[row, column] = good[here].mean()
            if good[here].any():
                values[row, column] = numbers[here & good].mean()
    return Frame(tuple(points), times, values, quality, coverage)
