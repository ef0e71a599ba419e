"""What is sealed is answered as if it were not: to the last digit."""

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import StoreError
from sdanlegg.historian import Days, corrections
from sdanlegg.historian.corrections import Wish
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.reader import LocalReader
from sdanlegg.historian.tiers import NAMES
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD, MANUAL, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import counter, gauge, reading, series, state
from tests.support.points import point, register
from tests.support.sealing import seal, sealer
from tests.support.tree import ROOT

S = SECOND_NS
MINUTE, HOUR = 60 * S, 3600 * S
OSLO = ZoneInfo("Europe/Oslo")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its clocks move by half an hour
START = 1_774_656_000 * S  # 2026-03-28 00:00 UTC, the day before summer time in Oslo
SPAN = 60 * HOUR
POINTS = PointTable(
    [
        *(gauge("a.x", 60.0), gauge("a.y", 120.0), counter("a.e", 60.0), state("a.s", 60.0)),
        *(point("a.w", register("float64"), period_s=60.0), gauge("b.x", 300.0)),
    ]
)
IDS = list(POINTS.column)
COMPANIES = (("a.x", "a.y", "a.e", "a.s", "a.w"), ("a.x",), ("a.e", "a.w"), ("b.x",))
LENGTHS: tuple[int | Days | None, ...] = (None, 10 * MINUTE, 15 * MINUTE, HOUR, Days(OSLO))
WHOLE: tuple[int | Days, ...] = (MINUTE, HOUR, 6 * HOUR, 97 * S, Days(OSLO), Days(LORD_HOWE))


def batch(rng, start_ns, end_ns):
    """Readings of some points in a stretch of time: jitter, doubt, failures, NaN, Inf, and huge counters."""
    names = COMPANIES[rng.integers(len(COMPANIES))]
    low, high = np.sort(rng.integers(start_ns, end_ns, 2))
    step = int(rng.choice([60, 61, 300])) * S
    times = np.arange(low, high, step, dtype=np.int64)[:250] + rng.integers(0, 3 if rng.random() < 0.5 else S)
    columns = POINTS.columns(names)
    qualities = np.array([GOOD, GOOD, GOOD, GOOD, UNCERTAIN | 4, BAD | COMM], np.uint16)
    made = []
    for t in times.tolist():
        values = np.round(rng.normal(20, 5, len(names)), int(rng.integers(0, 4)))
        values[[name == "a.e" for name in names]] = 2.0**40 + (t - START) // S / 8
        quality = rng.choice(qualities, len(names)) if rng.random() < 0.3 else np.zeros(len(names), np.uint16)
        if rng.random() < 0.05:
            values[rng.integers(len(names))] = rng.choice([np.nan, np.inf, -1e300])
            quality = np.full(len(names), BAD, np.uint16)
        made.append(Reading("d", t, columns, values, quality))
    return made


def wish(rng):
    """A correction of any kind somewhere."""
    low, high = np.sort(rng.integers(START, START + SPAN, 2)).tolist()
    name = IDS[rng.integers(len(IDS))]
    made = partial(Wish, name, low, high + 1, actor="kari", reason="meter was reversed")
    match rng.integers(3):
        case 0:
            return made("bad")
        case 1:
            return made("linear", gain=-1.25, shift=0.1)
        case _:
            times = np.unique(rng.integers(low, high + 1, 5))
            return made("samples", t_ns=times, values=rng.normal(size=times.size))


