"""Rows that a mirror has not had, in the order of acceptance, unsealed and spooled; cursors and the cap."""

import os
from pathlib import Path

import apsw
import numpy as np
import pytest

from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import spool
from sdanlegg.historian.mirrors.cover import row_bytes
from sdanlegg.historian.mirrors.lines import told
from sdanlegg.historian.mirrors.spool import Batch, Cursor, Outbox
from sdanlegg.historian.schema import MIGRATIONS
from tests.support.history import T0, reading, table
from tests.support.spooled import POINTS, A, B, expected, fold, numbered, spool_seqs

OPEN = 5  # commit window, ms


async def batch(store: LocalStore, after: int, samples: int = 10_000, outbox: Outbox | None = None) -> Batch | None:
    box = outbox or Outbox("hall", POINTS)
    return await store.ask(lambda connection, catalogue: box.batch(connection, catalogue, after, samples))


async def everything(store: LocalStore, samples: int) -> list[Batch]:
    found, after, box = [], 0, Outbox("hall", POINTS)
    while (one := await batch(store, after, samples, box)) is not None:
        found.append(one)
        after = one.last_seq
    return found


async def enrol(store: LocalStore, *names: str) -> list[str]:
    return await store.change(lambda connection: spool.enrol(connection, names))


async def test_rows_come_once_and_in_order_from_both_tables(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await enrol(store, "m")
        await store.write(numbered(i) for i in range(50))
        await store.change(fold)
        await store.write(numbered(i) for i in range(50, 80))
        batches = await everything(store, 30)
    assert all(10 <= one.samples <= 30 for one in batches)
    lines = [line for one in batches for line in one.lines]
    assert [told(line)[1] for line in lines] == sorted(T0 + i * 1_000_000 for i in range(80) for _ in A)
    assert {told(line) for line in lines} == expected(range(80))
    assert [one.full for one in batches] == [True] * (len(batches) - 1) + [False]
    assert lines[0].startswith(
        b"count,device=a,kind=gauge,point=x,site=hall,system=000.000,unit=1 value=0.0,quality=0i "
    )


async def test_a_row_larger_than_a_batch_comes_alone(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await store.write(numbered(i) for i in range(3))
        assert [one.samples for one in await everything(store, 1)] == [3, 3, 3]
        assert await batch(store, 3) is None


async def test_the_later_of_two_layouts_at_one_instant_comes_in_a_later_batch(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await store.write([numbered(1, A), numbered(1, ("a.x", "b.x")), numbered(1, B)])
        batches = await everything(store, 100)
    assert [len(one.lines) for one in batches] == [3, 2, 1]


async def test_a_point_that_left_the_configuration_is_sent_as_the_file_knows_it(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await store.write([numbered(1)])
    async with LocalStore.open(tmp_path, table("b.x"), OPEN) as store:
        found = await batch(store, 0, outbox=Outbox("hall", table("b.x")))
    assert found is not None
    assert found.lines[2].startswith(
        b"energy,device=a,kind=counter,point=e_kwh,site=hall,unit=kWh value=1.5,quality=0i "
    )


async def test_a_new_mirror_starts_at_what_is_not_sealed(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await store.write(numbered(i) for i in range(10))
        await store.change(fold)
        await store.write(numbered(i) for i in range(10, 15))
        assert await enrol(store, "m") == []
        assert await store.ask(lambda c, _: spool.cursor(c, "m")) == Cursor(10, 10, 0)
        await store.change(fold)
        assert await enrol(store, "m", "late") == []
        assert await store.ask(lambda c, _: spool.cursor(c, "m")) == Cursor(10, 10, 0)
        assert await store.ask(lambda c, _: spool.cursor(c, "late")) == Cursor(15, 15, 0)
        assert await spool_seqs(store) == [11, 12, 13, 14, 15]


async def test_a_mirror_that_is_named_no_longer_does_not_hold_the_spool(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await enrol(store, "stays", "leaves")
        await store.write(numbered(i) for i in range(10))
        await store.change(fold)
        await store.change(lambda c: spool.advance(c, "stays", 10, 8))
        assert await spool_seqs(store) == list(range(1, 11))
        assert await enrol(store, "stays") == ["leaves"]
        await store.change(spool.trim)
        assert await spool_seqs(store) == [9, 10]
        assert await enrol(store) == ["stays"]
        await store.change(spool.trim)
        assert await spool_seqs(store) == []


async def test_safe_never_goes_back(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await enrol(store, "m")
        await store.change(lambda c: spool.advance(c, "m", 9, 7))
        await store.change(lambda c: spool.advance(c, "m", 7, 5))
        assert await store.ask(lambda c, _: spool.cursor(c, "m")) == Cursor(7, 7, 0)


async def test_trimming_has_an_end_in_each_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdanlegg.historian.mirrors.spool._TRIM_ROWS", 4)
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await enrol(store, "m")
        await store.write(numbered(i) for i in range(10))
        await store.change(fold)
        assert [await store.change(lambda c: spool.advance(c, "m", 10, 10)) for _ in range(3)] == [True, True, False]
        assert await spool_seqs(store) == []


async def test_the_backlog_is_told(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await enrol(store, "m")
        await store.write(numbered(i) for i in range(10))
        found = await store.ask(lambda c, _: spool.backlog(c, Cursor(4, 2, 0)))
        assert (found.rows, found.oldest_ns, found.spool_bytes) == (6, T0 + 4_000_000, 0)
        await store.change(fold)
        found = await store.ask(lambda c, _: spool.backlog(c, Cursor(4, 2, 0)))
        assert (found.rows, found.oldest_ns, found.spool_bytes) == (6, T0 + 4_000_000, int(8 * row_bytes(16)))
        found = await store.ask(lambda c, _: spool.backlog(c, Cursor(10, 10, 0)))
        assert (found.rows, found.oldest_ns, found.spool_bytes) == (0, None, 0)


@pytest.mark.parametrize("blobs", [(4,), (20, 56, 120, 400), (1200,), (60, 60, 60, 300)])
def test_the_estimated_size_is_near_the_files(tmp_path: Path, blobs: tuple[int, ...]) -> None:
    connection = apsw.Connection(str(tmp_path / "x.db"))
    for migration in MIGRATIONS:
        connection.execute(migration)
    before = connection.pragma("page_count")
    rng = np.random.default_rng(1)
    seqs = 10**7 + np.cumsum(rng.integers(1, 4, 30_000))  # some numbers are missing
    with connection:
        for i, seq in enumerate(seqs.tolist()):
            row = (seq, i % 40, T0 + i * 10**8, os.urandom(blobs[i % len(blobs)]))
            connection.execute("INSERT INTO spool VALUES(?, ?, ?, ?, NULL, NULL)", row)
    size = (connection.pragma("page_count") - before) * 4096
    assert spool.spool_bytes(connection, 0) == pytest.approx(size, rel=0.15)
    assert spool.spool_bytes(connection, int(seqs[15_000])) == pytest.approx(size / 2, rel=0.2)
    connection.close()


async def test_what_is_beyond_the_cap_leaves_oldest_first_and_is_counted(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await enrol(store, "m", "other")
        await store.write(numbered(i) for i in range(2000))
        await store.change(fold)
        await store.change(lambda c: spool.advance(c, "m", 500, 100))
        await store.change(lambda c: spool.advance(c, "other", 300, 300))
        cap = int(1000 * row_bytes(16))
        left = await store.change(lambda c: spool.enforce_cap(c, "m", cap))
        assert 1040 <= left.safe_seq <= 1060  # the cap holds 1000 rows, 950 are left
        assert left == Cursor(left.safe_seq, left.safe_seq, 3 * (left.safe_seq - 500))  # 500 had been sent
        assert await store.change(lambda c: spool.enforce_cap(c, "m", cap)) == left
        assert (await spool_seqs(store))[0] == 301  # the other mirror has its own cap
        await store.change(lambda c: spool.enforce_cap(c, "other", cap))
        assert (await spool_seqs(store))[0] > 1000


async def test_the_quarantine_keeps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdanlegg.historian.mirrors.spool.QUARANTINE_ROWS", 3)
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        for mirror in ("m", "other"):
            for k in range(3):
                rows = [("a.x", k, f"line {k}", "why", 5), ("a.y", k, f"line {k}", "why", 5)]
                await store.change(lambda c, m=mirror, r=rows: spool.quarantine(c, m, r))  # type: ignore[misc]
        sql = "SELECT mirror, point, t_ns, line, reason, at_ns FROM quarantine ORDER BY id"
        found = await store.ask(lambda c, _: list(c.execute(sql)))
    assert [row[:3] for row in found] == [
        (m, *rest) for m in ("m", "other") for rest in (("a.y", 1), ("a.x", 2), ("a.y", 2))
    ]
    assert found[0][3:] == ("line 1", "why", 5)


async def test_missing_values_have_their_quality_and_no_value(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, OPEN) as store:
        await store.write([reading(POINTS, T0, {"a.x": float("nan"), "a.y": 2.5}, [0x8001, 0])])
        found = await batch(store, 0)
    assert found is not None
    assert [line.split(b" ")[1] for line in found.lines] == [b"quality=32769i", b"value=2.5,quality=0i"]
