"""All mirrors of a hall: enrolled in the store, fed beside each other."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import apsw
import structlog

from sdanlegg.clock import Clock
from sdanlegg.errors import StoreError
from sdanlegg.historian.mirrors import Mirror, MirrorSettings, spool
from sdanlegg.historian.mirrors.cover import spool_rate
from sdanlegg.historian.mirrors.feed import Feed, Pace, Store
from sdanlegg.historian.mirrors.lines import heartbeat
from sdanlegg.historian.mirrors.spool import Outbox
from sdanlegg.historian.mirrors.state import MirrorState
from sdanlegg.site import Site

ENROL_WAIT_S: Final = 5.0
Opening = Callable[[MirrorSettings], AbstractAsyncContextManager[Mirror]]
log = structlog.get_logger("mirror")


def opening(site: Site) -> Opening:
    """How a mirror of the hall is opened. The engines' client is loaded then: it takes 20 MB and half a second."""

    @asynccontextmanager
    async def open_(settings: MirrorSettings) -> AsyncIterator[Mirror]:
        engines = await asyncio.to_thread(importlib.import_module, "sdanlegg.historian.mirrors.engines")
        async with engines.open_mirror(settings, site.id, site.points) as mirror:
            yield mirror

    return open_


class Feeds:
    """The feeds of a hall's mirrors, and how each is doing."""

    def __init__(self, site: Site, store: Store, clock: Clock, opening: Opening, pace: Pace | None = None) -> None:
        self._store = store
        self._clock = clock
        rate = spool_rate(site.points)
        self._feeds = [
            Feed(
                MirrorState(settings.name, settings.url, settings.spool_bytes, rate, clock.now_ns()),
                lambda settings=settings: opening(settings),  # type: ignore[misc]
                store,
                Outbox(site.id, site.points),
                lambda t_ns: heartbeat(site.id, t_ns, site.water_area_m2),
                clock,
                pace or Pace(),
            )
            for settings in site.mirrors
        ]
        self.states: Sequence[MirrorState] = [feed.state for feed in self._feeds]

    async def run(self) -> None:
        """Feed every mirror until cancelled."""
        await self._enrol()
        async with asyncio.TaskGroup() as tasks:
            for feed in self._feeds:
                tasks.create_task(feed.run())

    async def _enrol(self) -> None:
        """Give each mirror its cursor and forget those that are named no longer, once the store can be written."""
        names = [state.name for state in self.states]

        def enrol(connection: apsw.Connection) -> tuple[list[str], bool]:
            return spool.enrol(connection, names), spool.trim(connection)

        more = True
        while more:
            try:
                forgotten, more = await self._store.change(enrol)
            except StoreError as error:
                log.warning("mirrors_not_enrolled", err=str(error))
                await self._clock.sleep(ENROL_WAIT_S)
                continue
            for name in forgotten:
                log.warning("mirror_forgotten", mirror=name, why="site.toml names it no longer: nothing waits for it")
