"""What samples say, worked out one by one in plain Python: shares no code with the store."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days, Frame, Historian
from sdanlegg.points import Point, PointTable
from sdanlegg.quality import BAD, GOOD, NO_SAMPLE, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import series

Sample = tuple[int, float, int]  # t_ns, value, quality
MINUTE, QUARTER, HOUR = 60 * SECOND_NS, 900 * SECOND_NS, 3600 * SECOND_NS
OSLO = ZoneInfo("Europe/Oslo")
DAYS = Days(OSLO)
LENGTHS: tuple[int | Days, ...] = (MINUTE, QUARTER, HOUR, DAYS)


@dataclass(frozen=True, slots=True)
class Told:
    """What one interval must say of one point; value NaN where nothing usable stood."""

    value: float
    quality: int
    coverage: float


@dataclass
class Truth:
    """Everything that was accepted, in the order of acceptance: at equal instants the later counts."""

    points: PointTable
    samples: dict[str, dict[int, tuple[float, int]]] = field(default_factory=dict)
    known: dict[str, Point] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.follow(self.points)

    def follow(self, points: PointTable) -> None:
        """Go on under another point list; a point that is not in it stays what it was."""
        self.points = points
        self.known |= {point.id: point for point in points}

    def accept(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            for column, value, quality in zip(reading.columns, reading.values, reading.quality, strict=True):
                point = self.points.points[column]
                kept = float(value) if point.is_wide else float(np.float32(value))
                self.samples.setdefault(point.id, {})[reading.t_ns] = (kept, int(quality))

    def raw(self, id_: str, start_ns: int, end_ns: int) -> list[Sample]:
        return sorted((t, v, q) for t, (v, q) in self.samples.get(id_, {}).items() if start_ns <= t < end_ns)

    def intervals(self, id_: str, edges: Sequence[int]) -> list[Told]:
        """Each sample stands to the next one of its point, three periods at most (five seconds at least)."""
        point = self.known[id_]
        hold = max(int(3 * point.period_s * SECOND_NS), 5 * SECOND_NS)
        samples = sorted((t, v, q) for t, (v, q) in self.samples.get(id_, {}).items())
        times = [t for t, _, _ in samples]
        told = []
        for begin, end in pairwise(edges):
            here = samples[max(bisect_right(times, begin) - 1, 0) : bisect_left(times, end)]
            told.append(_told(here, begin, end, hold, averaged=point.kind == "gauge"))
        return told


def _told(samples: list[Sample], begin: int, end: int, hold: int, *, averaged: bool) -> Told:
    used = good = 0
    areas, last = [], math.nan
    for (t, value, quality), (following, _, _) in pairwise([*samples, (end, math.nan, GOOD)]):
        stood = min(following, end, t + hold) - max(t, begin)
        if stood <= 0 or quality >= BAD or not math.isfinite(value):
            continue
        used += stood
        good += stood if quality < UNCERTAIN else 0
        areas.append(value * stood)
        last = value
    if not used:
        return Told(math.nan, NO_SAMPLE, 0.0)
    value = math.fsum(areas) / used if averaged else last
    return Told(value, GOOD if good == end - begin else UNCERTAIN, good / (end - begin))


def bounds(start_ns: int, end_ns: int, every: int | Days) -> list[int]:
    """Edges of the whole intervals that the range touches, counted out one by one."""
    if isinstance(every, int):
        return [*range(start_ns // every * every, end_ns, every), -(-end_ns // every) * every]
    day = datetime.fromtimestamp(start_ns // SECOND_NS, every.zone).date()
    edges: list[int] = []
    while not edges or edges[-1] < end_ns:
        edges.append(int(datetime(day.year, day.month, day.day, tzinfo=every.zone).timestamp()) * SECOND_NS)
        day += timedelta(days=1)
    return edges


async def assert_raw(store: Historian, truth: Truth, start_ns: int, end_ns: int) -> None:
    """Every sample of the range is there as it was accepted, once, and no other."""
    for id_ in truth.samples:
        found = series(await store.read([id_], start_ns, end_ns), id_)
        np.testing.assert_array_equal(np.array(found), np.array(truth.raw(id_, start_ns, end_ns)), err_msg=id_)


async def assert_intervals(
    store: Historian, truth: Truth, start_ns: int, end_ns: int, every: Sequence[int | Days] = LENGTHS
) -> None:
    """Every interval of each length says what the samples in it say; means to float32's rounding."""
    ids = list(truth.samples)
    for length in every:
        edges = bounds(start_ns, end_ns, length)
        frame = await store.read(ids, start_ns, end_ns, length)
        assert frame.t_ns.tolist() == edges[:-1], length
        assert_frame(frame, {id_: truth.intervals(id_, edges) for id_ in ids}, str(length))


def assert_frame(frame: Frame, told: dict[str, list[Told]], what: str) -> None:
    assert frame.coverage is not None
    for column, id_ in enumerate(frame.points):
        where = f"{id_}, every {what}"
        np.testing.assert_allclose(
            frame.values[:, column], [one.value for one in told[id_]], rtol=4e-7, atol=1e-5, err_msg=where
        )
        np.testing.assert_allclose(
            frame.coverage[:, column], [one.coverage for one in told[id_]], rtol=0, atol=1e-6, err_msg=where
        )
        np.testing.assert_array_equal(frame.quality[:, column], [one.quality for one in told[id_]], err_msg=where)
