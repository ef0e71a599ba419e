"""A store whose readings are fed to a mirror, with times so short that a test need not wait."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sdanlegg.clock import SystemClock
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import Mirror, MirrorSettings, spool
from sdanlegg.historian.mirrors.engines import open_mirror
from sdanlegg.historian.mirrors.feed import Feed, Pace
from sdanlegg.historian.mirrors.lines import heartbeat
from sdanlegg.historian.mirrors.spool import Cursor, Outbox
from sdanlegg.historian.mirrors.state import MirrorState
from tests.support.fake_mirror import FakeMirror
from tests.support.history import until
from tests.support.spooled import POINTS, expected, numbered, spool_seqs

SITE = "hall"
NAME = "fake"
CAP = 1 << 30
SHORT = Pace(
    idle=0.01,
    heartbeat=0.05,
    window=0.2,
    loss=0.5,
    look=0.02,
    first_wait=0.02,
    longest_wait=0.1,
    people_wait=0.05,
    longest_retry_after=0.3,
    lines=30,
)
Opening = Callable[[], AbstractAsyncContextManager[Mirror]]


def engine(settings: MirrorSettings) -> Opening:
    """Opening of a real engine."""
    return lambda: open_mirror(settings, SITE, POINTS)


@dataclass
class Fed:
    """A store and the feed that empties it."""

    store: LocalStore
    feed: Feed

    @property
    def state(self) -> MirrorState:
        return self.feed.state

    def level(self) -> str:
        return self.state.level(time.time_ns())

    async def write(self, *numbers: int) -> None:
        await self.store.write(numbered(i) for i in numbers)

    async def cursor(self) -> Cursor:
        found = await self.store.ask(lambda c, _: spool.cursor(c, NAME))
        assert found is not None
        return found

    async def until_safe(self, seq: int, seconds: float = 20.0) -> None:
        async def safe() -> bool:
            return (await self.cursor()).safe_seq >= seq

        await until_true(safe, seconds)

    async def spool_is_empty(self) -> bool:
        return not await spool_seqs(self.store)


async def until_true(condition: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    """Wait until an answer is yes; TimeoutError if it never is."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


def feed(store: LocalStore, opening: Opening, pace: Pace = SHORT, cap: int = CAP) -> Feed:
    state = MirrorState(NAME, "http://fake", cap, 100.0, time.time_ns())
    return Feed(state, opening, store, Outbox(SITE, POINTS), lambda t: heartbeat(SITE, t, 9.5), SystemClock(), pace)


@asynccontextmanager
async def fed(folder: Path, opening: Opening, pace: Pace = SHORT, cap: int = CAP) -> AsyncIterator[Fed]:
    """Open the store, enrol the mirror and feed it until the block ends; what the feed raised is raised then."""
    async with LocalStore.open(folder, POINTS, 5) as store:
        await store.change(lambda c: spool.enrol(c, [NAME]))
        made = Fed(store, feed(store, opening, pace, cap))
        running = asyncio.create_task(made.feed.run())
        try:
            yield made
        finally:
            running.cancel()
            await asyncio.wait({running})
            if not running.cancelled():
                running.result()


async def until_has(mirror: FakeMirror, *numbers: int) -> None:
    """Wait until a mirror in memory has every sample of these readings."""
    await until(lambda: mirror.samples() >= expected(numbers))
