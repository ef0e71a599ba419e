"""What is sealed is answered as if it were not: to the last digit."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdanlegg.historian import Days, corrections
from sdanlegg.historian.corrections import Wish
from sdanlegg.historian.tiers import NAMES
from tests.support.sealed_pair import HOUR, IDS, MINUTE, OSLO, SPAN, START, S, batch, equal, pair, regular

LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its clocks move by half an hour
LENGTHS: tuple[int | Days | None, ...] = (None, 10 * MINUTE, 15 * MINUTE, HOUR, Days(OSLO))
WHOLE: tuple[int | Days, ...] = (MINUTE, HOUR, 6 * HOUR, 97 * S, Days(OSLO), Days(LORD_HOWE))


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


async def told_and_sealed(seed, folder):
    """Rounds of writing, correcting and sealing; the first write reaches furthest, the others come late."""
    rng = np.random.default_rng(seed)
    rows, held = 0, None  # of the table of corrections; the one that can be taken back
    async with AsyncExitStack() as stack:
        stores = await pair(stack, folder)
        sealed_ns = START
        known = [
            regular(1)[0],
            regular(1, company=("b.x",))[0],
        ]  # only of points that have samples can any be corrected
        await stores.both(lambda store: store.write(known))
        for _ in range(3):
            readings = [x for _ in range(rng.integers(1, 4)) for x in batch(rng, START, START + SPAN)]
            await stores.both(lambda store, given=readings: store.write(given))
            if rng.random() < 0.6:
                change = partial(corrections.add, wish=wish(rng), made_ns=1)
                await stores.both(lambda store, work=change: store.change(work))
                rows = held = rows + 1
            if held is not None and rng.random() < 0.2:
                change = partial(corrections.undo, id_=held, actor="per", reason="no", made_ns=2)
                await stores.both(lambda store, work=change: store.change(work))
                rows, held = rows + 1, None
            if rng.random() < 0.3:
                await same_answers(stores.plain, stores.sealed, rng)
            sealed_ns = int(rng.integers(sealed_ns, START + SPAN + HOUR)) // (15 * MINUTE) * 15 * MINUTE
            await stores.seal(sealed_ns)
            await same_answers(stores.plain, stores.sealed, rng)


@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1))
def test_answers_before_and_after_sealing_are_identical(seed):
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(told_and_sealed(seed, Path(folder)))


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
