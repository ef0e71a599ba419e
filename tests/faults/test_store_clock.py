"""Hours and days that are not as long as others: what a counter counted is exact on the days when the clocks change."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days, Historian
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.points import PointTable
from sdanlegg.quality import GOOD
from sdanlegg.readings import Reading
from tests.support.history import counter, gauge, reading
from tests.support.sealing import seal
from tests.support.truth import DAYS, HOUR, MINUTE, OSLO, QUARTER

POINTS = PointTable([counter("a.e_kwh", 60.0), gauge("a.p", 60.0)])
DAY_KW, NIGHT_KW = 60.0, 15.0
# 16 hours by day and 8 by night; in March the hour from 2 to 3 is missing, in October it comes twice.
KWH = {date(2026, 3, 29): 16 * DAY_KW + 7 * NIGHT_KW, date(2026, 10, 25): 16 * DAY_KW + 9 * NIGHT_KW}
ORDINARY_KWH = 16 * DAY_KW + 8 * NIGHT_KW
LENGTHS: dict[str, int | Days] = {"minute": MINUTE, "quarter": QUARTER, "hour": HOUR, "day": DAYS}
COUNTS = {date(2026, 3, 29): {"quarter": 92, "hour": 23}, date(2026, 10, 25): {"quarter": 100, "hour": 25}}


def midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=OSLO).timestamp()) * SECOND_NS


def power(t_ns: int) -> float:
    """By day from 6 to 22 on the wall's clock, by night otherwise."""
    return DAY_KW if 6 <= datetime.fromtimestamp(t_ns // SECOND_NS, OSLO).hour < 22 else NIGHT_KW


def week(day: date) -> list[Reading]:
    """A reading each minute, from the day before until the day after, of what has gone through the meter."""
    kwh, made = 48_213.25, []
    for t_ns in range(midnight(day - timedelta(days=1)) - HOUR, midnight(day + timedelta(days=2)) + HOUR, MINUTE):
        made.append(reading(POINTS, t_ns, {"a.e_kwh": kwh, "a.p": power(t_ns)}))
        kwh += power(t_ns) / 60
    return made


async def consumed(store: Historian, start_ns: int, end_ns: int, every: int | Days) -> np.ndarray:
    """kWh of each interval: what the meter showed last in it less what it showed last in the one before."""
    before = 23 * HOUR if isinstance(every, Days) else every
    frame = await store.read(["a.e_kwh"], start_ns - before, end_ns, every)
    assert (frame.quality[1:] == GOOD).all()
    assert (np.diff(frame.t_ns) > 0).all()
    return np.diff(frame.values[:, 0])


async def as_it_is(store: LocalStore, folder: Path) -> None:
    """Leave everything as it was accepted."""


async def sealed(store: LocalStore, folder: Path) -> None:
    await seal(store, folder, midnight(date(2026, 12, 24)))
    async with LocalReader.open(folder) as reader:
        assert await reader.ask(lambda connection, _: connection.execute("SELECT count(*) FROM reading").get) == 0


@pytest.mark.parametrize("day", KWH)
@pytest.mark.parametrize("then", [as_it_is, sealed])
async def test_counters_sum_exactly_on_the_days_when_the_clocks_change(
    tmp_path: Path, day: date, then: Callable[[LocalStore, Path], Awaitable[None]]
) -> None:
    start, end = midnight(day), midnight(day + timedelta(days=1))
    async with LocalStore.open(tmp_path, POINTS) as store:
        await store.write(week(day))
        await then(store, tmp_path)
        kwh = {name: await consumed(store, start, end, every) for name, every in LENGTHS.items()}
        three = await consumed(store, midnight(day - timedelta(days=1)), midnight(day + timedelta(days=2)), DAYS)
        means = {name: await store.read(["a.p"], start, end, every) for name, every in LENGTHS.items()}
    assert {name: kwh[name].size for name in ("quarter", "hour")} == COUNTS[day]
    assert {name: figures.sum() for name, figures in kwh.items()} == dict.fromkeys(LENGTHS, KWH[day])
    assert three.tolist() == [ORDINARY_KWH, KWH[day], ORDINARY_KWH]
    assert min(figures.min() for figures in kwh.values()) > 0
    for name, frame in means.items():  # and the power over the time that it stood
        hours = np.diff([*frame.t_ns.tolist(), end]) / HOUR
        assert (frame.values[:, 0] * hours).sum() == pytest.approx(KWH[day], rel=1e-6), name


@pytest.mark.parametrize("day", KWH)
async def test_days_of_24_hours_would_be_wrong(tmp_path: Path, day: date) -> None:
    async with LocalStore.open(tmp_path, POINTS) as store:
        await store.write(week(day))
        begin = midnight(day)
        edges = [begin, begin + 24 * HOUR]
        shown = [float((await store.first_last(["a.e_kwh"], t, t + HOUR))[0].values[0]) for t in edges]
    assert [b - a for a, b in pairwise(shown)] != [KWH[day]]
