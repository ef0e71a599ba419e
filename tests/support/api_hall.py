"""A small hall behind the operator API, served on a real socket; its readings are made by hand."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import numpy as np
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from api.app import ApiParts, create_app
from api.serve import listen, serve_on
from api.stream import LiveHub
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.datatypes import DataType, parse, text_code
from sdanlegg.health import judge
from sdanlegg.historian import SummingHistorian
from sdanlegg.live import Live
from sdanlegg.metrics import Metrics, register_devices
from sdanlegg.points import Point, PointTable, Register
from sdanlegg.readings import Reading
from sdanlegg.site import Device, Name, Site, StoreSettings, WebSettings
from sdanlegg.status import DeviceStatus
from tests.support.memory_history import MemoryHistory


class ShiftedClock(SystemClock):
    """The machine's clock, which a test can put forward."""

    def __init__(self) -> None:
        self.shift_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.shift_ns


def point(name: str, device: str = "vp1", type_: str = "float32", **changes: Any) -> Point:
    """A point with plain limits; changes as Point's fields."""
    made = Point(
        id=f"{device}.{name}",
        device=device,
        name=name,
        tfm=f"=320.001-{name}",
        unit="°C",
        kind="gauge",
        quantity="temperature",
        access="r",
        min=-30.0,
        max=110.0,
        period_s=1.0,
        sigma=0.15,
        max_rate=float("inf"),
        stuck_after_s=float("inf"),
        nb=f"{name} på norsk",
        en=f"{name} in English",
        address=Register("input", 0, _type(type_), "ABCD", 1.0, 0.0),
    )
    return replace(made, **changes)


def _type(name: str) -> DataType:
    found = parse(name)
    assert found is not None
    return found


POINTS = (
    point("supply_t"),
    point("return_t"),
    point("heat_kwh", unit="kWh", kind="counter", quantity="energy", min=0.0, max=float("inf")),
    point("model", type_="string:8", unit="1", kind="state", quantity="text", period_s=60.0),
    point("out_t", device="sol1", period_s=10.0),
)


def device(id_: str) -> Device:
    return Device(
        id_,
        "modbus",
        "127.0.0.1",
        5021,
        1,
        "",
        "some_map",
        1.0,
        "=320.001",
        Name(f"{id_} på norsk", f"{id_} in English"),
    )


def site(points: Sequence[Point] = POINTS) -> Site:
    """A hall with these points; a device for each that they name."""
    return Site(
        id="test",
        name=Name("Prøvehallen", "The test hall"),
        folder=Path(),
        zone=ZoneInfo("Europe/Oslo"),
        latitude=59.8,
        longitude=10.4,
        water_area_m2=500.0,
        opening={},
        devices=tuple(device(id_) for id_ in dict.fromkeys(p.device for p in points)),
        points=PointTable(points),
        flows=(),
        shown=(),
        store=StoreSettings(Path()),
        web=WebSettings(),
    )


@dataclass
class Hall:
    """What a test turns the screws of."""

    site: Site
    live: Live
    history: MemoryHistory
    statuses: dict[str, DeviceStatus]
    clock: ShiftedClock
    registry: CollectorRegistry
    metrics: Metrics
    stopping: asyncio.Event
    pages: Path | None = None
    store_error: str | None = None
    texts: dict[int, str] = field(default_factory=dict)
    historian: SummingHistorian | None = None  # in place of the history in memory
    app: FastAPI | None = None

    @property
    def hub(self) -> LiveHub:
        """The hub of the app that is being served."""
        assert self.app is not None
        found: LiveHub = self.app.state.hub
        return found

    def read(
        self, *values: float, device: str = "vp1", quality: Sequence[int] | None = None, age_s: float = 0.0
    ) -> None:
        """Take in one reading of a device: its points in order, as many as there are values."""
        columns = [column for column, p in enumerate(self.site.points) if p.device == device][: len(values)]
        t_ns = self.clock.now_ns() - int(age_s * SECOND_NS)
        q = np.array(quality or [0] * len(values), np.uint16)
        self.live.apply(Reading(device, t_ns, np.array(columns, np.int32), np.array(values), q, texts=self.texts))

    def parts(self) -> ApiParts:
        return ApiParts(
            site=self.site,
            live=self.live,
            historian=self.historian or self.history,
            statuses=lambda: self.statuses,
            readiness=lambda: judge(self.statuses, self.store_error),
            registry=self.registry,
            clock=self.clock,
            stopping=self.stopping,
            pages=self.pages,
            build="b1",
        )


def hall(points: Sequence[Point] = POINTS, pages: Path | None = None) -> Hall:
    """A hall whose devices have not been tried yet."""
    place, clock, registry = site(points), ShiftedClock(), CollectorRegistry()
    statuses = {d.id: DeviceStatus(d.id, "connecting", clock.now_ns()) for d in place.devices}
    register_devices(registry, lambda: statuses, clock)
    metrics = Metrics.create(registry)
    return Hall(place, Live(place.points), MemoryHistory(), statuses, clock, registry, metrics, asyncio.Event(), pages)


def with_text(place: Hall, text: str) -> float:
    """Let the hall know a text; its code, to be read."""
    place.texts[text_code(text)] = text
    return float(text_code(text))


@asynccontextmanager
async def serving(place: Hall) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the hall on a free port and give a client of it."""
    listener = await listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    place.app = create_app(place.parts())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve_on(place.app, listener, place.stopping))
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
                yield client
        finally:
            place.stopping.set()


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    name: str
    number: int | None
    data: dict[str, Any]


async def events(response: httpx.Response) -> AsyncIterator[Event]:
    """Events of an open stream."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            key, _, value = line.partition(": ")
            fields[key] = value
        elif "event" in fields:
            number = int(fields["id"]) if "id" in fields else None
            yield Event(fields["event"], number, json.loads(fields["data"], parse_constant=_refuse))
            fields = {}
        else:
            fields = {}


def _refuse(constant: str) -> float:
    raise AssertionError(f"{constant} is no JSON")


def strict_json(response: httpx.Response) -> Any:
    """Body of a response as JSON proper: NaN and Infinity are refused."""
    return json.loads(response.content, parse_constant=_refuse)
