"""What is sealed is answered as if it were not: to the last digit."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days, corrections
from sdanlegg.historian.corrections import Wish
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.tiers import NAMES
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.history import counter, gauge, state
from tests.support.points import point, register
from tests.support.sealing import seal

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
