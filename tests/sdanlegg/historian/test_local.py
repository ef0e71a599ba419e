import asyncio
import sqlite3

import apsw
import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError
from sdanlegg.historian import local as local_module
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.schema import INCREMENTAL, MIGRATIONS
from sdanlegg.historian.writer import Writer
from sdanlegg.metrics import Metrics
from sdanlegg.points import PointTable
from sdanlegg.readings import Reading
from tests.support.history import T0, counter, gauge, reading, table, until, values
from tests.support.points import point, register

S = SECOND_NS
POINTS = table("a.x", "a.e_kwh", "b.x")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "not" / "there yet"


async def test_what_is_offered_is_accepted_within_the_window(folder):
    async with LocalStore.open(folder, POINTS, commit_ms=20) as store:
        store.offer(reading(POINTS, T0, {"a.x": 1.0, "b.x": 2.0}))
        assert store.tally.readings == 0
        await until(lambda: store.tally.readings == 1)
        assert await values(store) == [1.0]
        assert (store.tally.samples, store.tally.commits, store.waiting, store.error) == (2, 1, 0, None)
        assert store.tally.last_commit_ns is not None
        assert 0 < store.tally.commit_seconds < 60


async def test_what_comes_together_is_committed_together(folder):
    async with LocalStore.open(folder, POINTS, commit_ms=3_600_000) as store:
        for i in range(100):
            store.offer(reading(POINTS, T0 + i, {"a.x": 1.0}))
        await store.flush()
        assert (store.tally.readings, store.tally.commits) == (100, 1)


async def test_flush_does_not_wait_for_the_window_and_leaving_writes_all(folder):
    async with LocalStore.open(folder, POINTS, commit_ms=3_600_000) as store:
        store.offer(reading(POINTS, T0, {"a.x": 1.0}))
        async with asyncio.timeout(20):
            await store.flush()
        assert await values(store) == [1.0]
        store.offer(reading(POINTS, T0 + 1, {"a.x": 2.0}))
    async with LocalReader.open(folder) as reader:
        assert await values(reader) == [1.0, 2.0]


