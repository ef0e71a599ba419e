"""Answers of an engine as the local store gives them: the same frames, intervals and errors."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import TooMuchError, UnknownPointError
from sdanlegg.historian import Days, Frame, tiers
from sdanlegg.historian.catalogue import max_gap_ns
from sdanlegg.historian.grid import Block, Buckets, Hold, edges, newest_of_equal, union
from sdanlegg.historian.mirrors.figures import STEPS, Figures, stretches
from sdanlegg.historian.reader import MAX_VALUES
from sdanlegg.points import Point
from sdanlegg.quality import NO_SAMPLE, QualityArray
from sdanlegg.readings import FloatArray, TimeArray

TOGETHER: Final = 50  # points of one request
PIECE_SAMPLES: Final = 1_000_000  # samples that are expected of one request
FEW_SAMPLES: Final = 2_000_000  # samples that are carried over for one answer without asking for figures first
MOST_SAMPLES: Final = 50_000_000  # samples that are carried over for one answer at most
_QUARTER_NS: Final = tiers.QUARTER_S * SECOND_NS
_UNKNOWN_PERIOD_NS: Final = SECOND_NS


@dataclass(frozen=True, slots=True)
class Known:
    """What reading needs to know of a point; period_ns is None where it left the configuration: no engine tells it."""

    id: str
    quantity: str
    is_gauge: bool
    is_wide: bool
    period_ns: int | None

    @classmethod
    def of(cls, point: Point) -> "Known":
        """A point of the configuration."""
        return cls(point.id, point.quantity, point.kind == "gauge", point.is_wide, int(point.period_s * SECOND_NS))


@dataclass(frozen=True, slots=True)
class Run:
    """Samples of one point, each (N,): t_ns ascending, NaN beside a quality that came alone."""

    t_ns: TimeArray
    values: FloatArray
    quality: QualityArray


class Engine(Protocol):
    """What an engine must be able to do; no more than TOGETHER points at once."""

    async def find(self, ids: Sequence[str]) -> Mapping[str, Known]:
        """Points, not of the configuration, that it has series of."""
        ...

    async def samples(self, points: Sequence[Known], start_ns: int, end_ns: int, limit: int) -> Mapping[str, Run]:
        """Samples in [start_ns, end_ns) of those points that have any; TooMuchError above limit."""
        ...

    async def newest(self, points: Sequence[Known]) -> Mapping[str, Run]:
        """Newest sample of each point that has any."""
        ...

    async def figures(self, points: Sequence[Known], edges_ns: TimeArray) -> Mapping[str, Figures]:
        """Figures of the intervals between edges (K+1,) of one length, of those points that have any."""
        ...


class Answers:
    """A Historian on an engine."""

    def __init__(self, engine: Engine, points: Iterable[Point]) -> None:
        self._engine = engine
        self._known = {point.id: Known.of(point) for point in points}

    async def read(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days | None = None) -> Frame:
        """Samples of [start_ns, end_ns): see LocalReader.read. Intervals are made here, of the engine's samples.

        Intervals of more than FEW_SAMPLES: where nothing is missing or doubtful, the engine's own figures are taken.
        TooMuchError as there, and for intervals for which more than MOST_SAMPLES would have to be carried over.
        """
        if end_ns < start_ns:
            raise ValueError(f"the range is reversed: start_ns {start_ns} is after end_ns {end_ns}")
        if every is None:
            return await self._raw(points, start_ns, end_ns)
        if not isinstance(every, Days) and every < 1:
            raise ValueError(f"every is {every} ns: an interval is one ns at least")
        return await self._intervals(points, start_ns, end_ns, every)

    async def latest(self, points: Sequence[str]) -> Frame:
        """Newest sample of each point, whatever its quality: see Historian."""
        found = await self._find(points)
        runs: dict[str, Run] = {}
        for batch in _batches(found):
            runs |= await self._engine.newest(batch)
        return await asyncio.to_thread(_frame, points, found, runs)  # up to 5 million values

    async def _raw(self, points: Sequence[str], start_ns: int, end_ns: int) -> Frame:
        found = await self._find(points)
        runs: dict[str, Run] = {}
        for batch in _batches(found) if end_ns > start_ns else []:
            room = MAX_VALUES - sum(run.t_ns.size for run in runs.values())
            runs |= await self._engine.samples(batch, start_ns, end_ns, room)
        return await asyncio.to_thread(_frame, points, found, runs)  # up to 5 million values

    async def _intervals(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days) -> Frame:
        shortest = 23 * 3600 * SECOND_NS if isinstance(every, Days) else every
        _check((end_ns - start_ns) // shortest * len(points), MAX_VALUES, "values")
        found = await self._find(points)
        edges_ns = edges(start_ns, end_ns, every)
        shape = (edges_ns.size - 1, len(found))
        values, coverage = np.full(shape, np.nan), np.zeros(shape)
        quality = np.full(shape, NO_SAMPLE, np.uint16)
        places = {point.id: place for place, point in enumerate(found)}
        make = self._summaries if expected(found, end_ns - start_ns) <= FEW_SAMPLES else self._long
        for batch in _batches(found) if edges_ns.size > 1 else []:
            for point, summary in (await make(batch, edges_ns)).items():
                place = places[point]
                values[:, place] = (summary.mean if found[place].is_gauge else summary.last)[:, 0]
                quality[:, place] = summary.quality()[:, 0]
                coverage[:, place] = summary.good[:, 0]
        columns = [places[id_] for id_ in points]
        return Frame(tuple(points), edges_ns[:-1], values[:, columns], quality[:, columns], coverage[:, columns])

    async def _long(self, batch: Sequence[Known], edges_ns: TimeArray) -> dict[str, tiers.Summary]:
        """Summaries (K, 1) with the engine's help: of equal intervals, or of days made of quarters of an hour."""
        lengths = np.diff(edges_ns)
        if (lengths == lengths[0]).all():
            return await self._helped(batch, edges_ns)
        fine_ns = np.arange(edges_ns[0], edges_ns[-1] + 1, _QUARTER_NS)
        starts = np.searchsorted(fine_ns, edges_ns[:-1])
        return {id_: tiers.combine(fine, starts) for id_, fine in (await self._helped(batch, fine_ns)).items()}

    async def _helped(self, batch: Sequence[Known], edges_ns: TimeArray) -> dict[str, tiers.Summary]:
        """Summaries (K, 1): the engine's figures where they are whole, the others of samples."""
        length = int(edges_ns[1] - edges_ns[0])
        able = [p for p in batch if p.period_ns and length >= STEPS * p.period_ns and length % 1_000_000 == 0]
        others = [point for point in batch if point not in able]
        _check(int(expected(others, int(edges_ns[-1] - edges_ns[0]))), MOST_SAMPLES, "samples")
        made = await self._summaries(others, edges_ns)
        figures = await self._engine.figures(able, edges_ns) if able else {}
        for point in able:
            if point.id in figures:
                made[point.id] = await self._completed(point, figures[point.id], edges_ns)
        return made

    async def _completed(self, point: Known, figures: Figures, edges_ns: TimeArray) -> tiers.Summary:
        """Summary (K, 1) of a point's figures, with those that are not whole made of samples."""
        length = int(edges_ns[1] - edges_ns[0])
        broken = list(stretches(~figures.whole(length, point.period_ns or length)))
        missing = sum(int(edges_ns[stop] - edges_ns[start]) for start, stop in broken)
        _check(int(expected([point], missing)), MOST_SAMPLES, "samples")
        summary = tiers.at_rest(figures.summary(), np.array([point.is_wide]))
        for start, stop in broken:
            exact = (await self._summaries([point], edges_ns[start : stop + 1])).get(point.id)
            exact = exact or tiers.nothing(stop - start, 1)
            for name in tiers.NAMES:
                getattr(summary, name)[start:stop] = getattr(exact, name)
        return summary

    async def _summaries(self, batch: Sequence[Known], edges_ns: TimeArray) -> dict[str, tiers.Summary]:
        """Summaries (K, 1) of the points that have samples, made piece by piece."""
        if not batch:
            return {}
        buckets: dict[str, Buckets] = {}
        waiting: dict[str, Run] = {}
        async for runs in self._pieces(batch, edges_ns):
            for id_, run in runs.items():
                if id_ in waiting:
                    await asyncio.to_thread(_add, buckets[id_], waiting[id_], int(run.t_ns[0]))
                waiting[id_] = run
                if id_ not in buckets:
                    point = next(point for point in batch if point.id == id_)
                    buckets[id_] = Buckets(edges_ns, Hold(np.array([_hold_ns(point, run)], np.int64)))
        for id_, run in waiting.items():
            await asyncio.to_thread(_add, buckets[id_], run, int(edges_ns[-1]))
        wide = {point.id: np.array([point.is_wide]) for point in batch}
        return {id_: tiers.at_rest(made.summary(), wide[id_]) for id_, made in buckets.items()}

    async def _pieces(self, batch: Sequence[Known], edges_ns: TimeArray) -> AsyncIterator[Mapping[str, Run]]:
        """Samples that stand between the first and the last edge, a bounded number at a time, by time."""
        reach = max(max_gap_ns(point.period_ns or 20 * _UNKNOWN_PERIOD_NS) for point in batch)
        start, end = int(edges_ns[0]) - reach, int(edges_ns[-1])
        length = max(int(PIECE_SAMPLES / expected(batch, 1)), 1)
        while start < end:
            yield await self._engine.samples(batch, start, min(start + length, end), 4 * PIECE_SAMPLES)
            start += length

    async def _find(self, points: Sequence[str]) -> list[Known]:
        """Every point asked for, once; UnknownPointError names the first that is nowhere."""
        ids = list(dict.fromkeys(points))
        strange = [id_ for id_ in ids if id_ not in self._known]
        older: dict[str, Known] = {}
        for i in range(0, len(strange), TOGETHER):
            older |= await self._engine.find(strange[i : i + TOGETHER])
        for id_ in strange:
            if id_ not in older:
                raise UnknownPointError(f"unknown point {id_!r}")
        return [older.get(id_) or self._known[id_] for id_ in ids]


