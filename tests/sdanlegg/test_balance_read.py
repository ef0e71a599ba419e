"""What history says of intervals is what its samples say: late, corrected, sealed, missing, over gaps and ends."""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdanlegg.balance.arrays import Observed
from sdanlegg.balance_read import counters_of, hours, observe
from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import UnknownPointError
from sdanlegg.historian import corrections
from sdanlegg.historian.corrections import Wish
from sdanlegg.historian.local import LocalStore
from sdanlegg.points import PointTable, SunSpecField
from sdanlegg.quality import BAD, RATE, SENSOR, UNCERTAIN
from sdanlegg.readings import Reading
from sdanlegg.site import Name, Site, StoreSettings, WebSettings
from tests.support.history import reading
from tests.support.points import point, register
from tests.support.sealing import seal

S = SECOND_NS
HOUR = 3600 * S
DAY = 24 * HOUR
OSLO = ZoneInfo("Europe/Oslo")
T0 = int(datetime(2026, 3, 2, tzinfo=OSLO).timestamp()) * S
counter = partial(point, kind="counter", unit="kWh", quantity="energy", period_s=60.0, max_rate=2.0)
POINTS = PointTable(
    [
        counter("a.e_kwh", register("uint32", scale=0.1), max=429496729.0),
        point("a.t", register("float32"), period_s=60.0),
        point("a.name", register("string:4"), quantity="text", period_s=60.0),
    ]
)
SITE = Site(
    id="x",
    name=Name("x", "x"),
    folder=Path(),
    zone=OSLO,
    latitude=60.0,
    longitude=10.0,
    water_area_m2=1.0,
    opening={},
    devices=(),
    points=POINTS,
    flows=(),
    shown=(),
    store=StoreSettings(Path()),
    web=WebSettings(),
)
ENERGY, WARM = "a.e_kwh", "a.t"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LocalStore]:
    async with LocalStore.open(tmp_path, POINTS, 10) as opened:
        yield opened


def minute(i: int, energy: float | None = None, quality: int = 0) -> Reading:
    """Half a kWh a minute, and a temperature that is the minute's number."""
    value = 1000.0 + 0.5 * i if energy is None else energy
    return reading(POINTS, T0 + i * 60 * S + 5 * S, {ENERGY: value, WARM: float(i)}, quality)


async def seen(store: LocalStore, count: int, first: int = 0, points: tuple[str, ...] = (ENERGY, WARM)) -> Observed:
    return await observe(store, SITE, T0 + HOUR * np.arange(first, first + count + 1), points)


async def test_gauges_counters_and_what_stood_at_the_edges(store: LocalStore) -> None:
    await store.write([minute(i) for i in range(-10, 200)])
    found = await seen(store, 3)
    assert found.gained[:, 0].tolist() == pytest.approx([30.0] * 3)
    assert np.isnan(found.gained[:, 1]).all()
    assert np.isnan(found.mean[:, 0]).all()
    means = [60 * k + 29.5 - 5.0 / 60.0 for k in range(3)]
    assert found.mean[:, 1].tolist() == pytest.approx(means)
    assert found.at[:, 1].tolist() == [-1.0, 59.0, 119.0, 179.0]
    assert (found.coverage == 1.0).all()


async def test_what_was_never_stored_is_not_known(store: LocalStore, tmp_path: Path) -> None:
    found = await seen(store, 2)
    assert np.isnan(found.gained).all()
    assert np.isnan(found.mean).all()
    assert np.isnan(found.at).all()
    assert (found.coverage == 0.0).all()
    more = PointTable([*POINTS, counter("b.new_kwh")])
    async with LocalStore.open(tmp_path / "other", POINTS, 10) as other:
        await other.write([minute(i) for i in range(70)])
        wider = Site(**{name: getattr(SITE, name) for name in Site.__slots__} | {"points": more})
        found = await observe(other, wider, T0 + HOUR * np.arange(2), ("b.new_kwh", ENERGY))
    assert np.isnan(found.gained[0, 0])
    assert found.coverage[0].tolist() == [0.0, pytest.approx(3595 / 3600)]


async def test_points_and_edges_must_be_the_halls(store: LocalStore) -> None:
    with pytest.raises(UnknownPointError):
        await seen(store, 1, points=("a.other",))
    with pytest.raises(ValueError, match="equally long"):
        await observe(store, SITE, np.array([T0, T0 + HOUR, T0 + 3 * HOUR]), (ENERGY,))
    with pytest.raises(ValueError, match="1970"):
        await observe(store, SITE, np.array([T0 + 1, T0 + HOUR + 1]), (ENERGY,))


async def test_texts_have_no_mean(store: LocalStore) -> None:
    await store.write([reading(POINTS, T0 + i * 60 * S, {"a.name": 5.0}, texts={5: "x"}) for i in range(60)])
    found = await seen(store, 1, points=("a.name",))
    assert np.isnan(found.mean).all()