async def test_an_error_of_the_body_still_writes_all_and_comes_through(folder):
    async def fail():
        async with LocalStore.open(folder, POINTS, commit_ms=3_600_000) as store:
            store.offer(reading(POINTS, T0, {"a.x": 1.0}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with LocalReader.open(folder) as reader:
        assert await values(reader) == [1.0]


async def test_a_cancelled_body_still_writes_all(folder):
    async def work():
        async with LocalStore.open(folder, POINTS, commit_ms=3_600_000) as store:
            store.offer(reading(POINTS, T0, {"a.x": 1.0}))
            began.set()
            await asyncio.Event().wait()

    began = asyncio.Event()
    task = asyncio.create_task(work())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with LocalReader.open(folder) as reader:
        assert await values(reader) == [1.0]


async def test_a_closed_store_takes_nothing(folder):
    async with LocalStore.open(folder, POINTS) as store:
        pass
    with pytest.raises(StoreError, match="closed"):
        store.offer(reading(POINTS, T0, {"a.x": 1.0}))
    with pytest.raises(StoreError, match="closed"):
        await store.flush()
    with pytest.raises(StoreError, match="closed"):
        await store.write([])


async def test_a_misshapen_reading_is_refused_to_its_maker_and_harms_nobody(folder):
    async with LocalStore.open(folder, POINTS) as store:
        with pytest.raises(ValueError, match="differ"):
            store.offer(Reading("a", T0, np.array([0], np.int32), np.ones(2), np.zeros(2, np.uint16)))
        store.offer(reading(POINTS, T0, {}))
        await store.write([reading(POINTS, T0, {"a.x": 1.0})])
        assert store.tally.readings == 1


async def test_metrics_are_told(folder):
    registry = CollectorRegistry()
    metrics = Metrics.create(registry)
    async with LocalStore.open(folder, POINTS, metrics=metrics) as store:
        await store.write([reading(POINTS, T0 + i, {"a.x": 1.0, "b.x": 1.0}) for i in range(3)])
    assert registry.get_sample_value("sd_store_readings_total") == 3
    assert registry.get_sample_value("sd_store_samples_total") == 6
    assert registry.get_sample_value("sd_store_write_seconds_count") >= 1
    assert registry.get_sample_value("sd_store_errors_total") == 0


async def test_a_second_service_is_refused_and_the_first_goes_on(folder):
    async with LocalStore.open(folder, POINTS) as store:
        with pytest.raises(StoreError, match=f"{folder} is in use by another running service"):
            async with LocalStore.open(folder, POINTS):
                pass
        await store.write([reading(POINTS, T0, {"a.x": 1.0})])
        assert await values(store) == [1.0]
    async with LocalStore.open(folder, POINTS) as store:
        assert await values(store) == [1.0]


async def test_the_file_is_what_is_promised(folder):
    async with LocalStore.open(folder, POINTS) as store:
        await store.write([reading(POINTS, T0, {"a.x": 1.0})])
        connection = apsw.Connection(str(folder / "history.db"))
        assert connection.pragma("journal_mode") == "wal"
        assert connection.pragma("user_version") == len(MIGRATIONS)
        assert connection.pragma("auto_vacuum") == INCREMENTAL
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        kept = {
            "point",
            "layout",
            "reading",
            "text",
            "fact",
            "axis",
            "chunk",
            "rollup",
            "spool",
            "mirror",
            "quarantine",
        }
        assert kept | {"correction", "correction_sample", "dirty"} <= names
        assert not {"cursor", "event"} & names
        connection.close()


@pytest.mark.parametrize("reader_too", [False, True])
async def test_a_newer_schema_is_refused_and_left_alone(folder, reader_too):
    async with LocalStore.open(folder, POINTS):
        pass
    with apsw.Connection(str(folder / "history.db")) as connection:
        connection.pragma("user_version", 99)
    connection.close()
    opening = LocalReader.open(folder) if reader_too else LocalStore.open(folder, POINTS)
    with pytest.raises(StoreError, match=r"history\.db was written by a newer version .*schema 99"):
        async with opening:
            pass
    with sqlite3.connect(folder / "history.db") as other:
        assert other.execute("PRAGMA user_version").fetchone() == (99,)
    other.close()


async def test_points_keep_their_number_and_a_changed_unit_is_told(folder):
    async with LocalStore.open(folder, PointTable([gauge("a.x"), counter("a.e")])):
        pass
    changed = PointTable([counter("a.new"), point("a.x", register("float32"), unit="bar"), counter("a.e")])
    with capture_logs() as logs:
        async with LocalStore.open(folder, changed):
            pass
    assert [(log["event"], log["point"], log["before"], log["now"]) for log in logs] == [
        ("point_unit_changed", "a.x", "1", "bar")
    ]
    connection = apsw.Connection(str(folder / "history.db"))
    found = connection.execute("SELECT p, id, unit, kind, wide FROM point ORDER BY p").fetchall()
    connection.close()
    assert found == [
        (1, "a.x", "bar", "gauge", 0),
        (2, "a.e", "kWh", "counter", 1),
        (3, "a.new", "kWh", "counter", 1),
    ]


async def test_an_unforeseen_end_of_the_writer_is_not_silent(folder, monkeypatch):
    def fault(self, batch):
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(Writer, "_commit", fault)

    async def run():
        async with LocalStore.open(folder, POINTS) as store:
            with pytest.raises(StoreError, match="a fault of the program"):
                await store.write([reading(POINTS, T0, {"a.x": 1.0})])
            with pytest.raises(StoreError, match="a fault of the program"):
                store.offer(reading(POINTS, T0, {"a.x": 1.0}))
            assert "a fault of the program" in store.error

    with pytest.raises(RuntimeError, match="a fault of the program"):
        await run()


async def test_a_write_larger_than_the_queue_waits_for_room(folder):
    async with LocalStore.open(folder, POINTS, queue_bytes=5000) as store:
        await store.write(reading(POINTS, T0 + i, {"a.x": float(i)}) for i in range(500))
        assert (store.dropped, len(await values(store))) == (0, 500)


async def test_a_queue_that_cannot_be_emptied_is_told_at_the_end(folder, monkeypatch):
    monkeypatch.setattr(local_module, "CLOSE_S", 0.3)

    def full(self, batch):
        raise apsw.FullError("full")

    monkeypatch.setattr(Writer, "_commit", full)

    async def run():
        async with LocalStore.open(folder, POINTS, commit_ms=10) as store:
            store.offer(reading(POINTS, T0, {"a.x": 1.0}))
            store.offer(reading(POINTS, T0 + 1, {"a.x": 1.0}))
            await until(lambda: store.error is not None)

    with capture_logs() as logs, pytest.raises(StoreError, match=r"2 readings were not written .* is full"):
        await run()
    assert [log["event"] for log in logs] == ["store_unwritable"]


async def test_a_closed_store_is_one_file(folder):
    async with LocalStore.open(folder, POINTS) as store:
        await store.write([reading(POINTS, T0, {"a.x": 1.0})])
        assert await values(store) == [1.0]
        assert (folder / "history.db-wal").stat().st_size > 0
    assert sorted(path.name for path in folder.iterdir()) == ["history.db", "service.lock"]


async def test_another_program_that_holds_the_file_delays_us_only(folder):
    async with LocalStore.open(folder, POINTS, commit_ms=10) as store:
        other = apsw.Connection(str(folder / "history.db"))
        other.execute("BEGIN IMMEDIATE")
        store.offer(reading(POINTS, T0, {"a.x": 1.0}))
        await until(lambda: "is locked by another program" in (store.error or ""))
        other.execute("ROLLBACK")
        other.close()
        await until(lambda: store.waiting == 0 and store.error is None)
        assert await values(store) == [1.0]
