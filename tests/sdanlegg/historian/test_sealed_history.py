"""Reading a history of which a part is sealed."""

import asyncio
import sys
from contextlib import AsyncExitStack
from functools import partial

import numpy as np
import pytest

from sdanlegg.errors import StoreError
from sdanlegg.historian import Days, corrections
from sdanlegg.historian.corrections import Wish
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.quality import BAD, GOOD, MANUAL, UNCERTAIN
from tests.support.history import reading, series
from tests.support.sealed_pair import HOUR, IDS, MINUTE, OSLO, POINTS, START, equal, regular
from tests.support.sealing import seal, sealer
from tests.support.tree import ROOT


async def sealed_store(stack, folder, readings, until_ns):
    store = await stack.enter_async_context(LocalStore.open(folder, POINTS))
    await store.write(readings)
    await seal(store, folder, until_ns)
    return store


async def test_the_ends_are_found_across_the_seal(tmp_path):
    async with AsyncExitStack() as stack:
        store = await sealed_store(stack, tmp_path, regular(2000), START + 30 * HOUR)
        ids = ["a.x", "b.x", "a.e"]
        newest = await store.latest(ids)
        assert newest.t_ns.tolist() == [START + 1999 * MINUTE]
        np.testing.assert_array_equal(newest.values, [[1999.0, np.nan, 3999.0]])
        first, last = await store.first_last(ids, START + HOUR + 1, START + 40 * HOUR)
        assert first.t_ns.tolist()[0] == START + HOUR
        assert last.t_ns.tolist()[0] == START + 1999 * MINUTE
        await seal(store, tmp_path, START + 40 * HOUR)
        assert await store.after(0, 10) == []
        np.testing.assert_array_equal((await store.latest(ids)).values, newest.values)
        first, last = await store.first_last(ids, START + HOUR + 1, START + 40 * HOUR)
        np.testing.assert_array_equal(first.values, [60.0, np.nan, 2060.0])
        np.testing.assert_array_equal(last.values, [1999.0, np.nan, 3999.0])


async def test_a_late_row_beats_what_is_sealed_at_its_instant_for_its_points_only(tmp_path):
    async with AsyncExitStack() as stack:
        store = await sealed_store(stack, tmp_path, regular(600), START + 8 * HOUR)
        late = START + 100 * MINUTE
        await store.write([reading(POINTS, late, {"a.x": -5.0}, BAD), reading(POINTS, late + 7, {"a.x": 7.0})])
        assert series(await store.read(["a.x"], late, late + MINUTE), "a.x") == [
            (late, -5.0, BAD),
            (late + 7, 7.0, GOOD),
        ]
        assert series(await store.read(["a.y"], late, late + MINUTE), "a.y") == [(late, 1100.0, GOOD)]


async def test_a_corrected_newest_sample_is_told_as_corrected(tmp_path):
    async with AsyncExitStack() as stack:
        store = await sealed_store(stack, tmp_path, regular(600), START + 8 * HOUR)
        spans = [(599 * MINUTE, 600 * MINUTE, "a.x"), (300 * MINUTE, 600 * MINUTE, "a.y")]
        for (low, high, id_), action in zip(spans, ("bad", "samples"), strict=True):
            wanted = Wish(id_, START + low, START + high, action, "kari", "replaced")
            if action == "samples":
                wanted = Wish(
                    *(id_, START + low, START + high, action, "kari", "replaced"),
                    t_ns=np.array([START + 300 * MINUTE + 5]),
                    values=np.array([42.0]),
                )
            await store.change(partial(corrections.add, wish=wanted, made_ns=1))
        assert series(await store.latest(["a.x"]), "a.x") == [(START + 599 * MINUTE, 599.0, BAD | MANUAL)]
        assert series(await store.latest(["a.y"]), "a.y") == [(START + 300 * MINUTE + 5, 42.0, UNCERTAIN | MANUAL)]
        untouched = await store.latest(["a.e"])
        assert series(untouched, "a.e") == [(START + 599 * MINUTE, 2599.0, GOOD)]


async def forget(store, *statements):
    """What retention takes away."""

    def work(connection):
        for statement in statements:
            connection.execute(statement)

    await store.change(work)


