"""What the local store keeps and no mirror does: texts, source times, the order of acceptance, any float, any ns."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.datatypes import text_code
from sdanlegg.historian.local import LocalStore
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, GOOD, RANGE, UNCERTAIN
from sdanlegg.readings import NO_SOURCE_TIME
from tests.support.history import T0, counter, gauge, reading, series
from tests.support.points import point, register
from tests.support.stores import POINTS

HOUR = 3600 * SECOND_NS


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LocalStore]:
    async with LocalStore.open(tmp_path, POINTS) as opened:
        yield opened


async def whole(store: LocalStore, id_: str) -> list[tuple[int, float, int]]:
    return series(await store.read([id_], 0, 2 * T0), id_)


async def test_gauges_keep_the_oddest_that_float32_keeps(store: LocalStore) -> None:
    sent = [0.1, -273.15, 3.0e38, 1e-45, -0.0, np.inf]
    await store.write([reading(POINTS, T0 + i, {"a.x": v}, UNCERTAIN) for i, v in enumerate(sent)])
    got = [v for _, v, _ in await whole(store, "a.x")]
    np.testing.assert_array_equal(got, np.array(sent, np.float32).astype(float))


async def test_a_gauge_beyond_float32_is_no_finite_value(store: LocalStore) -> None:
    await store.write([reading(POINTS, T0, {"a.x": -1e300}, BAD | RANGE)])
    assert await whole(store, "a.x") == [(T0, -np.inf, BAD | RANGE)]


async def test_counters_keep_every_digit_of_any_float(store: LocalStore) -> None:
    sent = [131072.01, 2.0**53, 2.0**53 - 1, 4294967295.001, 1e300]
    await store.write([reading(POINTS, T0 + i, {"a.x": 1.0, "a.e_kwh": v, "a.v_st": 3.0}) for i, v in enumerate(sent)])
    assert [v for _, v, _ in await whole(store, "a.e_kwh")] == sent
    assert [v for _, v, _ in await whole(store, "a.v_st")] == [3.0] * len(sent)


async def test_texts_are_kept_once_and_found_by_code(store: LocalStore) -> None:
    texts = {text_code(t): t for t in ("Grundfos MAGNA3 40-120 F", "v1.2.0 æøå")}
    code = text_code("v1.2.0 æøå")
    await store.write([reading(POINTS, T0 + i, {"a.e_kwh": float(code)}, texts=texts) for i in range(2)])
    assert (await store.texts())[code] == "v1.2.0 æøå"
    assert text_code("never seen") not in await store.texts()


async def test_source_times_stay_with_their_samples(store: LocalStore) -> None:
    source = [T0 - 5, NO_SOURCE_TIME]
    await store.write([reading(POINTS, T0, {"a.x": 1.0, "a.e_kwh": 2.0}, source_t_ns=source)])
    await store.write([reading(POINTS, T0 + 1, {"a.x": 1.5, "a.e_kwh": 2.5}, [BAD, GOOD])])
    first, second = await store.after(0, 10)
    assert first.points == ("a.x", "a.e_kwh")
    assert first.source_t_ns.tolist() == source
    assert second.source_t_ns is None
    assert (second.t_ns, second.values.tolist(), second.quality.tolist()) == (T0 + 1, [1.5, 2.5], [BAD, GOOD])
    assert first.seq < second.seq
    assert [r.seq for r in await store.after(first.seq, 10)] == [second.seq]


async def test_a_replaced_reading_comes_again_in_the_order_of_acceptance(store: LocalStore) -> None:
    await store.write([reading(POINTS, T0 + i, {"a.x": float(i)}) for i in range(3)])
    await store.write([reading(POINTS, T0, {"a.x": 9.0})])
    assert [(r.t_ns - T0, r.values[0]) for r in await store.after(0, 10)] == [(1, 1.0), (2, 2.0), (0, 9.0)]


async def test_two_readers_beside_a_writer_see_one_moment_each(store: LocalStore) -> None:
    done = asyncio.Event()

    async def write() -> None:
        for i in range(200):
            await store.write([reading(POINTS, T0 + i, {"a.x": float(i)})])
            await store.write([reading(POINTS, T0 + i, {"b.x": float(i)})])
        done.set()

    async def look() -> int:
        looks = 0
        while not done.is_set():
            frame = await store.read(["a.x", "b.x"], T0, T0 + 1000)
            a, b = ([v for _, v, _ in series(frame, id_)] for id_ in ("a.x", "b.x"))
            assert a == [float(i) for i in range(len(a))]
            assert b == a[: len(b)]
            assert len(a) - len(b) in (0, 1)
            looks += 1
        return looks

    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        readers = [group.create_task(look()) for _ in range(2)]
    assert all(task.result() > 0 for task in readers)
    assert (await store.read(["a.x"], T0, T0 + 1000)).t_ns.size == 200


async def test_a_point_that_became_wide_is_read_as_it_was_kept(tmp_path: Path) -> None:
    before = PointTable([gauge("a.gone"), gauge("a.x"), counter("a.e")])
    after = PointTable([counter("a.e"), gauge("b.new"), point("a.x", register("float64")), gauge("a.y")])
    async with LocalStore.open(tmp_path, before) as store:
        await store.write([reading(before, T0, {"a.gone": 1.0, "a.x": 0.1, "a.e": 131072.01})])
    async with LocalStore.open(tmp_path, after) as store:
        await store.write([reading(after, T0 + 1, {"a.e": 131073.01, "a.x": 0.1, "a.y": 4.0})])
        await store.write([reading(after, T0 + 1, {"b.new": 5.0})])
        frame = await store.read(["a.x", "a.gone", "a.e", "b.new", "a.y"], T0, T0 + 2)
        old, new, no = float(np.float32(0.1)), 0.1, np.nan
        np.testing.assert_array_equal(frame.values, [[old, 1.0, 131072.01, no, no], [new, no, 131073.01, 5.0, 4.0]])
        newest = await store.latest(["a.gone", "a.x"])
        np.testing.assert_array_equal(newest.values, [[1.0, np.nan], [np.nan, 0.1]])
        grid = await store.read(["a.e", "a.x"], T0, T0 + 1, HOUR)
        assert grid.values[0, 0] == 131073.01


async def test_samples_one_nanosecond_apart_are_two(store: LocalStore) -> None:
    await store.write([reading(POINTS, T0 + i, {"a.x": float(i)}) for i in (0, 2, 1)])
    assert await whole(store, "a.x") == [(T0, 0.0, GOOD), (T0 + 1, 1.0, GOOD), (T0 + 2, 2.0, GOOD)]
