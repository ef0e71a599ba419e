"""The disk is full, read-only, or holds something else: no crash, nothing lost that was accepted, a clear sentence."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import numpy as np
import pytest
from structlog.testing import capture_logs

from sdanlegg.errors import StoreError
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.readings import Reading
from tests.support.disks import fill, mount, small_disk
from tests.support.history import T0, reading, table, until, values

POINTS = table("a.x", *(f"a.p{i}" for i in range(999)))
COLUMNS = np.arange(1000, dtype=np.int32)


def wide(i: int) -> Reading:
    """A reading of about 4 KiB whose first value is i."""
    return Reading("a", T0 + i, COLUMNS, np.full(1000, float(i)), np.zeros(1000, np.uint16))


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "4m") as folder:
        yield folder


def integrity(folder: Path) -> object:
    connection = apsw.Connection(str(folder / "history.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return connection.pragma("integrity_check")
    finally:
        connection.close()


async def test_on_a_full_disk_readings_wait_and_are_written_once_there_is_room(drive: Path) -> None:
    ballast = drive / "ballast"
    with capture_logs() as logs:
        async with LocalStore.open(drive / "store", POINTS, commit_ms=10) as store:
            await store.write([wide(0)])
            fill(ballast)
            for i in range(1, 200):
                store.offer(wide(i))
            await until(lambda: store.error is not None)
            assert store.error == f"the disk that holds {drive}/store/history.db is full"
            with pytest.raises(StoreError, match="is full"):
                await store.write([wide(200)])
            assert (await values(store))[0] == 0.0
            failures = store.tally.failures
            await until(lambda: store.tally.failures > failures)
            assert integrity(drive / "store") == "ok"
            ballast.unlink()
            await until(lambda: store.error is None and store.waiting == 0, 30)
            assert store.dropped == 0
            await store.write([wide(201)])
            assert await values(store) == [float(i) for i in range(202)]
    assert [log["event"] for log in logs] == ["store_unwritable", "store_writable"]
    assert integrity(drive / "store") == "ok"


async def test_a_disk_that_stays_full_costs_bounded_memory_and_the_oldest_readings(drive: Path) -> None:
    ballast = drive / "ballast"
    async with LocalStore.open(drive / "store", POINTS, commit_ms=10, queue_bytes=200_000) as store:
        await store.write([wide(0)])
        fill(ballast)
        store.offer(wide(1))
        await until(lambda: store.error is not None)
        for i in range(2, 200):
            store.offer(wide(i))
        assert store.waiting < 52
        assert store.dropped == 200 - 1 - store.waiting
        ballast.unlink()
        await until(lambda: store.error is None and store.waiting == 0, 30)
        got = await values(store)
    # the batch in the writer's hands, and the newest that found room
    assert got[:2] == [0.0, 1.0]
    assert got[2:] == [float(i) for i in range(200 - len(got) + 2, 200)]
    assert len(got) + store.dropped == 200


async def test_a_disk_too_small_for_what_is_there_never_damages_the_file(drive: Path) -> None:
    """Fill the disk with history itself, several times over, freeing a little each time."""
    ballast = [drive / f"ballast{k}" for k in range(6)]
    for path in ballast:
        path.write_bytes(bytes(400_000))
    told: set[float] = set()
    i = 0
    async with LocalStore.open(drive / "store", POINTS, commit_ms=5) as store:
        for path in ballast:
            while store.error is None:
                try:
                    await store.write([wide(i)])
                    told.add(float(i))
                except StoreError:
                    assert store.error is not None
                i += 1
            assert integrity(drive / "store") == "ok"
            path.unlink()
            await until(lambda: store.error is None and store.waiting == 0, 30)
        assert told <= set(await values(store))
    assert integrity(drive / "store") == "ok"
    assert len(told) > 100


async def test_a_read_only_disk_is_refused_with_its_path_and_can_be_read(drive: Path) -> None:
    folder = drive / "store"
    async with LocalStore.open(folder, POINTS) as store:
        await store.write([wide(5)])
    mount("-o", "remount,ro", str(drive))
    for unwritable in (folder, drive / "new"):
        with pytest.raises(StoreError, match=str(unwritable)):
            async with LocalStore.open(unwritable, POINTS):
                pass
    mount("-o", "remount,rw", str(drive))
    async with LocalStore.open(folder, POINTS) as store:
        assert await values(store) == [5.0]


async def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("no folder")
    with pytest.raises(StoreError, match=f"{tmp_path}/store"):
        async with LocalStore.open(tmp_path / "store", POINTS):
            pass


async def filled(folder: Path) -> Path:
    async with LocalStore.open(folder, POINTS) as store:
        await store.write(wide(i) for i in range(200))
    return folder / "history.db"


@pytest.mark.parametrize("damage", ["another file", "header", "cut short"])
async def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    path = await filled(tmp_path / "store")
    good = path.read_bytes()
    bad = {"another file": b"punktliste\n" * 500, "header": bytes(200) + good[200:], "cut short": good[:5000]}[damage]
    path.write_bytes(bad)
    with pytest.raises(StoreError, match=r"history\.db is damaged .*restore it from a backup"):
        async with LocalStore.open(path.parent, POINTS):
            pass
    assert path.read_bytes() == bad


async def test_damage_within_is_told_to_readers_and_writing_does_not_end_the_service(tmp_path: Path) -> None:
    path = await filled(tmp_path / "store")
    good = path.read_bytes()
    half = len(good) // 2 // 4096 * 4096
    path.write_bytes(good[:half] + b"\xee" * (len(good) - half))
    async with LocalReader.open(path.parent) as reader:
        with pytest.raises(StoreError, match=r"history\.db"):
            await values(reader)

    async def run() -> None:
        async with LocalStore.open(path.parent, POINTS, commit_ms=10) as store:
            store.offer(reading(POINTS, T0 + 10**6, {"a.x": 1.0}))
            await until(lambda: store.error is not None or store.waiting == 0)
            with pytest.raises(StoreError, match=r"history\.db"):
                await store.read(list(POINTS.column), T0, T0 + 10**7)
            store.offer(reading(POINTS, T0 + 10**6 + 1, {"a.x": 1.0}))

    with pytest.raises(StoreError, match=r"history\.db"):
        await run()
