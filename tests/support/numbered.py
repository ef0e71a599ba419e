"""A long history in which everything follows from the number of a reading: time, values, qualities, late and twice.

Two devices in turn, one reading every 20 s of the hall's time, across the night on which the clocks go back. What was
accepted is always a beginning of the series, so that the truth of any store is known from its greatest number.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Historian
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD, RANGE, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import counter, gauge, reading, series, state
from tests.support.truth import HOUR, Truth, assert_intervals, assert_raw

STEP = 20 * SECOND_NS
START = int(datetime(2026, 10, 24, 19, 0, tzinfo=UTC).timestamp()) * SECOND_NS
LATE = 5400 * SECOND_NS - 7 * SECOND_NS  # how much too late one reading in 37 comes
POINTS = PointTable(
    [
        *(gauge("a.x", 40.0), gauge("a.y", 40.0), counter("a.n_kwh", 40.0)),
        *(gauge("b.x", 40.0), state("b.v_st", 40.0), counter("b.n_kwh", 40.0)),
    ]
)


def instant(i: int) -> int:
    """When reading number i was taken: in order, but some are late and some repeat an instant of their device."""
    if i % 53 == 17:
        i -= 2
    return START + i * STEP - (LATE if i % 37 == 11 else 0)


def numbered(i: int, points: PointTable = POINTS) -> Reading:
    """Reading number i."""
    device = "ab"[i % 2]
    doubtful = UNCERTAIN | RANGE if i % 7 == 0 else GOOD
    x, quality = (math.nan, BAD | COMM) if i % 29 == 3 else (20.0 + math.sin(i / 40), doubtful)
    second = {"a.y": i % 300 / 10} if device == "a" else {"b.v_st": i // 50 % 3}
    values = {f"{device}.x": x, **second, f"{device}.n_kwh": i + 0.25}
    return reading(points, instant(i), values, [quality, GOOD, GOOD])


def truth_of(count: int, points: PointTable = POINTS) -> Truth:
    """The truth once readings 0 to count - 1 have been accepted."""
    truth = Truth(points)
    truth.accept(numbered(i, points) for i in range(count))
    return truth


def extent(count: int) -> tuple[int, int]:
    """Range that holds all of them."""
    return START - 2 * HOUR, START + (count + 1) * STEP


async def accepted(store: Historian, at_most: int = 10**6) -> int:
    """How many readings the store has, by the greatest number in it."""
    start_ns, end_ns = extent(at_most)
    ids = ["a.n_kwh", "b.n_kwh"]
    frame = await store.read(ids, start_ns, end_ns)
    found = [int(value) for id_ in ids for _, value, _ in series(frame, id_)]
    return max(found, default=-1) + 1


async def assert_whole(store: Historian, count: int, raw_from_ns: int = 0) -> None:
    """The store has the first count readings, each once and unharmed (older ones than raw_from_ns but in its tiers)."""
    truth = truth_of(count)
    start_ns, end_ns = extent(count)
    await assert_raw(store, truth, max(start_ns, raw_from_ns), end_ns)
    await assert_intervals(store, truth, start_ns, end_ns)


async def assert_any(store: Historian, told: Iterable[int]) -> int:
    """The store has a beginning of the series with everything that was told to be accepted; how many that are."""
    count = await accepted(store)
    assert count > max(told, default=-1)
    await assert_whole(store, count)
    return count
