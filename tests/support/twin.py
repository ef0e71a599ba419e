"""The twin for tests: parts of the hall, a clock that stands, and a twin running in a thread of its own."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.points import PointTable
from sdanlegg.site import Site
from simulators.serve import serve

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


@contextlib.contextmanager
def running(
    site: Site, clock: StandingClock, state_file: Path | None = None, seed: int = 1, speed: float = 1.0
) -> Iterator[None]:
    """Serve in a thread, so that blocking clients of other makers can read from the test's own."""
    up, failure = threading.Event(), list[Exception]()
    control: dict[str, object] = {}

    async def main() -> None:
        ready = asyncio.Event()
        task = asyncio.ensure_future(
            serve(site, clock=clock, speed=speed, seed=seed, state_file=state_file, ready=ready)
        )
        control["loop"], control["task"] = asyncio.get_running_loop(), task
        waiting = asyncio.ensure_future(ready.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        up.set()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def body() -> None:
        try:
            asyncio.run(main())
        except (SdError, OSError) as error:  # carried to the test
            failure.append(error)
        finally:
            up.set()

    thread = threading.Thread(target=body, name="twin")
    thread.start()
    up.wait(90)
    try:
        if failure:
            raise failure[0]
        yield
    finally:
        if thread.is_alive():
            loop, task = control["loop"], control["task"]
            assert isinstance(loop, asyncio.AbstractEventLoop)
            assert isinstance(task, asyncio.Future)
            loop.call_soon_threadsafe(task.cancel)
        thread.join(30)
        assert not thread.is_alive()
    if failure:
        raise failure[0]
