"""A long history in which everything follows from the number of a reading: time, values, qualities, late and twice.

Two devices in turn, one reading every minute of the hall's time, across the night on which the clocks go back. What was
accepted is always a beginning of the series, so that the truth of any store is known from its greatest number.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Historian, corrections, facts
from sdanlegg.historian.corrections import Wish
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD, MANUAL, RANGE, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import counter, gauge, reading, series, state
from tests.support.truth import HOUR, Truth, assert_intervals, assert_raw

STEP = 60 * SECOND_NS
START = int(datetime(2026, 10, 24, 19, 0, tzinfo=UTC).timestamp()) * SECOND_NS
LATE = 5400 * SECOND_NS - 7 * SECOND_NS  # how much too late one reading in 37 comes
POINTS = PointTable(
    [
        *(gauge("a.x", 120.0), gauge("a.y", 120.0), counter("a.n_kwh", 120.0)),
        *(gauge("b.x", 120.0), state("b.v_st", 120.0), counter("b.n_kwh", 120.0)),
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


def wish(k: int) -> Wish:
    """Correction number k: half an hour of every second hour, a hundred more."""
    start_ns = START + 2 * k * HOUR
    return Wish("b.x", start_ns, start_ns + HOUR // 2, "linear", "test", "test", gain=1.0, shift=100.0)


def undone(k: int) -> bool:
    """Whether the correction is taken back at once."""
    return k % 3 == 2


def truth_of(count: int, corrected: Iterable[Wish] = ()) -> Truth:
    """The truth once readings 0 to count - 1 have been accepted and these corrections hold."""
    truth = Truth(POINTS)
    truth.accept(numbered(i) for i in range(count))
    for one in corrected:
        samples = truth.samples.get(one.point, {})
        for t in [t for t in samples if one.start_ns <= t < one.end_ns]:
            value, quality = samples[t]
            samples[t] = (value * one.gain + one.shift, quality | MANUAL)
    return truth


def extent(count: int) -> tuple[int, int]:
    """Range that holds all of them."""
    return START - 2 * HOUR, START + (count + 1) * STEP


async def accepted(store: Historian) -> int:
    """How many readings the store has, by the greatest number in it."""
    ids = ["a.n_kwh", "b.n_kwh"]
    newest_ns = int((await store.latest(ids)).t_ns.max(initial=START))
    frame = await store.read(ids, newest_ns - 2 * LATE, newest_ns + 1)
    found = [int(value) for id_ in ids for _, value, _ in series(frame, id_)]
    return max(found, default=-1) + 1


async def assert_whole(store: LocalStore | LocalReader, count: int) -> None:
    """The store has the first count readings, each once and unharmed, those that it keeps no more in its tiers."""
    entries = await store.ask(lambda connection, _: corrections.entries(connection))
    known = await store.ask(lambda connection, _: facts.read(connection))
    for k, entry in enumerate(entries):
        assert (entry.point, entry.start_ns, entry.end_ns) == (wish(k).point, wish(k).start_ns, wish(k).end_ns)
    truth = truth_of(count, (wish(k) for k, entry in enumerate(entries) if entry.undone_ns is None))
    start_ns, end_ns = extent(count)
    await assert_raw(store, truth, max(start_ns, known.raw_from_ns or start_ns), end_ns)
    await assert_intervals(store, truth, start_ns, end_ns)


async def assert_beginning(store: LocalStore | LocalReader, told: int) -> int:
    """The store has a beginning of the series, with the told first readings at least; how many it has."""
    count = await accepted(store)
    assert count >= told
    await assert_whole(store, count)
    return count
