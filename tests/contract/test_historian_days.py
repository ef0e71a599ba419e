"""What every store of history must answer alike when it is asked for local days."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, GOOD, NO_SAMPLE, UNCERTAIN
from tests.support.history import counter, gauge, reading, state
from tests.support.stores import Opening

S = SECOND_NS
QUARTER, HOUR = 900 * S, 3600 * S
OSLO = ZoneInfo("Europe/Oslo")
KATHMANDU = ZoneInfo("Asia/Kathmandu")  # midnight at a quarter past the hour
SANTIAGO = ZoneInfo("America/Santiago")  # in the night to 6 September 2026 midnight does not exist
POINTS = PointTable([gauge("a.x", 900.0), counter("a.e_kwh", 900.0), state("a.v_st", 900.0)])


def ns(zone: ZoneInfo, *local_time: int) -> int:
    return int(datetime(*local_time, tzinfo=zone).timestamp()) * S  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "dates", "hours"),
    [
        (OSLO, [(2026, 3, 28), (2026, 3, 29), (2026, 3, 30), (2026, 3, 31)], [24, 23, 24]),
        (OSLO, [(2026, 10, 24), (2026, 10, 25), (2026, 10, 26), (2026, 10, 27)], [24, 25, 24]),
        (KATHMANDU, [(2026, 1, 1), (2026, 1, 2), (2026, 1, 3)], [24, 24]),
        (SANTIAGO, [(2026, 9, 5), (2026, 9, 6), (2026, 9, 7)], [24, 23]),
    ],
)
async def test_days_are_whole_local_days(
    opening: Opening, zone: ZoneInfo, dates: list[tuple[int, ...]], hours: list[int]
) -> None:
    midnights = [ns(zone, *date) for date in dates]
    quarters = range((midnights[-1] - midnights[0]) // QUARTER)
    async with opening(POINTS) as store:
        await store.write(
            reading(POINTS, midnights[0] + i * QUARTER, {"a.x": i, "a.e_kwh": 131072.01 + i, "a.v_st": i % 7})
            for i in quarters
        )
        frame = await store.read(["a.x", "a.e_kwh", "a.v_st"], midnights[0], midnights[-1], Days(zone))
        inside = await store.read(["a.x"], midnights[1] + HOUR, midnights[1] + 2 * HOUR, Days(zone))
    assert frame.t_ns.tolist() == midnights[:-1]
    assert (frame.quality == GOOD).all()
    np.testing.assert_allclose(frame.coverage, 1.0)
    cuts = np.cumsum([0, *(4 * h for h in hours)])
    np.testing.assert_allclose(frame.values[:, 0], [np.mean(range(a, b)) for a, b in pairwise(cuts)])
    assert frame.values[:, 1].tolist() == [131072.01 + int(b) - 1 for b in cuts[1:]]
    assert frame.values[:, 2].tolist() == [(int(b) - 1) % 7 for b in cuts[1:]]
    assert inside.t_ns.tolist() == [midnights[1]]
    assert inside.values.tolist() == [[frame.values[1, 0]]]


async def test_days_without_samples_are_gaps_and_doubt_lowers_the_coverage(opening: Opening) -> None:
    first, end = ns(OSLO, 2026, 3, 28), ns(OSLO, 2026, 3, 31)
    spring = ns(OSLO, 2026, 3, 29)
    async with opening(POINTS) as store:
        for i in range(23 * 4):
            quality = BAD if i >= 80 else UNCERTAIN if i >= 46 else GOOD
            await store.write([reading(POINTS, spring + i * QUARTER, {"a.x": 10.0 if i < 46 else 20.0}, quality)])
        frame = await store.read(["a.x"], first, end, Days(OSLO))
        nothing = await store.read(["a.x"], spring, spring, Days(OSLO))
    assert frame.quality[:, 0].tolist() == [NO_SAMPLE, UNCERTAIN, NO_SAMPLE]
    np.testing.assert_allclose(frame.coverage[:, 0], [0.0, 0.5, 0.0])
    np.testing.assert_allclose(frame.values[:, 0], [np.nan, (46 * 10 + 34 * 20) / 80, np.nan], rtol=1e-6)
    assert nothing.t_ns.size == 0