async def test_where_a_tier_is_gone_the_next_finer_answers_then_samples_then_nothing(tmp_path):
    async with AsyncExitStack() as stack:
        store = await sealed_store(stack, tmp_path, regular(2000), START + 32 * HOUR)
        question = (["a.x", "a.e", "a.s"], START, START + 30 * HOUR)
        hours, days = await store.read(*question, HOUR), await store.read(*question, Days(OSLO))
        for every_s in (3600, 900, 60):
            await forget(store, f"DELETE FROM rollup WHERE every_s IN ({every_s}, 86400)")
            for every, before in ((HOUR, hours), (Days(OSLO), days)):
                found = await store.read(*question, every)
                np.testing.assert_allclose(found.values, before.values, rtol=1e-6)
                np.testing.assert_array_equal(found.quality, before.quality)
        await forget(store, "DELETE FROM chunk", "DELETE FROM axis")
        gone = await store.read(*question, HOUR)
        assert gone.t_ns.tolist() == hours.t_ns.tolist()
        assert np.isnan(gone.values).all()
        assert (gone.coverage == 0).all()


async def test_late_data_from_before_the_oldest_samples_leave_the_tiers_as_they_are(tmp_path):
    async with AsyncExitStack() as stack:
        store = await sealed_store(stack, tmp_path, regular(2000), START + 32 * HOUR)
        question = (["a.x"], START, START + 24 * HOUR, HOUR)
        before = await store.read(*question)
        kept_from = START + 24 * HOUR
        gone = f"DELETE FROM chunk WHERE t0_ns < {kept_from}"
        await forget(store, gone, f"INSERT INTO fact(name, value) VALUES('raw_from_ns', {kept_from})")
        await store.write([reading(POINTS, START + 90 * MINUTE, {"a.x": 1e6})])
        equal(await store.read(*question), before)
        assert series(await store.read(["a.x"], START, START + 24 * HOUR), "a.x") == [(START + 90 * MINUTE, 1e6, GOOD)]


async def test_sealed_days_that_are_damaged_are_named(tmp_path):
    async with AsyncExitStack() as stack:
        store = await sealed_store(stack, tmp_path, regular(600), START + 8 * HOUR)
        await forget(store, "UPDATE chunk SET v = x'00010203'")
        with pytest.raises(StoreError, match=r"history\.db .*cannot be read"):
            await store.read(["a.x"], START, START + HOUR)
        assert (await store.read(["a.x"], START, START + HOUR, HOUR)).values.tolist() == [[29.5]]


async def test_readers_see_the_same_while_it_is_being_sealed(tmp_path):
    """Another process' view as well: a reader of its own knows the file and nothing else."""
    async with LocalStore.open(tmp_path, POINTS) as store, LocalReader.open(tmp_path) as other:
        await store.write(regular(3000))
        questions = [(IDS, START, START + 60 * HOUR, every) for every in (None, 10 * MINUTE, HOUR, Days(OSLO))]
        expected = [await store.read(*question) for question in questions]
        done = asyncio.Event()

        async def work():
            for hour in range(1, 51, 7):
                await sealer(store, tmp_path).seal(START + hour * HOUR)
            done.set()

        async def look(reader):
            looks = 0
            while not done.is_set() or not looks:
                for question, answer in zip(questions, expected, strict=True):
                    equal(await reader.read(*question), answer)
                looks += 1
            return looks

        async with asyncio.TaskGroup() as group:
            group.create_task(work())
            looking = [group.create_task(look(reader)) for reader in (store, other)]
        assert all(task.result() for task in looking)


READ_IN_ANOTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from sdanlegg.historian.reader import LocalReader

async def main(folder, start, end, every):
    async with LocalReader.open(Path(folder)) as reader:
        print("open", flush=True)
        while sys.stdin.readline().strip() == "read":
            frame = await reader.read(["a.x"], int(start), int(end), int(every))
            print(float(frame.values[0, 0]), float(frame.coverage[0, 0]), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_another_process_reads_while_this_one_writes_and_seals(tmp_path):
    async with LocalStore.open(tmp_path, POINTS) as store:
        await store.write(regular(30))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", READ_IN_ANOTHER_PROCESS, str(tmp_path), str(START), str(START + HOUR), str(HOUR)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            async with asyncio.timeout(60):
                assert await child.stdout.readline() == b"open\n"
                for count, seal_it, told in (
                    (30, False, b"15.40625 "),
                    (60, False, b"29.5 1.0"),
                    (60, True, b"29.5 1.0"),
                ):
                    await store.write(regular(count))
                    if seal_it:
                        await seal(store, tmp_path, START + HOUR)
                    child.stdin.write(b"read\n")
                    assert (await child.stdout.readline()).startswith(told)
                child.stdin.write(b"end\n")
                assert await child.wait() == 0
        finally:
            if child.returncode is None:
                child.kill()
