"""The service, wired: the one place where drivers, store, API and foyer meet.

driver -> Reading -> judge -> live -> api
                          \\-> store     \\-> foyer snapshot -> foyer process
                                \\-> mirrors
"""

import asyncio
import contextlib
import functools
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from api.app import ApiParts, create_app
from api.serve import listen, serve_on
from drivers.modbus import modbus_link
from drivers.opcua import opcua_link
from drivers.sunspec import sunspec_link
from sdanlegg import health
from sdanlegg.clock import Clock
from sdanlegg.collect import Collector, poll_groups
from sdanlegg.driver import LinkFactory
from sdanlegg.errors import ConfigError
from sdanlegg.health import Filling
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors.asked import Asked
from sdanlegg.historian.mirrors.feeds import Feeds, opening
from sdanlegg.historian.mirrors.metrics import register_mirrors
from sdanlegg.historian.upkeep import Upkeep
from sdanlegg.live import Live
from sdanlegg.metrics import Metrics, register_devices, register_dropped
from sdanlegg.onward import Onward, newest_ns
from sdanlegg.pages import dashboard_pages, pages_build
from sdanlegg.plausibility import Plausibility
from sdanlegg.readings import Reading
from sdanlegg.run_balance import TodaysBalance
from sdanlegg.run_foyer import publish_snapshots, supervise_foyer
from sdanlegg.site import Site

log = structlog.get_logger("service")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line may say about a run."""

    data_dir: Path
    host: str
    port: int
    foyer_host: str
    foyer_port: int
    foyer: bool = True  # whether the foyer's process is started too
    snapshot: Path | None = None  # where the foyer's snapshot goes, if not below data_dir


def factories(clock: Clock) -> dict[str, LinkFactory]:
    """Driver of each protocol."""
    return {
        "modbus": functools.partial(modbus_link, clock=clock),
        "sunspec": functools.partial(sunspec_link, clock=clock),
        "opcua": functools.partial(opcua_link, clock=clock),
    }


def check_links(site: Site, clock: Clock) -> list[str]:
    """Plan every connection without opening any; a sentence for each point list that its driver cannot read."""
    made, faults = factories(clock), []
    for group in poll_groups(site):
        try:
            made[group.device.protocol]([group])
        except ConfigError as error:
            faults.append(str(error))
    return faults


def sink(
    plausibility: Plausibility, live: Live, store: LocalStore, metrics: Metrics, onward: Onward
) -> Callable[[Reading], None]:
    """Where every reading goes: judged, then counted, shown, and stored where history's time goes on."""

    def take(reading: Reading) -> None:
        judged = plausibility.judge(reading)
        metrics.sampled(judged.quality)
        live.apply(judged)
        store.offer(onward.judge(judged))

    return take


async def run_service(
    site: Site,
    options: RunOptions,
    clock: Clock,
    *,
    stopping: asyncio.Event,
    beside: Callable[[LocalStore, Collector], Coroutine[Any, Any, None]] | None = None,
    filling: Filling | None = None,
) -> None:
    """Run one hall until stopping is set; everything accepted is on disk when this returns.

    beside runs with it; filling is what beside tells of its progress.
    """
    if faults := check_links(site, clock):
        raise ConfigError("\n".join(faults))
    listener = await listen(options.host, options.port)
    if options.foyer:
        (await listen(options.foyer_host, options.foyer_port)).close()  # taken: say so now, not in the other process
    metrics = Metrics.create(registry := CollectorRegistry())
    snapshot = options.snapshot or options.data_dir / "foyer" / "energy.json"
    async with LocalStore.open(options.data_dir, site.points, site.store.commit_ms, clock, metrics) as store:
        register_dropped(registry, lambda: store.dropped)
        live = Live(site.points, await store.texts())
        onward = Onward(clock, await newest_ns(store, list(site.points.column)))
        take = sink(Plausibility(site.points), live, store, metrics, onward)
        collector = Collector(site, factories(clock), take, clock, metrics)
        register_devices(registry, collector.status, clock)
        feeds, asked = _mirrors(site, store, clock, registry)
        upkeep = Upkeep(site, store, options.data_dir, clock, registry)
        working = _Working(live, store, asked, collector, feeds, upkeep, filling or Filling())
        parts = _api_parts(site, working, registry, clock, stopping)
        log.info("service_started", site=site.id, devices=len(site.devices), points=len(site.points))
        async with background(
            collector.run(),
            feeds.run(),
            asked.run(),
            upkeep.run(),
            health.watch_loop(clock, metrics),
            *_foyer_figures(site, live, store, asked, snapshot, clock),
            *([beside(store, collector)] if beside else []),
            *([supervise_foyer(snapshot, options.foyer_host, options.foyer_port)] if options.foyer else []),
        ):
            await serve_on(create_app(parts), listener, stopping)
    log.info("service_stopped", site=site.id)


def _foyer_figures(
    site: Site, live: Live, store: LocalStore, asked: Asked, snapshot: Path, clock: Clock
) -> tuple[Coroutine[Any, Any, None], ...]:
    """What the foyer shows: the snapshot each second, with the balance's newest answers."""
    balance = TodaysBalance(site, asked, clock)
    return balance.run(), publish_snapshots(site, live, store, snapshot, clock, lambda: balance.told)


def _mirrors(site: Site, store: LocalStore, clock: Clock, registry: CollectorRegistry) -> tuple[Feeds, Asked]:
    """The feeds of the hall's mirrors, and the history as it is asked: one of them may answer long questions."""
    opened = opening(site)
    feeds = Feeds(site, store, clock, opened)
    register_mirrors(registry, feeds.states, clock)
    for settings, state in zip(site.mirrors, feeds.states, strict=True):
        if settings.name == site.store.read_from:
            return feeds, Asked(store, clock, state, functools.partial(opened, settings))
    return feeds, Asked(store, clock)


@dataclass(frozen=True, slots=True)
class _Working:
    """What works behind the API."""

    live: Live
    store: LocalStore
    asked: Asked
    collector: Collector
    feeds: Feeds
    upkeep: Upkeep
    filling: Filling


def _api_parts(
    site: Site, working: _Working, registry: CollectorRegistry, clock: Clock, stopping: asyncio.Event
) -> ApiParts:
    collector, store, mirrors = working.collector, working.store, working.feeds.states
    note = working.upkeep.note
    return ApiParts(
        site=site,
        live=working.live,
        historian=working.asked,
        statuses=collector.status,
        readiness=lambda: health.judge(
            collector.status(), store.error, mirrors, clock.now_ns(), note(), working.filling
        ),
        registry=registry,
        clock=clock,
        stopping=stopping,
        pages=dashboard_pages(),
        build=pages_build(),
    )


@contextlib.asynccontextmanager
async def background(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run coroutines beside the body and cancel them when it ends; if one fails, the body is cancelled."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(c) for c in coroutines]
        yield
        for task in tasks:
            task.cancel()


def stop_on_signals(stopping: asyncio.Event) -> None:
    """Set the event when the process is asked to end."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
