"""The disk is full or read-only: the reserve is spent, live values go on, what waited is caught up with."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from sdanlegg.clock import SystemClock
from sdanlegg.errors import StoreError
from sdanlegg.historian import seal
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.reserve import Reserve
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer
from sdanlegg.site import Keep
from tests.support.clocks import SetClock
from tests.support.counting_hall import COUNTERS, Meters, folder, meters
from tests.support.disks import fill, small_disk
from tests.support.history import series, until
from tests.support.numbered import POINTS, START, STEP, assert_whole, numbered
from tests.support.power import Disk, disk
from tests.support.service import Service, service
from tests.support.service import until as wait_for
from tests.support.truth import OSLO

MIB = 1 << 20
RESERVE_MIB = 6


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "40m") as mounted:
        yield mounted


def shown(s: Service, name: str) -> float:
    """A figure of /metrics."""
    lines = httpx.get(f"{s.api}/metrics", timeout=10).text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(name + " "))


def live(s: Service) -> float:
    return float(s.values("m1")[COUNTERS[0]]["value"] or 0)


async def accepted(data: Path) -> dict[str, list[float]]:
    async with LocalReader.open(data) as reader:
        frame = await reader.read(list(COUNTERS), 0, 2**62)
    return {id_: [value for _, value, _ in series(frame, id_)] for id_ in COUNTERS}


def assert_counted_on(counts: dict[str, list[float]], served: Meters) -> None:
    """Every answer of every meter until a moment ago is there, once."""
    for unit, id_ in enumerate(COUNTERS, 1):
        assert counts[id_] == list(range(1, len(counts[id_]) + 1))
        assert len(counts[id_]) > served.counts[unit] - 20


def test_the_service_on_a_full_disk(drive: Path, tmp_path: Path) -> None:
    data, held, ballast = drive / "data", drive / "data" / "reserve", [drive / "ballast1", drive / "ballast2"]
    with (
        meters() as served,
        service(folder(tmp_path, served.port, reserve_mib=RESERVE_MIB), tmp_path, data_dir=data) as s,
    ):
        wait_for("the reserve is held and the service ready", lambda: held.exists() and s.ready(), 60)
        wait_for("readings are accepted", lambda: shown(s, "sd_store_samples_total") > 20, 30)

        fill(ballast[0])
        wait_for("the reserve is given up", lambda: not held.exists(), 30)
        before = shown(s, "sd_store_samples_total")
        wait_for("writing goes on", lambda: shown(s, "sd_store_samples_total") > before + 20, 30)
        assert s.ready()

        fill(ballast[1])
        wait_for("the history cannot be written", lambda: not s.ready(), 60)
        before, waiting = live(s), shown(s, "sd_store_waiting_readings")
        wait_for("live values go on", lambda: live(s) > before + 3, 30)
        wait_for("readings wait", lambda: shown(s, "sd_store_waiting_readings") > waiting, 30)
        assert "is full" in s.run.text()

        for path in ballast:
            path.unlink()
        wait_for("all is well within 30 s", lambda: s.ready() and shown(s, "sd_store_waiting_readings") == 0, 30)
        wait_for("the reserve is held again", held.exists, 30)
        assert shown(s, "sd_store_dropped_total") == 0
        assert_counted_on(asyncio.run(accepted(data)), served)
        s.run.stop()
        assert "Traceback" not in s.run.text()
    assert_counted_on(asyncio.run(accepted(data)), served)


@asynccontextmanager
async def full(drive: Path, *, reserve: bool) -> AsyncIterator[tuple[LocalStore, Sealer]]:
    """A store with two days of history on a disk that somebody else fills, with the reserve at work or not."""
    data, clock = drive / "data", SetClock(START + 3200 * STEP)
    async with LocalStore.open(data, POINTS, 10) as store:
        await store.write(map(numbered, range(3200)))
        sealer = Sealer(store, data / FILE_NAME, OSLO, clock, Keep(raw=1.2, minute=400.0))
        kept = Reserve(data, RESERVE_MIB * MIB if reserve else 0, lambda: store.tally.full, SystemClock())
        kept.look()
        await asyncio.to_thread(fill, drive / "ballast")
        kept.look()
        yield store, sealer


async def test_sealing_and_deleting_make_room_with_what_the_reserve_gives(drive: Path) -> None:
    async with full(drive, reserve=True) as (store, sealer):
        rows = "SELECT count(*) FROM reading"
        await sealer.seal(seal.due_ns(START + 3200 * STEP))
        await sealer.prune(slack=0)
        assert await store.ask(lambda connection, _: connection.execute(rows).get) < 100
        assert await store.ask(lambda connection, _: connection.pragma("freelist_count")) == 0
        await store.write(map(numbered, range(3200, 3300)))
        await assert_whole(store, 3300)


async def test_without_the_reserve_nothing_makes_room(drive: Path) -> None:
    """The control of the test above: a full disk locks itself."""
    async with full(drive, reserve=False) as (store, sealer):
        with pytest.raises(StoreError, match="is full"):
            await sealer.seal(seal.due_ns(START + 3200 * STEP))
        with pytest.raises(StoreError, match="is full"):
            await store.write(map(numbered, range(3200, 4200)))
        with pytest.raises(StoreError, match="is full"):
            await sealer.seal(seal.due_ns(START + 3200 * STEP))
        (drive / "ballast").unlink()
        await until(lambda: store.waiting == 0)


@pytest.fixture
def power() -> Iterator[Disk]:
    with disk() as made:
        yield made


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the layer's own, while SQLite closes
async def test_a_disk_that_becomes_read_only_and_writable_again(tmp_path: Path, power: Disk) -> None:
    """Readings wait, what is there can be read, sealing waits; then all is caught up."""
    clock = SetClock(START + 1000 * STEP)
    with capture_logs() as logs:
        async with LocalStore.open(tmp_path, POINTS, 10) as store:
            sealer = Sealer(store, tmp_path / FILE_NAME, OSLO, clock)
            await store.write(map(numbered, range(1000)))
            power.read_only = True
            for i in range(1000, 1500):
                store.offer(numbered(i))
            await until(lambda: store.error is not None)
            failures = store.tally.failures
            await until(lambda: store.tally.failures > failures + 1)
            assert store.error is not None
            assert str(tmp_path) in store.error
            with pytest.raises(StoreError):
                await sealer.seal(seal.due_ns(clock.t_ns))
            assert store.waiting == 500
            assert store.tally.failures < 50  # tried now and then, also while others ask for the writer
            await assert_whole(store, 1000)
            power.read_only = False
            await until(lambda: store.error is None and store.waiting == 0, 30)
            await sealer.seal(seal.due_ns(clock.t_ns))
            await assert_whole(store, 1500)
            assert store.dropped == 0
    assert [log["event"] for log in logs] == ["store_unwritable", "store_writable"]
