"""Sealing loses nothing and doubles nothing, whatever was stored, whenever it is sealed, wherever it is interrupted."""

import asyncio
import math
import tempfile
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError
from sdanlegg.historian import facts, seal_read, seal_write
from sdanlegg.historian.chunks import unpack_source
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, GOOD, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import T0, counter, gauge, reading, series
from tests.support.sealing import seal, sealer

S = SECOND_NS
DAY = 86_400 * S
POINTS = PointTable([gauge("a.x"), counter("a.n_kwh"), gauge("b.y"), gauge("c.z", 60.0)])
IDS = list(POINTS.column)
EARLY, LATE = -(2**62), 2**62
SETS = (("a.x", "a.n_kwh"), ("a.x",), ("a.n_kwh", "b.y"), ("c.z",))
TIMES = st.one_of(
    st.integers(0, 7200).map(lambda s: T0 + s * S),
    st.integers(0, 50).map(lambda s: T0 + s * 300 * S + 7),
    st.sampled_from([0, 5 * S, -3 * S, T0 - DAY, T0 + 2 * DAY, T0 + 4000 * DAY]),
)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    names = draw(st.sampled_from(SETS))
    values = draw(st.lists(st.floats(width=32, allow_infinity=True), min_size=len(names), max_size=len(names)))
    quality = [BAD if math.isnan(v) else draw(st.sampled_from([GOOD, UNCERTAIN, BAD])) for v in values]
    source = [draw(st.integers(0, 9)) for _ in names] if draw(st.booleans()) else None
    given_values = dict(zip(names, values, strict=True))
    return reading(POINTS, draw(TIMES), given_values, quality, source)


STEPS = st.lists(st.one_of(st.lists(readings(), min_size=1, max_size=12), TIMES), min_size=2, max_size=8)


async def everything(store: LocalStore) -> list[list[tuple[int, float, int]]]:
    frame = await store.read(IDS, EARLY, LATE)
    return [series(frame, id_) for id_ in IDS]


def same(a: list[list[tuple[int, float, int]]], b: list[list[tuple[int, float, int]]]) -> None:
    for one, other in zip(a, b, strict=True):
        assert len(one) == len(other)
        np.testing.assert_array_equal(np.array(one), np.array(other))