@given(st.permutations(range(8)))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_late_data_and_duplicates_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    whole = [minute(i, 1000.0 + 0.1 * i * i if i < 100 else 5.0 + 0.3 * i) for i in range(-10, 246)]
    pieces = [whole[32 * n : 32 * n + 32] for n in range(8)]
    folder = tmp_path_factory.mktemp("late")
    async with LocalStore.open(folder / "a", POINTS, 10) as store:
        await store.write(whole)
        expected = await seen(store, 4)
    async with LocalStore.open(folder / "b", POINTS, 10) as store:
        for n in order[:4]:
            await store.write(pieces[n])
        await seal(store, folder / "b", T0 + 3 * HOUR)
        for n in [*order[4:], order[0]]:
            await store.write(pieces[n])
        late = await seen(store, 4)
        await seal(store, folder / "b", T0 + 4 * HOUR)
        sealed = await seen(store, 4)
    for name in ("mean", "gained", "at", "coverage"):
        assert np.allclose(getattr(late, name), getattr(expected, name), rtol=1e-6, equal_nan=True)
        assert np.array_equal(getattr(late, name), getattr(sealed, name), equal_nan=True)


@pytest.mark.parametrize("sealed", [False, True], ids=["fresh", "sealed"])
async def test_a_gap_reaches_over_the_ends_of_the_question(store: LocalStore, tmp_path: Path, sealed: bool) -> None:
    await store.write([minute(i) for i in [*range(-30, 31), *range(90 * 60, 90 * 60 + 30)]])
    if sealed:
        await seal(store, tmp_path, T0 + 5 * DAY)
    whole = await seen(store, 91)
    assert whole.gained[:, 0].sum() == pytest.approx(0.5 * (90 * 60 + 29), rel=1e-3)
    for first, count in ((0, 30), (10, 24), (50, 41)):
        part = await seen(store, count, first)
        assert np.allclose(part.gained, whole.gained[first : first + count], rtol=1e-9, equal_nan=True)
        assert np.array_equal(part.coverage, whole.coverage[first : first + count])
    assert (whole.coverage[1:90, 0] == 0.0).all()
    before = await seen(store, 3, -3)
    assert np.isnan(before.gained[:2, 0]).all()


async def test_a_flipped_byte_counts_for_nothing_and_a_bad_value_neither(store: LocalStore) -> None:
    flipped = {20: 4000.0, 61: 1.0, 120: 90_000.0}
    await store.write([minute(i, flipped.get(i), UNCERTAIN | RATE if i in flipped else 0) for i in range(-10, 200)])
    await store.write([minute(150, float("nan"), BAD | SENSOR)])
    found = await seen(store, 3)
    assert found.gained[:, 0].sum() == pytest.approx(90.0)
    assert found.gained[:, 0].tolist() == pytest.approx([30.0] * 3, abs=0.51)
    assert (found.coverage[:2] == 1.0).all()


@pytest.mark.parametrize("sealed", [False, True], ids=["fresh", "sealed"])
async def test_a_new_meter_counts_on_from_the_old_one_when_history_is_told(
    store: LocalStore, tmp_path: Path, sealed: bool
) -> None:
    await store.write([minute(i, None if i < 75 else 20.0 + 0.5 * i) for i in range(-10, 200)])
    if sealed:
        await seal(store, tmp_path, T0 + 3 * HOUR)
    untold = await seen(store, 3)
    assert untold.gained[:, 0].tolist() == pytest.approx([30.0, 29.5, 30.0])
    shift = Wish(ENERGY, T0 + 75 * 60 * S, T0 + DAY, actor="kari", reason="new meter", action="linear", shift=980.0)
    await store.change(partial(corrections.add, wish=shift, made_ns=1))
    told = await seen(store, 3)
    assert told.gained[:, 0].tolist() == pytest.approx([30.0] * 3)


@pytest.mark.parametrize(("month", "day", "length"), [(3, 29, 23), (10, 25, 25), (6, 1, 24)])
async def test_hours_make_up_days_of_23_24_and_25_hours(store: LocalStore, month: int, day: int, length: int) -> None:
    start_ns, end_ns = (int(datetime(2026, month, d, tzinfo=OSLO).timestamp()) * S for d in (day, day + 1))
    offset = (start_ns - T0) // (60 * S)
    await store.write([minute(offset + i) for i in range(-10, 25 * 60 + 70)])
    edges = hours(start_ns, end_ns)
    assert edges.size - 1 == length
    found = await observe(store, SITE, edges, (ENERGY,))
    assert found.gained.sum() == pytest.approx(30.0 * length)


def test_a_counter_turns_over_where_its_register_ends() -> None:
    points = [
        counter("a.a", register("uint16"), max=65535.0, period_s=5.0),
        counter("a.b", register("int32", scale=0.1), max=214748364.7),
        counter("a.c", register("uint64", scale=0.001), max=1e9),
        counter("a.d", register("float64"), max=99999.0),
        counter("a.e", SunSpecField("inverter.WH", 0.001, 0.0), max=1e8),
    ]
    known = counters_of(points)
    assert known.span.tolist() == [65536.0, pytest.approx(214748364.8), 1e9, 99999.0, 1e8]
    assert known.hold_s.tolist() == [15.0, 180.0, 180.0, 180.0, 180.0]
