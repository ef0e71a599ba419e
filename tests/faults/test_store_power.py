"""The power goes at random instants, in the middle of writes too: what was accepted must be in what the disk kept."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import apsw
import pytest
from structlog.testing import capture_logs

from sdanlegg.historian import local, schema, writer
from sdanlegg.historian.local import LocalStore
from tests.support.history import T0, until, values
from tests.support.history_writer import POINTS, numbered
from tests.support.power import Disk, disk

READINGS, CUTS = 300, 80
Connect = Callable[..., apsw.Connection]


@pytest.fixture
def power() -> Iterator[Disk]:
    with disk() as made:
        yield made


def often(path: Path, *, create: bool, synchronous: str | None = None) -> apsw.Connection:
    """Connect as the store does, but checkpoint often, so that cuts fall into checkpoints as well."""
    connection = schema.connect_writer(path, create=create)
    connection.pragma("wal_autocheckpoint", 30)
    if synchronous is not None:
        connection.pragma("synchronous", synchronous)
    return connection


async def cut_often(power: Disk, folder: Path) -> list[int]:
    """Write readings one by one while the power is cut at random; return how many were accepted at each cut."""
    rng, told, cuts = random.Random(1000), 0, []

    def watch() -> None:
        if told and len(cuts) < CUTS and rng.random() < 0.06:
            power.cut(folder / f"cut{len(cuts)}", rng)
            cuts.append(told)

    power.watch = watch
    async with LocalStore.open(folder / "store", POINTS) as store:
        for i in range(READINGS):
            await store.write([numbered(i)])
            told = i + 1
        power.watch = lambda: None
    assert len(cuts) == CUTS
    assert len(set(cuts)) > CUTS // 3
    return cuts


def kept(folder: Path) -> int | None:
    """How many of the first readings are there without a gap; None if the file is damaged."""
    connection = apsw.Connection(str(folder / "history.db"))
    try:
        if connection.pragma("integrity_check") != "ok":
            return None
        times = [row[0] - T0 for row in connection.execute("SELECT t_ns FROM reading ORDER BY seq")]
    except apsw.Error:
        return None
    finally:
        connection.close()
    assert times == list(range(len(times)))
    return len(times)


async def test_a_power_cut_loses_nothing_that_was_accepted(
    tmp_path: Path, power: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "connect_writer", often)
    told = await cut_often(power, tmp_path)
    after = [kept(tmp_path / f"cut{k}") for k in range(CUTS)]
    assert None not in after
    assert [(k, t, a) for k, (t, a) in enumerate(zip(told, after, strict=True)) if a is None or a < t] == []


@pytest.mark.parametrize("guard", ["a disk that lies", "no sync at commit"])
async def test_without_the_guard_the_loss_would_be_seen(
    tmp_path: Path, power: Disk, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    power.lying = guard == "a disk that lies"
    sync = None if power.lying else "NORMAL"
    monkeypatch.setattr(local, "connect_writer", partial(often, synchronous=sync))
    told = await cut_often(power, tmp_path)
    after = [kept(tmp_path / f"cut{k}") for k in range(CUTS)]
    assert [(t, a) for t, a in zip(told, after, strict=True) if a is None or a < t]


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
            assert await values(store, "a.e_kwh") == [0.25, 1.25, 2.25]
    assert opened
    assert kept(tmp_path / "cut") == 3
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
        assert await values(store, "a.e_kwh") == [0.25, 1.25]