async def compare(steps: list[list[Reading] | int], folder: Path) -> None:
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(LocalStore.open(folder / "plain", POINTS, 10))
        sealed = await stack.enter_async_context(LocalStore.open(folder / "sealed", POINTS, 10))
        for step in steps:
            if isinstance(step, int):
                await seal(sealed, folder / "sealed", step)
            else:
                await plain.write(step)
                await sealed.write(step)
            same(await everything(plain), await everything(sealed))
        await seal(sealed, folder / "sealed", T0 + 5000 * DAY)
        same(await everything(plain), await everything(sealed))
        assert count(folder / "sealed", "reading") == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_any_mix_of_readings_sealed_at_any_times_is_read_as_it_was_written(steps: list[list[Reading] | int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(steps, Path(folder)))


def ask(folder: Path, sql: str) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(folder / FILE_NAME), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [tuple(row) for row in connection.execute(sql)]
    finally:
        connection.close()


def count(folder: Path, table: str) -> object:
    return ask(folder, f"SELECT count(*) FROM {table}")[0][0]


def ramp(first: int, last: int, id_: str = "a.x") -> list[Reading]:
    return [reading(POINTS, T0 + i * S, {id_: float(i)}) for i in range(first, last)]


@pytest.mark.parametrize(
    "place", ["keep_for_mirrors", "take_out", "put_chunks", "put_rollups", "put_mended", "begin", "finish"]
)
async def test_whatever_fails_halfway_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(ramp(0, 1000))
        before = await everything(store)
        real = getattr(seal_write, place)

        def broken(*args: object, **kwargs: object) -> None:
            real(*args, **kwargs)
            raise apsw.IOError("the disk is gone")

        with monkeypatch.context() as patch:
            patch.setattr(seal_write, place, broken)
            with pytest.raises(StoreError, match="the disk is gone"):
                await seal(store, tmp_path, T0 + 900 * S)
        if place != "finish":
            assert count(tmp_path, "reading") == 1000
            assert count(tmp_path, "chunk") == 0
            assert count(tmp_path, "rollup") == 0
        same(await everything(store), before)
        await seal(store, tmp_path, T0 + 900 * S)
        same(await everything(store), before)
        assert count(tmp_path, "reading") == 100


async def test_rows_that_arrive_between_reading_and_writing_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile = [reading(POINTS, T0 + 5 * S, {"a.x": 555.0}), reading(POINTS, T0 + 5 * S + 1, {"a.x": 556.0})]
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(ramp(0, 10))
        working = sealer(store, tmp_path)
        change, seen = store.change, []

        async def late(work):
            if getattr(work, "func", None) is seal_write.apply and not seen:
                seen.append(True)
                await store.write(meanwhile)
            return await change(work)

        monkeypatch.setattr(store, "change", late)
        await working.seal(T0 + 100 * S)
        assert seen
        assert count(tmp_path, "reading") == 2
        expected = [(T0 + i * S, 555.0 if i == 5 else float(i), 0) for i in range(10)]
        expected.insert(6, (T0 + 5 * S + 1, 556.0, 0))
        assert (await everything(store))[0] == expected
        await working.seal(T0 + 100 * S)
        assert count(tmp_path, "reading") == 0
        assert (await everything(store))[0] == expected


async def test_a_file_that_changed_meanwhile_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(ramp(0, 10))
        change, tries = store.change, []

        async def overtaken(work):
            if getattr(work, "func", None) is seal_write.apply:
                tries.append(True)
                if len(tries) == 1:
                    await change(facts.bump)
            return await change(work)

        monkeypatch.setattr(store, "change", overtaken)
        await seal(store, tmp_path, T0 + 100 * S)
        assert len(tries) == 2
        assert count(tmp_path, "reading") == 0
        assert len((await everything(store))[0]) == 10


async def test_a_file_that_changes_all_the_time_is_given_up_for_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(ramp(0, 10))
        change = store.change

        async def overtaken(work):
            if getattr(work, "func", None) is seal_write.apply:
                await change(facts.bump)
            return await change(work)

        monkeypatch.setattr(store, "change", overtaken)
        with pytest.raises(StoreError, match="changed by another program"):
            await seal(store, tmp_path, T0 + 100 * S)
        assert count(tmp_path, "reading") == 10


async def test_what_a_mirror_has_not_had_goes_to_the_spool(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(ramp(0, 10))
        await seal(store, tmp_path, T0 + 4 * S)
        assert count(tmp_path, "spool") == 0
        await store.change(lambda c: c.execute("INSERT INTO mirror VALUES('slow', 6, 5, 0), ('fast', 10, 10, 0)").get)
        before = ask(tmp_path, "SELECT * FROM reading WHERE seq > 5 ORDER BY seq")
        await seal(store, tmp_path, T0 + 9 * S)
        assert ask(tmp_path, "SELECT seq FROM spool ORDER BY seq") == [(6,), (7,), (8,), (9,)]
        union = "SELECT * FROM spool UNION ALL SELECT * FROM reading ORDER BY seq"
        assert ask(tmp_path, union) == before


async def test_points_that_share_instants_share_an_axis_and_old_axes_go(tmp_path: Path) -> None:
    both = [reading(POINTS, T0 + i * S, {"a.x": 1.0, "a.n_kwh": i}) for i in range(20)]
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write(both[:10])
        await seal(store, tmp_path, T0 + 10 * S)
        assert ask(tmp_path, "SELECT a, n FROM axis") == [(1, 10)]
        await store.write(both[10:])
        await seal(store, tmp_path, T0 + 20 * S)
        assert [n for _, n in ask(tmp_path, "SELECT a, n FROM axis")] == [20]
        axis = ask(tmp_path, "SELECT a, n, t FROM axis")
        await store.write([reading(POINTS, T0 + 3 * S, {"a.x": 2.0, "a.n_kwh": 7})])  # same instants, another value
        await seal(store, tmp_path, T0 + 20 * S)
        assert ask(tmp_path, "SELECT a, n, t FROM axis") == axis
        await store.write([reading(POINTS, T0 + 3 * S + 1, {"a.x": 2.0})])  # an instant that only one of them has
        await seal(store, tmp_path, T0 + 20 * S)
        assert sorted(n for _, n in ask(tmp_path, "SELECT a, n FROM axis")) == [20, 21]
        assert ask(tmp_path, "SELECT count(*) FROM chunk WHERE a NOT IN (SELECT a FROM axis)") == [(0,)]


async def test_source_times_are_kept_where_there_are_any(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        given = [reading(POINTS, T0 + i * S, {"a.x": 1.0, "a.n_kwh": i}, source_t_ns=[i, -i]) for i in range(3)]
        await store.write([*given, reading(POINTS, T0 + 3 * S, {"a.x": 2.0}), *ramp(0, 5, "b.y")])
        await seal(store, tmp_path, T0 + 100 * S)
    found = dict(ask(tmp_path, "SELECT id, s FROM chunk JOIN point USING(p)"))
    none = np.iinfo(np.int64).min
    assert unpack(found["a.x"]) == [0, 1, 2, none]
    assert unpack(found["a.n_kwh"]) == [0, -1, -2]
    assert found["b.y"] is None


def unpack(blob: object) -> list[int]:
    assert isinstance(blob, bytes)
    times = unpack_source(blob)
    assert times is not None
    return times.tolist()


async def test_a_backlog_is_worked_off_in_short_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_read, "MOST_ROWS", 100)
    async with (
        LocalStore.open(tmp_path / "one", POINTS, 10) as one,
        LocalStore.open(tmp_path / "two", POINTS, 10) as two,
    ):
        given = ramp(0, 1000) + [reading(POINTS, T0 + i * 7 * S, {"a.x": -1.0, "a.n_kwh": i}) for i in range(150)]
        for store in (one, two):
            await store.write(given)
        change, rows = one.change, []

        async def counting(work):
            if getattr(work, "func", None) is seal_write.apply:
                rows.append(count(tmp_path / "one", "reading"))
            return await change(work)

        monkeypatch.setattr(one, "change", counting)
        await seal(one, tmp_path / "one", T0 + 2000 * S)
        left = [*rows, count(tmp_path / "one", "reading")]
        assert len(left) > 10
        assert all(0 <= before - after <= 200 for before, after in pairwise(left))
        assert left[-1] == 0
        same(await everything(one), await everything(two))
        monkeypatch.setattr(seal_read, "MOST_ROWS", 10_000)
        await seal(two, tmp_path / "two", T0 + 2000 * S)
        blocks = "SELECT every_s, p, t0_ns, v, c, m FROM rollup ORDER BY every_s, p, t0_ns"
        assert ask(tmp_path / "one", blocks) == ask(tmp_path / "two", blocks)
        chunks = "SELECT p, t, v, q FROM chunk JOIN axis USING(a) ORDER BY p"
        assert ask(tmp_path / "one", chunks) == ask(tmp_path / "two", chunks)
