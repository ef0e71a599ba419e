"""The reserve: held while there is room, given up when the disk is full, taken again; what it is there for goes on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.health import judge
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reserve import Reserve
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer
from sdanlegg.metrics import register_reserve
from sdanlegg.readings import Reading
from tests.support.clocks import SetClock
from tests.support.disks import fill, small_disk
from tests.support.history import T0, table, until, values
from tests.support.truth import OSLO

MIB = 1 << 20
POINTS = table("a.x", *(f"a.p{i}" for i in range(999)))
COLUMNS = np.arange(1000, dtype=np.int32)


def wide(i: int) -> Reading:
    """A reading of about 4 KiB whose first value is i; the others are noise that no compression makes smaller."""
    noise = np.random.default_rng(i).normal(size=1000)
    noise[0] = i
    return Reading("a", T0 + i * SECOND_NS, COLUMNS, noise, np.zeros(1000, np.uint16))


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "48m") as folder:
        yield folder


def test_it_is_made_given_up_and_made_again(drive: Path) -> None:
    ballast, full = drive / "ballast", [False]
    reserve = Reserve(drive, 8 * MIB, lambda: full[0], SetClock())
    held = drive / "reserve"
    with capture_logs() as logs:
        reserve.look()
        assert (reserve.held, reserve.detail) == (True, None)
        assert held.stat().st_blocks * 512 >= 8 * MIB
        fill(ballast)
        reserve.look()
        assert not reserve.held
        assert not held.exists()
        assert reserve.detail == "the disk is full or nearly so: the reserve of 8 MiB is given up, make room"
        reserve.look()  # 8 MiB are free now: not enough to take it again
        assert not held.exists()
        ballast.unlink()
        full[0] = True  # somebody's last attempt still failed
        reserve.look()
        assert not held.exists()
        full[0] = False
        reserve.look()
        assert reserve.held
    assert [log["event"] for log in logs] == ["store_reserve_held", "store_reserve_given_up", "store_reserve_held"]


def test_a_failed_write_is_reason_enough(drive: Path) -> None:
    full = [False]
    reserve = Reserve(drive, 8 * MIB, lambda: full[0], SetClock())
    reserve.look()
    full[0] = True
    reserve.look()
    assert not reserve.held


def test_a_disk_without_room_for_it_is_told_of_once(drive: Path) -> None:
    reserve = Reserve(drive, 30 * MIB, lambda: False, SetClock())
    with capture_logs() as logs:
        reserve.look()
        reserve.look()
    assert [log["event"] for log in logs] == ["store_reserve_missing"]
    assert reserve.detail is not None


def test_another_size_takes_the_place_of_the_old_one_and_none_means_none(drive: Path) -> None:
    Reserve(drive, 4 * MIB, lambda: False, SetClock()).look()
    Reserve(drive, 6 * MIB, lambda: False, SetClock()).look()
    assert (drive / "reserve").stat().st_size == 6 * MIB
    nothing = Reserve(drive / "nowhere", 0, lambda: True, SetClock())
    nothing.look()
    assert nothing.detail is None


def test_a_file_with_holes_holds_nothing_and_is_made_anew(drive: Path) -> None:
    with (drive / "reserve").open("wb") as file:
        file.truncate(4 * MIB)
    Reserve(drive, 4 * MIB, lambda: False, SetClock()).look()
    assert (drive / "reserve").stat().st_blocks * 512 >= 4 * MIB


def test_operators_see_it(drive: Path) -> None:
    registry = CollectorRegistry()
    reserve = Reserve(drive, 4 * MIB, lambda: True, SetClock())
    register_reserve(registry, lambda: reserve.held)
    reserve.look()
    assert b"sd_store_reserve_held 0.0" in generate_latest(registry)
    found = judge({}, None, store_note=reserve.detail)
    store = next(check for check in found.checks if check.name == "store")
    assert (store.ok, store.degraded) == (True, True)
    assert store.detail.startswith("the history can be written; the disk is full")


async def test_writing_and_sealing_go_on_when_the_disk_is_full(drive: Path) -> None:
    ballast, folder = drive / "ballast", drive / "store"
    async with LocalStore.open(folder, POINTS, commit_ms=10) as store:
        sealer = Sealer(store, folder / FILE_NAME, OSLO, SystemClock())
        reserve = Reserve(folder, 16 * MIB, lambda: store.tally.full or sealer.full, SystemClock())
        await store.write([wide(i) for i in range(200)])
        working = asyncio.create_task(reserve.run())
        try:
            await until((folder / "reserve").exists)
            await asyncio.to_thread(fill, ballast)
            for i in range(200, 1000):
                store.offer(wide(i))
            await until(lambda: not reserve.held)
            await until(lambda: store.error is None and store.waiting == 0, 60)
            await sealer.seal(T0 + 900 * SECOND_NS)
            assert store.dropped == 0
            assert len(await values(store)) == 1000
            ballast.unlink()
            await until(lambda: reserve.held)
        finally:
            working.cancel()
            await asyncio.wait({working})


async def test_without_it_nothing_is_written_until_there_is_room(drive: Path) -> None:
    """The control of the test above: the same, with no reserve."""
    ballast, folder = drive / "ballast", drive / "store"
    async with LocalStore.open(folder, POINTS, commit_ms=10) as store:
        await store.write([wide(i) for i in range(200)])
        await asyncio.to_thread(fill, ballast)
        for i in range(200, 1000):
            store.offer(wide(i))
        await until(lambda: store.tally.full)
        failures = store.tally.failures
        await until(lambda: store.tally.failures > failures + 2)
        assert store.waiting > 0
        ballast.unlink()
        await until(lambda: store.error is None and store.waiting == 0, 60)
