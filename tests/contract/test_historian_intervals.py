"""What every store of history must answer alike when it is asked for intervals."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, GOOD, UNCERTAIN
from tests.support.history import T0, counter, gauge, reading, state
from tests.support.stores import POINTS, Opening, Written

S = SECOND_NS
HOUR = 3600 * S
OSLO = ZoneInfo("Europe/Oslo")


def ns(*local_time: int) -> int:
    return int(datetime(*local_time, tzinfo=OSLO).timestamp()) * S  # type: ignore[misc,arg-type]


async def test_gauges_are_averaged_over_time_and_counters_give_their_last(store: Written) -> None:
    start = T0 // (60 * S) * 60 * S
    rows = [(0, 10.0, 100.0, 1.0), (1, 20.0, 101.0, 1.0), (4, 40.0, 102.0, 2.0)]
    await store.write([reading(POINTS, start + t * S, {"a.x": x, "a.e_kwh": e, "a.v_st": v}) for t, x, e, v in rows])
    frame = await store.read(["a.x", "a.e_kwh", "a.v_st"], start, start + 10 * S, 5 * S)
    assert frame.t_ns.tolist() == [start, start + 5 * S]
    # 10 for one second, 20 for three, 40 for one; then 40 is held until five seconds after its sample
    assert frame.values[0].tolist() == [pytest.approx((10 + 3 * 20 + 40) / 5), 102.0, 2.0]
    assert frame.values[1].tolist() == [pytest.approx(40.0), 102.0, 2.0]
    np.testing.assert_allclose(frame.coverage, [[1, 1, 1], [0.8, 0.8, 0.8]])
    assert frame.quality.tolist() == [[GOOD] * 3, [UNCERTAIN] * 3]


async def test_the_sample_before_the_range_stands_into_it(store: Written) -> None:
    start = T0 // (60 * S) * 60 * S
    await store.write([reading(POINTS, start - 2 * S, {"a.x": 7.0})])
    frame = await store.read(["a.x"], start, start + 5 * S, 5 * S)
    assert frame.values.tolist() == [[pytest.approx(7.0)]]
    np.testing.assert_allclose(frame.coverage, [[0.6]])


async def test_doubtful_values_are_used_but_do_not_cover_and_bad_ones_are_not_used(store: Written) -> None:
    start = T0 // (60 * S) * 60 * S
    for t, value, quality in [
        (0, 10.0, GOOD),
        (2, 30.0, UNCERTAIN),
        (4, 999.0, BAD),
        (5, np.nan, BAD),
        (6, 50.0, GOOD),
    ]:
        await store.write([reading(POINTS, start + t * S, {"a.x": value, "a.e_kwh": value}, quality)])
    frame = await store.read(["a.x", "a.e_kwh"], start, start + 6 * S, 6 * S)
    assert frame.values.tolist() == [[pytest.approx(20.0), 30.0]]
    np.testing.assert_allclose(frame.coverage, [[2 / 6, 2 / 6]])
    assert frame.quality.tolist() == [[UNCERTAIN, UNCERTAIN]]


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
async def test_a_local_day_has_its_own_number_of_intervals(opening: Opening, day: tuple[int, ...], hours: int) -> None:
    start = ns(*day)
    end = ns(*day[:2], day[2] + 1)
    points = PointTable([gauge("a.x", 900.0), counter("a.e", 900.0), state("a.s", 900.0)])
    quarters = range((end - start) // (HOUR // 4))
    async with opening(points) as store:
        await store.write(
            reading(points, start + i * HOUR // 4, {"a.x": i, "a.e": 100.0 + i, "a.s": i % 2}) for i in quarters
        )
        by_hour = await store.read(["a.x", "a.e"], start, end, HOUR)
        by_quarter = await store.read(["a.x"], start, end, HOUR // 4)
    assert (by_hour.t_ns.size, by_quarter.t_ns.size) == (hours, 4 * hours)
    assert by_hour.t_ns[0] == start
    assert (by_hour.quality == GOOD).all()
    np.testing.assert_allclose(by_hour.values[:, 0], 4 * np.arange(hours) + 1.5)
    np.testing.assert_array_equal(np.diff(by_hour.values[:, 1]), 4.0)


async def test_intervals_count_from_1970_and_cover_the_range_whole(store: Written) -> None:
    start = T0 // (60 * S) * 60 * S
    await store.write([reading(POINTS, start + t * S, {"a.x": float(t)}) for t in range(180)])
    frame = await store.read(["a.x"], start + 61 * S, start + 121 * S, 60 * S)
    assert frame.t_ns.tolist() == [start + 60 * S, start + 120 * S]
    np.testing.assert_allclose(frame.values[:, 0], [89.5, 149.5])
