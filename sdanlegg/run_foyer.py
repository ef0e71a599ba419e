"""The service's side of the foyer: writing the snapshot, and keeping the foyer's own process alive."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import structlog

from sdanlegg import __version__
from sdanlegg.backoff import Backoff
from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import StoreError
from sdanlegg.foyer import WHOLE_DAY_SLACK_NS, Start, midnight_ns, snapshot, write_atomically
from sdanlegg.foyer_balance import Told, shown
from sdanlegg.historian.local import LocalStore
from sdanlegg.live import Live
from sdanlegg.site import Site

EVERY_S = 1.0
STARTS_EVERY_NS = 60 * SECOND_NS  # how often the day's first counter values are looked up while some are missing
GRACE_S = 5.0
log = structlog.get_logger("foyer")


async def publish_snapshots(
    site: Site, live: Live, store: LocalStore, path: Path, clock: Clock, balance: Callable[[], Told]
) -> None:
    """Write the snapshot every second until cancelled. A disk that does not take it is told once."""
    counters = sorted({name.removeprefix("-") for flow in site.flows for name in flow.energy})
    starts: dict[str, Start] = {}
    day_ns, asked_ns, failing = 0, 0, False
    while True:
        now_ns = clock.now_ns()
        midnight = midnight_ns(now_ns, site.zone)
        if midnight != day_ns:
            starts, day_ns, asked_ns = {}, midnight, 0
        if len(starts) < len(counters) and now_ns - asked_ns > STARTS_EVERY_NS:
            starts, asked_ns = await day_starts(store, counters, midnight, now_ns), now_ns
        try:
            content = snapshot(site, live.view(now_ns), starts, midnight, __version__)
            write_atomically(path, content | {"balance": shown(balance(), now_ns)})
            if failing:
                log.info("snapshot_written_again", path=str(path))
            failing = False
        except OSError as error:
            if not failing:
                log.warning("snapshot_not_written", path=str(path), err=error.strerror)
            failing = True
        await clock.sleep(EVERY_S)


async def day_starts(store: LocalStore, counters: list[str], midnight: int, now_ns: int) -> dict[str, Start]:
    """First value of each counter today, from history; those without one are left out."""
    try:
        first, _ = await store.first_last(counters, midnight, now_ns, WHOLE_DAY_SLACK_NS)
    except StoreError as error:
        log.warning("day_starts_unread", err=str(error))
        return {}
    return {
        name: Start(float(first.values[i]), int(first.t_ns[i]))
        for i, name in enumerate(counters)
        if not np.isnan(first.values[i])
    }


async def supervise_foyer(snapshot_path: Path, host: str, port: int) -> None:
    """Keep the foyer's process running until cancelled; an end that nobody asked for is told and mended."""
    backoff = Backoff()
    command = [sys.executable, "-m", "foyer_display", "--snapshot", str(snapshot_path), "--host", host]
    while True:
        process = await asyncio.create_subprocess_exec(*command, "--port", str(port), stdin=asyncio.subprocess.DEVNULL)
        started = asyncio.get_running_loop().time()
        try:
            code = await process.wait()
        finally:
            await end_process(process)
        log.warning("foyer_ended", code=code)
        if asyncio.get_running_loop().time() - started > 60:
            backoff.reset()
        await asyncio.sleep(backoff.wait_s())


async def end_process(process: asyncio.subprocess.Process) -> None:
    """Ask a process to end, and kill it if it does not."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
