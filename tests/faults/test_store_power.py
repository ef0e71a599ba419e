"""The power goes at random instants, in the middle of writes too: what was accepted must be in what the disk kept."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import apsw
import pytest
from structlog.testing import capture_logs

from sdanlegg.errors import SdError
from sdanlegg.historian import local, schema, writer
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import spool
from sdanlegg.historian.seal import Sealer, due_ns
from sdanlegg.site import Keep
from tests.support.clocks import SetClock
from tests.support.history import until, values
from tests.support.nightly import times
from tests.support.numbered import POINTS, START, STEP, accepted, assert_whole, numbered
from tests.support.power import Disk, disk
from tests.support.truth import OSLO

CUTS = times(30, 400)
READINGS = 2700  # 45 hours of the hall
KEEP = Keep(raw=1.2, minute=400.0, quarter=None, hour=None, day=None)
Connect = Callable[..., apsw.Connection]


@pytest.fixture
def power() -> Iterator[Disk]:
    with disk() as made:
        yield made


def often(path: Path, *, create: bool, synchronous: str | None = None) -> apsw.Connection:
    """Connect as the store does, but checkpoint often, so that cuts fall into checkpoints as well."""
    connection = schema.connect_writer(path, create=create)
    connection.pragma("wal_autocheckpoint", 60)
    if synchronous is not None:
        connection.pragma("synchronous", synchronous)
    return connection


@dataclass(frozen=True, slots=True)
class Told:
    """What the program knew to be accepted when the power went: readings, and how far the mirror is."""

    readings: int = 0
    safe_seq: int = 0


class Lives:
    """Writes, seals, deletes, feeds a mirror; at random moments it notes what a power cut would leave."""

    def __init__(self, power: Disk, folder: Path) -> None:
        self._power = power
        self._folder = folder
        self._rng = random.Random(1000)
        self._told = Told()
        self.cuts: list[Told] = []

    def watch(self) -> None:
        if self._told.readings and len(self.cuts) < CUTS and self._rng.random() < CUTS / 6000:
            self._power.cut(self._folder / f"cut{len(self.cuts)}", self._rng)
            self.cuts.append(self._told)

    async def run(self) -> None:
        clock = SetClock(START)
        self._power.watch = self.watch
        async with LocalStore.open(self._folder / "store", POINTS) as store:
            sealer = Sealer(store, self._folder / "store" / schema.FILE_NAME, OSLO, clock, KEEP)
            await store.change(partial(spool.enrol, names=["m"]))
            i = 0
            while i < READINGS:
                group = range(i, i := min(READINGS, i + 1 + i % 60))
                await store.write(map(numbered, group))
                self._told = replace(self._told, readings=i)
                clock.t_ns = START + i * STEP
                if i % 3 == 0:
                    await sealer.seal(due_ns(clock.t_ns))
                    await sealer.prune(slack=0)
                if i % 4 == 0:
                    await store.change(partial(spool.advance, name="m", sent_seq=i // 2, safe_seq=i // 3))
                    self._told = replace(self._told, safe_seq=i // 3)
                    while await store.change(spool.trim):
                        pass
            self._power.watch = lambda: None
        assert len(self.cuts) >= CUTS / 2


async def lost(folder: Path, told: Told) -> str:
    """What a service that starts on what the cut left does not find as it was accepted; empty if all is well."""
    connection = apsw.Connection(str(folder / "history.db"))
    try:
        sound = connection.pragma("integrity_check")
        waiting = {row[0] for row in connection.execute("SELECT seq FROM reading UNION ALL SELECT seq FROM spool")}
        safe_seq = connection.execute("SELECT safe_seq FROM mirror").get
    except apsw.Error as error:
        return str(error)
    finally:
        connection.close()
    try:
        async with LocalStore.open(folder, POINTS) as store:
            count = await accepted(store)
            await assert_whole(store, count)
    except (AssertionError, SdError) as error:
        return f"{told}: {error}"
    replaced = {i - 1 for i in range(count) if i % 53 == 17}  # by a reading of the same instant
    unsent = set(range(safe_seq + 1, count + 1)) - replaced - waiting
    if sound == "ok" and count >= told.readings and safe_seq >= told.safe_seq and not unsent:
        return ""
    return f"{told}: {sound}, {count} readings, mirror safe up to {safe_seq}, for it lost: {unsent}"


@pytest.mark.timeout(60 + 3 * CUTS)
async def test_a_power_cut_loses_nothing_that_was_accepted(
    tmp_path: Path, power: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "connect_writer", often)
    lives = Lives(power, tmp_path)
    await lives.run()
    found = [await lost(tmp_path / f"cut{k}", told) for k, told in enumerate(lives.cuts)]
    assert [what for what in found if what] == []
    assert await lost(tmp_path / "store", Told(READINGS)) == ""


@pytest.mark.parametrize("guard", ["a disk that lies", "no sync at commit", "no sync at all"])
async def test_without_the_guard_the_loss_would_be_seen(
    tmp_path: Path, power: Disk, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    power.lying = guard == "a disk that lies"
    sync = {"a disk that lies": None, "no sync at commit": "NORMAL", "no sync at all": "OFF"}[guard]
    monkeypatch.setattr(local, "connect_writer", partial(often, synchronous=sync))
    lives = Lives(power, tmp_path)
    await lives.run()
    for k, told in enumerate(lives.cuts):
        if await lost(tmp_path / f"cut{k}", told):
            return
    pytest.fail("nothing was found missing")


async def test_a_failed_sync_is_not_believed_and_the_batch_is_written_anew(
    tmp_path: Path, power: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def connect(path: Path, *, create: bool) -> apsw.Connection:
        opened.append(path)
        return schema.connect_writer(path, create=create)

    monkeypatch.setattr(writer, "connect_writer", connect)
    with capture_logs() as logs:
        async with LocalStore.open(tmp_path / "store", POINTS, commit_ms=10) as store:
            await store.write([numbered(0)])
            power.failing_syncs = 2
            store.offer(numbered(1))
            await until(lambda: store.error is not None)
            store.offer(numbered(2))
            await until(lambda: store.waiting == 0)
            assert store.error is None
            power.cut(tmp_path / "cut", random.Random(7))
            assert await values(store, "a.n_kwh") + await values(store, "b.n_kwh") == [0.25, 2.25, 1.25]
    assert opened
    async with LocalStore.open(tmp_path / "cut", POINTS) as store:
        assert await accepted(store) == 3
    assert [log["event"] for log in logs] == ["store_unwritable", "store_writable"]


async def test_a_file_that_went_away_is_not_replaced(tmp_path: Path, power: Disk) -> None:
    folder, away, other = tmp_path / "store", tmp_path / "away", tmp_path / "other"
    async with LocalStore.open(other, POINTS):
        pass
    async with LocalStore.open(folder, POINTS, commit_ms=10) as store:
        await store.write([numbered(0)])
        folder.rename(away)
        power.failing_syncs = 1
        store.offer(numbered(1))
        await until(lambda: "cannot be opened" in (store.error or ""))
        assert not folder.exists()
        other.rename(folder)
        await until(lambda: "is not the file that this service opened" in (store.error or ""))
        folder.rename(other)
        away.rename(folder)
        await until(lambda: store.waiting == 0)
        assert await values(store, "a.n_kwh") + await values(store, "b.n_kwh") == [0.25, 1.25]
