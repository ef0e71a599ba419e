"""Samples twice, out of order, of the future and of 1970: equal to the truth, sealed or not, under any point list."""

import asyncio
import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import counter, gauge, reading, state
from tests.support.nightly import times
from tests.support.numbered import START
from tests.support.sealing import seal
from tests.support.truth import DAYS, HOUR, MINUTE, QUARTER, Truth, assert_intervals, assert_raw

PERIOD_S = 300.0
X, E, V, Z = gauge("a.x", PERIOD_S), counter("a.e_kwh", PERIOD_S), state("a.v_st", PERIOD_S), gauge("a.z", PERIOD_S)
# The same device under three point lists: as it was, a point more and another order, and one that counts exactly now.
LISTS = (
    PointTable([X, E, V]),
    PointTable([Z, V, X, E]),
    PointTable([replace(X, kind="counter", unit="kWh", quantity="energy"), V]),
)
WINDOWS = (0, START, START + 30 * 24 * HOUR)  # 1970, now, a month ahead
TIMES = st.builds(
    lambda window, minutes, seconds: window + (60 * minutes + seconds) * SECOND_NS,
    st.sampled_from(WINDOWS),
    st.integers(0, 40) | st.integers(0, 30 * 60),
    st.sampled_from([0, 0, 7]),
)
VALUES = st.integers(-200, 200).map(lambda n: n / 4) | st.just(math.nan)
QUALITIES = st.sampled_from([GOOD, GOOD, UNCERTAIN, BAD | COMM])
UNTILS = st.sampled_from([None, *(window + hours * HOUR for window in WINDOWS for hours in (1, 12, 40))])


@st.composite
def readings(draw: st.DrawFn, points: PointTable) -> Reading:
    """Of some of the points of the list, so that one point comes in several groups."""
    every = tuple(points.column)
    values = {id_: draw(VALUES) for id_ in draw(st.sampled_from([every, every[:2], every[1:]]))}
    quality = [BAD if math.isnan(value) else draw(QUALITIES) for value in values.values()]
    return reading(points, draw(TIMES), values, quality)


@dataclass(frozen=True, slots=True)
class Life:
    """A service under one point list: batches of readings, each followed by sealing up to some instant, or not."""

    points: PointTable
    batches: list[tuple[list[Reading], int | None]]


@st.composite
def lives(draw: st.DrawFn) -> list[Life]:
    made = []
    for points in draw(st.lists(st.sampled_from(LISTS), min_size=1, max_size=3)):
        batch = st.tuples(st.lists(readings(points), max_size=10), UNTILS)
        made.append(Life(points, draw(st.lists(batch, min_size=1, max_size=3))))
    return made


async def assert_true(store: LocalStore, truth: Truth) -> None:
    for window in WINDOWS:
        start, end = window - HOUR, window + 32 * HOUR
        await assert_raw(store, truth, start, end)
        await assert_intervals(store, truth, start, end, (QUARTER, HOUR, DAYS))
        await assert_intervals(store, truth, window, window + HOUR, [MINUTE])


async def live_through(folder: Path, all_lives: list[Life]) -> None:
    truth = Truth(LISTS[0])
    for life in all_lives:
        truth.follow(life.points)
        async with LocalStore.open(folder, life.points) as store:
            for batch, until in life.batches:
                await store.write(batch)
                truth.accept(batch)
                if until is not None:
                    await seal(store, folder, until)
                await assert_true(store, truth)


@pytest.mark.timeout(times(120, 3600))
@settings(max_examples=times(12, 200), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(lives())
def test_what_comes_at_odd_times_is_kept_as_it_came(all_lives: list[Life]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live_through(Path(folder), all_lives))


async def test_a_sealed_sample_that_comes_again_is_replaced_and_its_intervals_with_it(tmp_path: Path) -> None:
    """What the test above would see if sealed samples stood against later ones."""
    points = LISTS[0]
    once, again = (reading(points, START, {"a.x": value}) for value in (1.0, 2.0))
    truth, stale = Truth(points), Truth(points)
    truth.accept([once, again])
    stale.accept([again, once])
    async with LocalStore.open(tmp_path, points) as store:
        for one in (once, again):
            await store.write([one])
            await seal(store, tmp_path, START + 40 * HOUR)
        await assert_true(store, truth)
        with pytest.raises(AssertionError, match=r"a\.x"):
            await assert_raw(store, stale, START, START + 1)
        with pytest.raises(AssertionError, match=r"a\.x, every"):
            await assert_intervals(store, stale, START, START + HOUR)