def equal(a, b):
    assert a.points == b.points
    for name in ("t_ns", "values", "quality", "coverage"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


async def same_answers(a, b, rng):
    low, high = np.sort(rng.integers(START - HOUR, START + SPAN + HOUR, 2)).tolist()
    for start, end in ((START - HOUR, START + SPAN + HOUR), (low, high)):
        for every in LENGTHS:
            equal(await a.read(IDS, start, end, every), await b.read(IDS, start, end, every))
        for every in WHOLE:
            one, other = await a.summary(IDS, start, end, every), await b.summary(IDS, start, end, every)
            np.testing.assert_array_equal(one.edges_ns, other.edges_ns)
            for name in NAMES:
                figures = getattr(one.figures, name), getattr(other.figures, name)
                np.testing.assert_array_equal(*figures, err_msg=f"{name} every {every}")
        for one, other in zip(await a.first_last(IDS, start, end), await b.first_last(IDS, start, end), strict=True):
            np.testing.assert_array_equal(one.t_ns, other.t_ns)
            np.testing.assert_array_equal(one.values, other.values)
    equal(await a.latest(IDS), await b.latest(IDS))


@dataclass
class Pair:
    """Two stores that are told the same; only one is ever sealed."""

    plain: LocalStore
    sealed: LocalStore
    folder: Path

    async def both(self, change):
        for store in (self.plain, self.sealed):
            await change(store)

    async def seal(self, until_ns):
        await seal(self.sealed, self.folder, until_ns)


async def pair(stack, folder):
    plain = await stack.enter_async_context(LocalStore.open(folder / "plain", POINTS))
    sealed = await stack.enter_async_context(LocalStore.open(folder / "sealed", POINTS))
    return Pair(plain, sealed, folder / "sealed")


async def told_and_sealed(seed, folder):
    """Rounds of writing, correcting and sealing; the first write reaches furthest, the others come late."""
    rng = np.random.default_rng(seed)
    made = 0
    async with AsyncExitStack() as stack:
        stores = await pair(stack, folder)
        sealed_ns = START
        for _ in range(3):
            readings = [x for _ in range(rng.integers(1, 4)) for x in batch(rng, START, START + SPAN)]
            await stores.both(lambda store, given=readings: store.write(given))
            if rng.random() < 0.6:
                change = partial(corrections.add, wish=wish(rng), made_ns=1)
                await stores.both(lambda store, work=change: store.change(work))
                made += 1
            if made and rng.random() < 0.2:
                change = partial(corrections.undo, id_=made, actor="per", reason="no", made_ns=2)
                await stores.both(lambda store, work=change: store.change(work))
                made = 0
            if rng.random() < 0.5:
                await same_answers(stores.plain, stores.sealed, rng)
            sealed_ns = int(rng.integers(sealed_ns, START + SPAN + HOUR)) // (15 * MINUTE) * 15 * MINUTE
            await stores.seal(sealed_ns)
            await same_answers(stores.plain, stores.sealed, rng)


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1))
def test_answers_before_and_after_sealing_are_identical(seed):
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(told_and_sealed(seed, Path(folder)))


def regular(n, step_s=60, company=COMPANIES[0]):
    """Readings every step: a.x counts up, the counter as well."""
    columns = POINTS.columns(company)
    good = np.zeros(columns.size, np.uint16)
    return [Reading("d", START + i * step_s * S, columns, np.arange(columns.size) * 1000.0 + i, good) for i in range(n)]


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


async def test_small_pieces_change_nothing(tmp_path, monkeypatch):
    rng = np.random.default_rng(5)
    async with AsyncExitStack() as stack:
        stores = await pair(stack, tmp_path)
        readings = regular(700) + batch(rng, START, START + 20 * HOUR)
        await stores.both(lambda store: store.write(readings))
        await stores.seal(START + 9 * HOUR)
        late = batch(rng, START, START + 10 * HOUR)
        await stores.both(lambda store: store.write(late))
        plain = {every: await stores.plain.summary(IDS, START, START + SPAN, every) for every in (HOUR, Days(OSLO))}
        monkeypatch.setattr("sdanlegg.historian.query.BLOCK_CELLS", 50)
        monkeypatch.setattr("sdanlegg.historian.tiered.CELLS", 100)
        for every, expected in plain.items():
            found = await stores.sealed.summary(IDS, START, START + SPAN, every)
            for name in NAMES:
                np.testing.assert_array_equal(getattr(found.figures, name), getattr(expected.figures, name))


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
                for count, seal_it, told in ((30, False, b"15.40625 0.533"), (60, False, b"29.5 1.0"), (60, True, b"29.5 1.0")):
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
