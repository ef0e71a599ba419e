"""A day of one point, or a page of the file, is damaged: it is named, everything else goes on, no backup hides it."""

import asyncio
import random
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import apsw
import numpy as np
import pytest
from structlog.testing import capture_logs

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError
from sdanlegg.historian.backup import Copying, check_copy
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import RETRY_S, Sealer
from sdanlegg.onward import newest_ns
from tests.support.clocks import SetClock
from tests.support.history import reading, series, until
from tests.support.numbered import POINTS, START, STEP, extent, numbered, truth_of
from tests.support.sealing import seal
from tests.support.truth import HOUR, OSLO, assert_intervals, assert_raw

COUNT = 3200  # two days and more
DAY = int(datetime(2026, 10, 25, tzinfo=UTC).timestamp()) * 10**9
NAMED = r"history\.db is damaged: the samples of a\.x of 2026-10-25 \(UTC\) cannot be read"
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda blob: blob[: len(blob) // 2],
    "empty": lambda _: b"",
    "one bit": lambda blob: blob[:40] + bytes([blob[40] ^ 4]) + blob[41:],
    "noise": lambda blob: random.Random(5).randbytes(len(blob)),
}


async def fill(folder: Path) -> None:
    async with LocalStore.open(folder, POINTS) as store:
        await store.write(map(numbered, range(COUNT)))
        await seal(store, folder, START + COUNT * STEP)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage") / "store"
    asyncio.run(fill(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path, filled: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "store"))


def damage(folder: Path, how: Callable[[bytes], bytes], column: str = "v") -> None:
    """Change what the file has of a.x on one day."""
    connection = apsw.Connection(str(folder / FILE_NAME))
    where = "p = (SELECT p FROM point WHERE id = 'a.x') AND t0_ns = ?"
    blob = connection.execute(f"SELECT {column} FROM chunk WHERE {where}", (DAY,)).get
    connection.execute(f"UPDATE chunk SET {column} = ? WHERE {where}", (how(blob), DAY))
    connection.close()


def back_up(folder: Path) -> None:
    copy = folder.parent / "copy.db"
    Copying(folder / FILE_NAME, copy).run()
    check_copy(copy)


@pytest.mark.parametrize(("column", "how"), [*(("v", how) for how in DAMAGES), ("q", "one bit")])
async def test_a_damaged_day_is_named_and_everything_else_can_be_read(folder: Path, column: str, how: str) -> None:
    back_up(folder)
    (folder.parent / "copy.db").unlink()
    damage(folder, DAMAGES[how], column)
    truth = truth_of(COUNT)
    start_ns, end_ns = extent(COUNT)
    async with LocalReader.open(folder) as reader:
        for ids in (["a.x"], ["b.x", "a.x"]):
            with pytest.raises(StoreError, match=NAMED):
                await reader.read(ids, DAY, DAY + HOUR)
        found = series(await reader.read(["a.x"], DAY + 24 * HOUR, end_ns), "a.x")
        np.testing.assert_array_equal(np.array(found), np.array(truth.raw("a.x", DAY + 24 * HOUR, end_ns)))
        await assert_intervals(reader, truth, start_ns, end_ns)  # from the tiers, of every point
        del truth.samples["a.x"]
        await assert_raw(reader, truth, start_ns, end_ns)
        assert await newest_ns(reader, list(POINTS.column)) > DAY
    with pytest.raises(
        StoreError, match=r"no backup was made: the samples of a\.x of 2026-10-25 \(UTC\) cannot be read"
    ):
        back_up(folder)


class Counting(Sealer):
    """Counts how often it tries."""

    attempts = 0

    async def _seal(self, until_ns: int, pause_s: float) -> None:
        self.attempts += 1
        await super()._seal(until_ns, pause_s)


def unsealed(folder: Path) -> int:
    connection = apsw.Connection(str(folder / FILE_NAME), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return int(connection.execute("SELECT count(*) FROM reading").get)
    finally:
        connection.close()


async def test_writing_and_sealing_of_the_others_go_on_and_the_sealer_does_not_spin(folder: Path) -> None:
    """A late sample comes to the damaged day: it waits in its row, and sealing it is tried now and then."""
    connection = apsw.Connection(str(folder / FILE_NAME))
    whole = connection.execute("SELECT v FROM chunk WHERE p = 1 AND t0_ns = ?", (DAY,)).get
    connection.close()
    damage(folder, DAMAGES["noise"])
    clock = SetClock(START + COUNT * STEP + HOUR)
    late = reading(POINTS, DAY + 3 * HOUR + 7, {"a.x": 5.0, "a.y": 5.0, "a.n_kwh": 5.0})
    fresh = [reading(POINTS, clock.t_ns + i, {"b.x": 7.0, "b.v_st": 1.0, "b.n_kwh": 9e6}) for i in range(9)]
    with capture_logs() as logs:
        async with LocalStore.open(folder, POINTS, clock=clock) as store:
            await store.write([late, *fresh])
            sealer = Counting(store, folder / FILE_NAME, OSLO, clock)
            running = asyncio.create_task(sealer.run())
            end_ns = clock.t_ns + HOUR
            await until(lambda: clock.t_ns > end_ns, 60)
            tried = sealer.attempts
            assert 1 < tried <= HOUR // SECOND_NS / RETRY_S + 1
            assert unsealed(folder) == 1
            found = await store.read(["a.y"], late.t_ns, late.t_ns + 1)
            assert found.values.tolist() == [[5.0]]
            await store.write([fresh[0]])
            damage(folder, lambda _: whole)
            await until(lambda: unsealed(folder) == 0, 60)
            running.cancel()
    told = [log for log in logs if log["event"] in {"store_not_sealed", "store_sealed_again", "store_unwritable"}]
    assert [log["event"] for log in told][:2] in (["store_not_sealed"], ["store_not_sealed", "store_sealed_again"])
    assert re.search(NAMED, told[0]["err"])


async def test_a_damaged_page_is_told_and_no_backup_is_made(folder: Path) -> None:
    path = folder / FILE_NAME
    async with LocalStore.open(folder, POINTS):
        pass  # leaves all in the one file
    octets = path.read_bytes()
    for begin in range(len(octets) // 3 // 4096 * 4096, len(octets) * 2 // 3, 4096):
        octets = octets[:begin] + b"\xee" * 4096 + octets[begin + 4096 :]
    path.write_bytes(octets)
    with pytest.raises(StoreError, match=r"history\.db is damaged"):
        back_up(folder)
    start_ns, end_ns = extent(COUNT)
    async with LocalReader.open(folder) as reader:
        with pytest.raises(StoreError, match=r"history\.db is damaged"):
            await assert_raw(reader, truth_of(COUNT), start_ns, end_ns)


async def test_a_whole_file_is_backed_up(folder: Path) -> None:
    back_up(folder)
