"""Bringing a mirror what an outage kept from it, beside live readings and the bare client with ready strings."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import uvloop
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

from benchmarks.live_hall import LiveHall, beside
from benchmarks.machine import pin
from benchmarks.results import Goal, Result, Table, arguments, publish
from benchmarks.servers import RefusedError, Server, victoria
from sdanlegg import logs
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.mirrors import MirrorSettings, spool
from sdanlegg.historian.mirrors.cover import spool_rate
from sdanlegg.historian.mirrors.engines import open_mirror
from sdanlegg.historian.mirrors.feed import Feed, Pace
from sdanlegg.historian.mirrors.lines import heartbeat
from sdanlegg.historian.mirrors.spool import Outbox
from sdanlegg.historian.mirrors.state import MirrorState
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer

HALL: Final = LiveHall(25, 20)
NAME: Final = "victoria"
FULL_HOURS: Final = 72.0
HOUR_NS: Final = 3600 * SECOND_NS
FILL_NS: Final = 6 * HOUR_NS  # written and sealed at a time
BARE_SAMPLES: Final = 500_000
ALONE_S: Final = 10.0


@dataclass(slots=True)
class Found:
    """Everything that one run found; ages in s."""

    samples: int = 0  # of the outage
    sent: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    server_cpu_s: float = 0.0
    ages_alone: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)  # samples a second, before and after


@dataclass(frozen=True, slots=True)
class Bench:
    """What every step needs."""

    store: LocalStore
    sealer: Sealer
    server: Server
    quick: bool


async def fill(bench: Bench, hours: float) -> int:
    """Store so many hours of readings that the mirror does not get, sealed and spooled as the service does; samples."""
    await bench.store.change(lambda connection: spool.enrol(connection, [NAME]))
    end_ns = time.time_ns() // SECOND_NS * SECOND_NS - 60 * SECOND_NS
    start_ns = end_ns - int(hours * 3600) * SECOND_NS
    for first_ns in range(start_ns, end_ns, FILL_NS):
        last_ns = min(end_ns, first_ns + FILL_NS)
        await bench.store.write(HALL.past(first_ns, last_ns))
        await bench.sealer.seal(last_ns)
        print(f"{(last_ns - start_ns) / HOUR_NS:.1f} h are spooled", file=sys.stderr)
    return HALL.rate * ((end_ns - start_ns) // SECOND_NS)


async def bare(bench: Bench, site_id: str, samples: int) -> float:
    """Samples a second of the client alone, which is given strings that were made before."""
    outbox, ready, after, count = Outbox(site_id, HALL.table), [], 0, 0
    while count < samples:
        batch = await bench.store.ask(partial(_batch, outbox, after))
        ready.append(b"\n".join(batch.lines))
        after, count = batch.last_seq, count + batch.samples
    async with InfluxDBClientAsync(bench.server.url, "", "") as client:
        api, begun = client.write_api(), time.perf_counter()
        for body in ready:
            if not await api.write("sdanlegg", "", body):
                raise RefusedError("the bare client's lines were not taken")
        return count / (time.perf_counter() - begun)


async def watch(store: LocalStore, ages: list[float]) -> None:
    """Note the age of the newest sample that can be read, of one device after the other, until cancelled."""
    ids, i = [HALL.table.points[columns[0]].id for columns in HALL.columns], 0
    while True:
        frame = await store.latest([ids[i % len(ids)]])
        if frame.t_ns.size:
            ages.append((time.time_ns() - int(frame.t_ns[-1])) / SECOND_NS)
        i += 1
        await asyncio.sleep(0.05)


async def drain(bench: Bench, found: Found) -> None:
    """Feed the mirror until it has had the outage, live readings beside it."""
    url = bench.server.url
    settings = MirrorSettings(NAME, "victoria", url, url)
    state = MirrorState(NAME, url, settings.spool_bytes, spool_rate(HALL.table), time.time_ns())
    feed = Feed(
        state,
        partial(open_mirror, settings, "bench", HALL.table.points),
        bench.store,
        Outbox("bench", HALL.table),
        lambda t_ns: heartbeat("bench", t_ns, 681.25),
        SystemClock(),
        Pace(),
    )
    async with beside(HALL.live(bench.store.offer)):
        await asyncio.sleep(2.0)
        async with beside(watch(bench.store, found.ages_alone)):
            await asyncio.sleep(1.0 if bench.quick else ALONE_S)
        begun, cpu, server_cpu = time.perf_counter(), time.process_time(), bench.server.cpu_s()
        async with beside(watch(bench.store, found.ages)), beside(feed.run()):
            while state.sent < found.samples:  # noqa: ASYNC110 - the feed tells nobody
                await asyncio.sleep(0.05)
            found.seconds, found.sent = time.perf_counter() - begun, state.sent
            found.cpu_s, found.server_cpu_s = time.process_time() - cpu, bench.server.cpu_s() - server_cpu


def count_there(server: Server, hours: float) -> int:
    """How many values of the drained hall the server gives back."""
    server.ask("GET", "/internal/force_flush")
    query = quote(f'sum(count_over_time({{__name__=~".+_value",site="bench"}}[{int(hours + 2)}h]))')
    answer = orjson.loads(server.ask("GET", f"/api/v1/query?query={query}&nocache=1"))
    return int(answer["data"]["result"][0]["value"][1])


async def measure(hours: float, *, quick: bool) -> Found:
    """Fill, send bare, drain, send bare, count."""
    found = Found()
    with tempfile.TemporaryDirectory(prefix="sdanlegg-bench-") as name, victoria(Path(name) / "victoria") as server:
        server.pin(1)
        pin(0)
        folder = Path(name) / "local"
        async with LocalStore.open(folder, HALL.table) as store:
            sealer = Sealer(store, folder / FILE_NAME, ZoneInfo("Europe/Oslo"), SystemClock())
            bench = Bench(store, sealer, server, quick)
            found.samples = await fill(bench, hours)
            found.bare.append(await bare(bench, "bare1", min(found.samples // 4, BARE_SAMPLES)))
            await drain(bench, found)
            found.bare.append(await bare(bench, "bare2", min(found.samples // 4, BARE_SAMPLES)))
        there = count_there(server, hours)
    if there < found.samples:
        raise RefusedError(f"the mirror gives back {there} of {found.samples} samples")
    return found


def main() -> None:
    """Measure, print, keep."""
    parser = arguments(__doc__)
    parser.add_argument("--hours", type=float, default=8.0, help="length of the outage; 72 takes a quarter of an hour")
    given = parser.parse_args()
    hours = 0.05 if given.quick else given.hours
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        logs.configure("json", nowhere)
        found = runner.run(measure(hours, quick=given.quick))
    command = f"python -m benchmarks.drain --hours {hours:g}"
    publish(Result("drain", command, _tables(found, hours), _goals(found)), given)


def _batch(outbox: Outbox, after: int, connection: object, catalogue: object) -> spool.Batch:
    batch = outbox.batch(connection, catalogue, after, Pace().lines)  # type: ignore[arg-type]
    if batch is None:
        raise RefusedError("the spool is shorter than what the bare client is to send")
    return batch


def _tables(found: Found, hours: float) -> tuple[Table, ...]:
    rate = found.sent / found.seconds
    rows = [
        ("samples that waited", f"{found.samples:,}"),
        ("time until the mirror had all of them", f"{found.seconds:.1f} s"),
        ("samples a second", f"{rate:,.0f}"),
        ("to the live rate", f"{rate / HALL.rate:,.0f} ×"),
        ("CPU of the service, a sample", f"{1e6 * found.cpu_s / found.sent:.2f} µs"),
        ("CPU of the server, a sample", f"{1e6 * found.server_cpu_s / found.sent:.2f} µs"),
        ("bare client with ready strings, before", f"{found.bare[0]:,.0f} samples a second"),
        ("bare client with ready strings, after", f"{found.bare[1]:,.0f} samples a second"),
        ("age of live values, no drain, p50 and p99", _ages(found.ages_alone)),
        ("age of live values, draining, p50 and p99", _ages(found.ages)),
    ]
    if hours != FULL_HOURS:
        minutes = HALL.rate * FULL_HOURS * 3600 / rate / 60
        rows.insert(2, (f"at that rate, {FULL_HOURS:g} h (computed, not run)", f"{minutes:.1f} min"))
    title = f"{hours:g} h of {HALL.rate} samples a second to VictoriaMetrics, as many live ones beside it"
    return (Table(title, ("what", "measured"), tuple(rows)),)


def _ages(ages: Sequence[float]) -> str:
    return " and ".join(f"{np.percentile(ages, p):.2f}" for p in (50, 99)) + " s"


def _goals(found: Found) -> tuple[Goal, ...]:
    live = HALL.rate * found.seconds / found.sent
    return (
        Goal("time of the drain, to the time that the samples took to come", 1 / 20, live, "×"),
        Goal("p99 of the age of live values while draining", 2.0, float(np.percentile(found.ages, 99)), "s"),
    )


if __name__ == "__main__":
    main()