def _add(buckets: Buckets, run: Run, until_ns: int) -> None:
    buckets.add(run.t_ns, run.values[:, None], run.quality[:, None], until_ns)


def _hold_ns(point: Known, run: Run) -> int:
    """How long a sample stands; the usual distance of the samples where the period is not known."""
    if point.period_ns is not None:
        return max_gap_ns(point.period_ns)
    return max_gap_ns(int(np.median(np.diff(run.t_ns))) if run.t_ns.size > 1 else 0)


def expected(points: Iterable[Known], length_ns: int) -> float:
    """How many samples the points should have in a time of that length."""
    return sum(length_ns / (point.period_ns or _UNKNOWN_PERIOD_NS) for point in points)


def _batches(points: Sequence[Known]) -> list[Sequence[Known]]:
    return [points[i : i + TOGETHER] for i in range(0, len(points), TOGETHER)]


def _frame(points: Sequence[str], found: Sequence[Known], runs: Mapping[str, Run]) -> Frame:
    """Runs side by side on the instants of all of them."""
    places = {point.id: place for place, point in enumerate(found)}
    columns = [places[id_] for id_ in points]
    blocks = [
        Block(np.array([places[id_]], np.int32), run.t_ns, run.values[:, None], run.quality[:, None])
        for id_, run in runs.items()
    ]
    instants = np.unique(np.concatenate([np.empty(0, np.int64), *(run.t_ns for run in runs.values())])).size
    _check(instants * len(columns), MAX_VALUES, "cells")
    t_ns, values, quality = union([newest_of_equal(block) for block in blocks], len(found))
    return Frame(tuple(points), t_ns, values[:, columns], quality[:, columns])


def _check(size: int, most: int, what: str) -> None:
    if size > most:
        raise TooMuchError(
            f"the answer would take {size} {what}, {most} at most: ask for fewer points, a shorter range"
            " or longer intervals"
        )
