import asyncio

import apsw
import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.query import NO_TIME
from sdanlegg.historian.reader import LocalReader
from sdanlegg.quality import BAD, UNCERTAIN
from tests.support.history import T0, reading, table, until, values

S = SECOND_NS
POINTS = table("a.x", "a.e_kwh", "b.x")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "not" / "there yet"


async def test_another_program_reads_while_we_write(folder):
    async with LocalStore.open(folder, POINTS) as store, LocalReader.open(folder) as other:
        await store.write([reading(POINTS, T0, {"a.x": 1.0})])
        assert await values(other) == [1.0]
        await store.write([reading(POINTS, T0 + 1, {"b.x": 2.0})])
        assert await values(other, "b.x") == [2.0]


async def test_a_reader_of_an_empty_folder_says_so(folder):
    with pytest.raises(StoreError, match=r"history\.db"):
        async with LocalReader.open(folder):
            pass


async def test_first_last_gives_the_counters_at_the_ends(folder):
    start, end = T0, T0 + 100 * S
    async with LocalStore.open(folder, POINTS) as store:

        async def ends(*ids, **more):
            first, last = await store.first_last(ids, start, end, **more)
            ages = [None if t == NO_TIME else (t - start) // S for t in first.t_ns]
            return (
                ages,
                first.values.tolist(),
                [None if t == NO_TIME else (t - start) // S for t in last.t_ns],
                (last.values.tolist()),
            )

        ages, first, lasts, last = await ends("a.e_kwh")
        assert (ages, lasts) == ([None], [None])
        assert np.isnan([*first, *last]).all()

        await store.write([reading(POINTS, start + 7 * S, {"a.x": 1.0, "a.e_kwh": 107.0})])
        assert await ends("a.e_kwh") == ([7], [107.0], [7], [107.0])

        await store.write([reading(POINTS, start - 30 * S, {"a.x": 1.0, "a.e_kwh": 70.0})])
        await store.write([reading(POINTS, start - 20 * S, {"a.x": 1.0, "a.e_kwh": 131072.01}, UNCERTAIN)])
        for t in (-10, 98):
            await store.write([reading(POINTS, start + t * S, {"a.x": 1.0, "a.e_kwh": 5.0}, BAD)])
            await store.write([reading(POINTS, start + (t + 1) * S, {"a.x": np.nan, "a.e_kwh": np.nan}, BAD)])
        await store.write([reading(POINTS, end, {"a.x": 1.0, "a.e_kwh": 300.0})])
        assert await ends("a.e_kwh") == ([-20], [131072.01], [7], [107.0])
        assert await ends("a.e_kwh", lookback_ns=15 * S) == ([7], [107.0], [7], [107.0])

        await store.write(
            [reading(POINTS, start, {"a.x": 1.0, "a.e_kwh": 100.0}), reading(POINTS, start, {"b.x": 3.0})]
        )
        assert await ends("b.x", "a.e_kwh", "b.x") == ([0, 0, 0], [3.0, 100.0, 3.0], [0, 7, 0], [3.0, 107.0, 3.0])


async def test_a_question_that_is_withdrawn_stops(folder, monkeypatch):
    monkeypatch.setattr("sdanlegg.historian.reader.MAX_VALUES", 10**12)
    async with LocalStore.open(folder, POINTS) as store:
        await store.write(reading(POINTS, T0 + i, {"a.x": float(i)}) for i in range(20_000))
        slow = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
        ended = []

        def endless(session):
            try:
                session.connection.execute(slow).get  # noqa: B018
            except apsw.InterruptError:
                ended.append(True)
                raise

        task = asyncio.create_task(store._reader._ask(endless))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: ended == [True])
        assert len(await values(store)) == 20_000


async def test_closing_stops_what_is_being_read(folder):
    async with LocalStore.open(folder, POINTS) as store:
        slow = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
        task = asyncio.create_task(store._reader._ask(lambda session: session.connection.execute(slow).get))
        await asyncio.sleep(0.1)
    with pytest.raises(StoreError, match="interrupted"):
        await task


async def test_an_answer_that_is_too_large_is_refused_before_it_is_read(folder, monkeypatch):
    monkeypatch.setattr("sdanlegg.historian.reader.MAX_VALUES", 1000)
    async with LocalStore.open(folder, POINTS) as store:
        for id_ in ("a.x", "b.x"):
            await store.write(reading(POINTS, T0 + 2 * i + (id_ == "b.x"), {id_: 1.0}) for i in range(400))
        assert (await store.read(["a.x"], T0, T0 + 2000)).t_ns.size == 400
        with pytest.raises(ValueError, match="1600 cells, 1000 at most: ask for fewer points"):
            await store.read(["a.x", "b.x"], T0, T0 + 2000)
        with pytest.raises(ValueError, match="2000 values"):
            await store.read(["a.x"], T0 // 2000 * 2000, T0 // 2000 * 2000 + 2000, 1)
        await store.write(reading(POINTS, T0 + i, {"a.x": 1.0, "b.x": 1.0}) for i in range(400))
        with pytest.raises(ValueError, match=r"\d+ values, 1000 at most"):
            await store.read(["a.x", "b.x"], T0, T0 + 2000)


async def test_long_ranges_are_read_in_pieces_that_meet(folder, monkeypatch):
    monkeypatch.setattr("sdanlegg.historian.query.BLOCK_CELLS", 1)
    async with LocalStore.open(folder, POINTS) as store:
        first = T0 // (60 * S) * 60 * S
        await store.write(reading(POINTS, first + i * S, {"a.x": float(i), "a.e_kwh": float(i)}) for i in range(180))
        await store.write(reading(POINTS, first + i * S, {"a.x": -1.0}) for i in range(30, 50))
        frame = await store.read(["a.x", "a.e_kwh"], first, first + 180 * S, 60 * S)
        expected = [(sum(range(60)) - sum(range(30, 50)) - 20) / 60, 89.5, 149.5]
        np.testing.assert_allclose(frame.values[:, 0], expected)
        assert frame.values[:, 1].tolist() == [59.0, 119.0, 179.0]
        assert (frame.coverage == 1).all()
