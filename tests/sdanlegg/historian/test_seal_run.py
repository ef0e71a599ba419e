"""The sealer beside the service: when it works, what it says when it cannot, and that it never ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest
from structlog.testing import capture_logs

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError, StoreFullError
from sdanlegg.historian import corrections, seal, seal_read
from sdanlegg.historian.corrections import Wish
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer, due_ns
from sdanlegg.site import Keep
from tests.support.clocks import FastClock
from tests.support.history import T0, reading, table, until, values
from tests.support.truth import OSLO

S = SECOND_NS
QUARTER = 900 * S
POINTS = table("a.x")


class HeldClock(FastClock):
    """Sleeps a twentieth of what is asked for; the wall's time stands until it is set."""

    def __init__(self, now_ns: int) -> None:
        super().__init__(20.0)
        self.t_ns = now_ns

    def now_ns(self) -> int:
        return self.t_ns


@asynccontextmanager
async def running(store: LocalStore, folder: Path, clock: HeldClock, keep: Keep | None = None) -> AsyncIterator[Sealer]:
    sealer = Sealer(store, folder / FILE_NAME, OSLO, clock, keep)
    task = asyncio.create_task(sealer.run())
    try:
        yield sealer
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait({task})


def count(folder: Path, what: str) -> int:
    connection = apsw.Connection(str(folder / FILE_NAME), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        number: int = connection.execute(f"SELECT count(*) FROM {what}").get
        return number
    finally:
        connection.close()


def counted(folder: Path, what: str, number: int) -> Callable[[], bool]:
    return lambda: count(folder, what) == number


def test_a_quarter_is_sealed_two_minutes_after_it_ended() -> None:
    assert due_ns(QUARTER + 119 * S) == 0
    assert due_ns(QUARTER + 120 * S) == QUARTER
    assert due_ns(2 * QUARTER + 119 * S) == QUARTER


async def test_each_quarter_is_sealed_when_it_is_over_and_not_before(tmp_path: Path) -> None:
    first_ns = T0 // QUARTER * QUARTER
    clock = HeldClock(first_ns + 100 * S)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write([reading(POINTS, first_ns + i * 300 * S, {"a.x": float(i)}) for i in range(6)])
        async with running(store, tmp_path, clock) as sealer:
            await until(lambda: sealer.behind_s() == 100.0 + 900.0)
            assert count(tmp_path, "reading") == 6
            clock.t_ns = first_ns + QUARTER + 120 * S
            await until(counted(tmp_path, "reading", 3))
            clock.t_ns = first_ns + 2 * QUARTER + 120 * S
            await until(counted(tmp_path, "reading", 0))
            await until(lambda: sealer.behind_s() == 120.0)
        assert await values(store) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


async def test_a_correction_is_worked_in_without_waiting_for_the_quarter(tmp_path: Path) -> None:
    clock = HeldClock(T0 + 7200 * S)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write([reading(POINTS, T0 + i * S, {"a.x": 1.0}) for i in range(600)])
        async with running(store, tmp_path, clock):
            await until(counted(tmp_path, "reading", 0))
            wish = Wish("a.x", T0, T0 + 300 * S, "linear", "kari", "scale was wrong", gain=3.0)
            await store.change(lambda connection: corrections.add(connection, wish, clock.now_ns()))
            await until(counted(tmp_path, "dirty", 0))
        assert (await store.read(["a.x"], T0, T0 + 60 * S, 60 * S)).values[0, 0] == 3.0


async def test_many_late_rows_are_not_left_until_the_quarter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "MANY_LATE", 100)
    clock = HeldClock(T0 + 7200 * S)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write([reading(POINTS, T0 + i * S, {"a.x": 1.0}) for i in range(10)])
        async with running(store, tmp_path, clock) as sealer:
            await until(counted(tmp_path, "reading", 0))
            await until(lambda: sealer.behind_s() < 1e6)
            await store.write([reading(POINTS, T0 + 600 * S + i * S, {"a.x": 1.0}) for i in range(99)])
            late = await store.ask(lambda connection, _: seal_read.count_late(connection, due_ns(clock.now_ns()), 1000))
            assert late == 99
            await store.write([reading(POINTS, T0 + 700 * S, {"a.x": 1.0})])
            await until(counted(tmp_path, "reading", 0))


async def test_failures_are_told_once_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "RETRY_S", 0.5)
    clock = HeldClock(T0 + 7200 * S)
    tries = []
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write([reading(POINTS, T0 + i * S, {"a.x": float(i)}) for i in range(10)])

        async def full(work: object) -> None:
            tries.append(work)
            raise StoreFullError("the disk is full")

        with capture_logs() as logs, monkeypatch.context() as patch:
            patch.setattr(store, "change", full)
            async with running(store, tmp_path, clock) as sealer:
                await until(lambda: len(tries) >= 3)
                assert sealer.full
                assert await values(store) == [float(i) for i in range(10)]
                patch.undo()
                await until(counted(tmp_path, "reading", 0))
                await until(lambda: not sealer.full)
                await until(lambda: len(logs) == 2)
    assert [(log["event"], log["log_level"]) for log in logs] == [
        ("store_not_sealed", "error"),
        ("store_sealed_again", "info"),
    ]


async def test_a_day_that_cannot_be_read_keeps_no_other_points_from_being_sealed(tmp_path: Path) -> None:
    points = table("a.x", "b.y")
    async with LocalStore.open(tmp_path, points, 10) as store:
        for id_ in ("a.x", "b.y"):
            await store.write([reading(points, T0 + i * S, {id_: float(i)}) for i in range(10)])
        sealer = Sealer(store, tmp_path / FILE_NAME, OSLO, HeldClock(T0))
        await sealer.seal(T0 + 5 * S)
        sql = "UPDATE chunk SET v = x'0102' WHERE p = (SELECT p FROM point WHERE id = 'a.x')"
        await store.change(lambda connection: connection.execute(sql).get)
        with pytest.raises(StoreError, match=r"the samples of a\.x of 2025-06-15 \(UTC\) cannot be read"):
            await sealer.seal(T0 + 20 * S)
        assert count(tmp_path, "reading") == 5
        assert count(tmp_path, "reading WHERE l = 1") == 5


async def test_what_is_kept_no_longer_goes_by_itself(tmp_path: Path) -> None:
    clock = HeldClock(T0 + 30 * 86_400 * S)
    async with LocalStore.open(tmp_path, POINTS, 10) as store:
        await store.write([reading(POINTS, T0 + i * 86_400 * S, {"a.x": float(i)}) for i in range(30)])
        async with running(store, tmp_path, clock, Keep(7.0, 7.0, 7.0)) as sealer:
            await until(lambda: sealer.behind_s() < 1e9)
            await until(counted(tmp_path, "chunk", 7))
        assert await values(store) == [float(i) for i in range(23, 30)]
