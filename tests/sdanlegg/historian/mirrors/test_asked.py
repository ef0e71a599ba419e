"""Who answers what when long questions are a mirror's; the local store answers whenever the mirror should not."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import TooMuchError, UnknownPointError
from sdanlegg.historian import Days, Frame
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import MirrorError
from sdanlegg.historian.mirrors.asked import LONG_NS, Asked
from sdanlegg.historian.mirrors.state import MirrorState
from tests.support.clocks import SetClock
from tests.support.fake_mirror import FakeMirror
from tests.support.history import T0, until
from tests.support.spooled import POINTS, numbered

HOUR_NS = 3600 * SECOND_NS
LONG = T0 + LONG_NS + 1


class Answering(FakeMirror):
    """Answers every question with 42, or fails as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.hangs = False

    async def read(self, points: Sequence[str], start_ns: int, end_ns: int, every: int | Days | None = None) -> Frame:
        assert every is not None
        assert end_ns - start_ns > LONG_NS
        if self.hangs:
            await asyncio.sleep(3600)
        if self.error is not None:
            raise self.error
        whole = np.full((1, len(points)), 42.0)
        return Frame(tuple(points), np.array([start_ns]), whole, np.zeros(whole.shape, np.uint16), whole / 42)


def sound() -> MirrorState:
    state = MirrorState("m", "http://m", 1, 1.0, 0)
    state.took(1, 0)
    return state


@asynccontextmanager
async def asking(folder: Path, mirror: Answering, state: MirrorState) -> AsyncIterator[tuple[Asked, LocalStore]]:
    async with LocalStore.open(folder, POINTS, 5) as store:
        await store.write([numbered(0)])
        asked = Asked(store, SetClock(), state, mirror.open)
        running = asyncio.create_task(asked.run())
        await until(lambda: mirror.opened > 0)
        yield asked, store
        running.cancel()
        await asyncio.wait({running})


async def is_mirrors(asked: Asked, start_ns: int = T0, end_ns: int = LONG, every: int | None = HOUR_NS) -> bool:
    frame = await asked.read(["a.x"], start_ns, end_ns, every)
    return bool((frame.values == 42.0).any())


async def test_long_questions_with_intervals_are_the_mirrors_and_nothing_else(tmp_path: Path) -> None:
    async with asking(tmp_path, Answering(), sound()) as (asked, store):
        assert await is_mirrors(asked)
        assert not await is_mirrors(asked, end_ns=T0 + LONG_NS)
        assert not await is_mirrors(asked, every=None)
        assert (await asked.latest(["a.x"])).values[0, 0] == (await store.latest(["a.x"])).values[0, 0]
        assert (await asked.summary(["a.x"], T0, LONG, HOUR_NS)).figures.count.sum() == 1


@pytest.mark.parametrize(
    "error", [MirrorError("gone", "unreachable"), TooMuchError("too much"), UnknownPointError("unknown point")]
)
async def test_the_local_store_answers_what_the_mirror_cannot(tmp_path: Path, error: Exception) -> None:
    mirror = Answering()
    async with asking(tmp_path, mirror, sound()) as (asked, _):
        mirror.error = error
        assert not await is_mirrors(asked)
        mirror.error = None
        assert await is_mirrors(asked)


async def test_a_mirror_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sdanlegg.historian.mirrors.asked.PATIENCE_S", 0.05)
    mirror = Answering()
    mirror.hangs = True
    async with asking(tmp_path, mirror, sound()) as (asked, _):
        assert not await is_mirrors(asked)


async def test_a_mirror_that_fails_or_is_behind_is_not_asked(tmp_path: Path) -> None:
    state = sound()
    async with asking(tmp_path, Answering(), state) as (asked, _):
        state.failed("unreachable", "gone", 0)
        assert not await is_mirrors(asked)
        state.took(1, 0)
        assert await is_mirrors(asked)


async def test_what_people_corrected_is_not_the_mirrors(tmp_path: Path) -> None:
    sql = """INSERT INTO correction(made_ns, actor, reason, p, start_ns, end_ns, action)
        SELECT 1, 'me', 'drift', p, ?, ?, 'bad' FROM point WHERE id = 'a.x'"""
    async with asking(tmp_path, Answering(), sound()) as (asked, store):
        await store.change(lambda c: c.execute(sql, (T0, T0 + HOUR_NS)).get)
        assert not await is_mirrors(asked)
        assert await is_mirrors(asked, start_ns=T0 + HOUR_NS, end_ns=LONG + HOUR_NS)


async def test_an_unknown_point_is_told_as_the_local_store_tells_it(tmp_path: Path) -> None:
    async with asking(tmp_path, Answering(), sound()) as (asked, _):
        with pytest.raises(UnknownPointError, match=r"unknown point 'no\.such'"):
            await asked.read(["no.such"], T0, LONG, HOUR_NS)


async def test_without_a_mirror_everything_is_the_local_stores(tmp_path: Path) -> None:
    async with LocalStore.open(tmp_path, POINTS, 5) as store:
        await store.write([numbered(0)])
        asked = Asked(store, SetClock())
        await asked.run()
        assert not await is_mirrors(asked)
