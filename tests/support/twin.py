"""The twin for tests: parts of the hall, a clock that stands, and a twin running in a thread of its own."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.points import PointTable
from sdanlegg.site import Site
from simulators.serve import Life, serve

NOON_IN_JUNE = 1_781_604_000 * SECOND_NS  # 2026-06-16 10:00 UTC, 12:00 in Asker


class StandingClock:
    """A wall clock that stands still, so that the plant does too; waiting is real."""

    def __init__(self, now_ns: int = NOON_IN_JUNE) -> None:
        self.wall_ns = now_ns

    def now_ns(self) -> int:
        return self.wall_ns

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))


def only(site: Site, *ids: str) -> Site:
    """The hall with these devices alone."""
    points = PointTable(p for p in site.points if p.device in ids)
    return replace(site, devices=tuple(d for d in site.devices if d.id in ids), points=points)


class Thread(threading.Thread):
    """A twin's own thread and event loop."""

    def __init__(self, serving: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
        super().__init__(name="twin")
        self.up = threading.Event()
        self.failure: Exception | None = None
        self._serving = serving
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Future[None] | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._main())
        except (SdError, OSError) as error:  # carried to the test
            self.failure = error
        finally:
            self.up.set()

    async def _main(self) -> None:
        ready = asyncio.Event()
        self._loop, self._task = asyncio.get_running_loop(), asyncio.ensure_future(self._serving(ready))
        waiting = asyncio.ensure_future(ready.wait())
        await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        self.up.set()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def stop(self) -> None:
        if self.is_alive() and self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.join(30)
        assert not self.is_alive()


@contextlib.contextmanager
def running(
    site: Site,
    clock: StandingClock,
    state_file: Path | None = None,
    *,
    speed: float = 1.0,
    certificates: Path | None = None,
) -> Iterator[None]:
    """Serve in a thread, so that blocking clients of other makers can read from the test's own."""
    life = Life(speed=speed, state_file=state_file, certificates=certificates)
    thread = Thread(lambda ready: serve(site, life, clock=clock, ready=ready))
    thread.start()
    thread.up.wait(90)
    try:
        if thread.failure is None:
            yield
    finally:
        thread.stop()
    if thread.failure is not None:
        raise thread.failure
