"""A hall of scripted devices under the real collector and drivers, for tests of what their faults do."""

import asyncio
import contextlib
import math
import struct
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from prometheus_client import CollectorRegistry

from sdanlegg.clock import SystemClock
from sdanlegg.collect import Collector
from sdanlegg.datatypes import parse
from sdanlegg.live import Live
from sdanlegg.metrics import Metrics
from sdanlegg.plausibility import Plausibility
from sdanlegg.points import Kind, Point, PointTable, Register
from sdanlegg.readings import Reading
from sdanlegg.run import factories
from sdanlegg.site import Device, Name, Site, StoreSettings, WebSettings
from tests.support.scripted_modbus import Query, Script, Wire

PERIOD_S = 0.5


def points_of(device: str) -> list[Point]:
    def one(
        name: str, address: int, kind: Kind, type_: str, scale: float, high: float, unit: str, quantity: str
    ) -> Point:
        parsed = parse(type_)
        assert parsed is not None
        return Point(
            id=f"{device}.{name}",
            device=device,
            name=name,
            tfm=f"=320.001-{name}",
            unit=unit,
            kind=kind,
            quantity=quantity,
            access="r",
            min=-50.0 if kind == "gauge" else 0.0,
            max=high,
            period_s=PERIOD_S,
            sigma=0.1,
            max_rate=np.inf,
            stuck_after_s=np.inf,
            nb=name,
            en=name,
            address=Register("holding", address, parsed, "ABCD", scale, 0.0),
        )

    return [
        one("temperature", 0, "gauge", "float32", 1, 100, "°C", "temperature"),
        one("level", 2, "gauge", "int16", 0.1, 100, "%", "ratio"),
        one("flow", 3, "gauge", "uint16", 1, 1000, "m³/h", "flow"),
        one("energy", 4, "counter", "uint32", 0.1, 1e9, "kWh", "energy"),
    ]


def device(id_: str, port: int, host: str = "127.0.0.1") -> Device:
    return Device(id_, "modbus", host, port, 1, "", "any", PERIOD_S, "=320.001", Name(id_, id_))


class Station:
    """A device's socket, which can be opened and closed again on the same port."""

    def __init__(self, script: Script, host: str = "127.0.0.1") -> None:
        self.script = script
        self.host = host
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.transport.abort()
            await self._server.wait_closed()
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                transaction, _, length, unit, function = struct.unpack(">HHHBB", await reader.readexactly(8))
                query = Query(transaction, unit, function, await reader.readexactly(length - 2))
                await self.script(query, Wire(writer))
        self._writers.discard(writer)
        writer.close()


@dataclass
class Rig:
    """The real collector and drivers on a hall, and what came of it."""

    site: Site
    live: Live
    collector: Collector
    lateness: dict[str, list[float]]
    history: dict[str, list[Reading]]

    def qualities(self, id_: str) -> tuple[int, ...]:
        view = self.live.view(time.time_ns())
        return tuple(int(view.quality[c]) for c, p in enumerate(self.site.points) if p.device == id_)

    def good(self, id_: str) -> bool:
        return max(self.qualities(id_)) == 0

    async def good_after(self, id_: str, within_s: float) -> float:
        """Seconds until every point of the device is good; infinite if it takes longer than within_s."""
        started = time.monotonic()
        while not self.good(id_):
            if time.monotonic() - started > within_s:
                return math.inf
            await asyncio.sleep(0.05)
        return time.monotonic() - started


def hall(devices: list[Device]) -> Site:
    name = Name("Hall", "Hall")
    return Site(
        id="hall",
        name=name,
        folder=Path(),
        zone=ZoneInfo("Europe/Oslo"),
        latitude=0,
        longitude=0,
        water_area_m2=1,
        opening={},
        devices=tuple(devices),
        points=PointTable([p for d in devices for p in points_of(d.id)]),
        flows=(),
        shown=(),
        store=StoreSettings(Path()),
        web=WebSettings(),
    )


@contextlib.asynccontextmanager
async def collecting(devices: list[Device]) -> AsyncIterator[Rig]:
    site, clock = hall(devices), SystemClock()
    judge, live = Plausibility(site.points), Live(site.points)
    lateness: dict[str, list[float]] = {d.id: [] for d in devices}
    history: dict[str, list[Reading]] = {d.id: [] for d in devices}

    def sink(reading: Reading) -> None:
        judged = judge.judge(reading)
        live.apply(judged)
        history[reading.device].append(judged)
        lateness[reading.device].append(collector.status()[reading.device].lateness_s)

    collector = Collector(site, factories(clock), sink, clock, Metrics.create(CollectorRegistry()))
    task = asyncio.create_task(collector.run())
    try:
        yield Rig(site, live, collector, lateness, history)
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
