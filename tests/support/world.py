"""Devices that do what the test says, behind links of their own: for what the collector makes of them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.driver import PollGroup
from sdanlegg.errors import DeviceError, LinkError
from sdanlegg.points import Point
from sdanlegg.readings import Reading
from sdanlegg.site import Device, Name, Site, StoreSettings, WebSettings
from tests.support.clocks import FastClock
from tests.support.hall import core_point, table

SPEED = 50.0


def device(id_: str, port: int, unit: int = 1) -> Device:
    return Device(id_, "modbus", "127.0.0.1", port, unit, "", "any", 1.0, "=320.001", Name(id_, id_))


def hall(*devices: Device, names: Sequence[str] = ("a",), periods: Sequence[float] = (1.0,)) -> Site:
    points = table(
        *(
            core_point(f"{d.id}.{name}{index}", period_s=period)
            for d in devices
            for index, period in enumerate(periods)
            for name in names
        )
    )
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
        devices=devices,
        points=points,
        flows=(),
        shown=(),
        store=StoreSettings(Path()),
        web=WebSettings(),
    )


class World:
    """What every device does now, and all that was asked of it."""

    def __init__(self) -> None:
        self.clock = FastClock(SPEED)
        self.refusing: set[str] = set()  # addresses that refuse
        self.silent: set[str] = set()  # devices that do not answer
        self.deaf: set[str] = set()  # what goes on although it is cancelled: "connect", "poll"
        self.hanging: set[str] = set()  # devices whose poll never ends
        self.connects: list[tuple[str, float]] = []
        self.readings: list[Reading] = []
        self.closed = 0

    def factory(self, groups: Sequence[PollGroup]) -> "WorldLink":
        return WorldLink(self, groups)

    def of(self, device_id: str, *, good: bool) -> list[Reading]:
        return [r for r in self.readings if r.device == device_id and (int(r.quality.min()) == 0) is good]


class WorldLink:
    def __init__(self, world: World, groups: Sequence[PollGroup]) -> None:
        self.world, self.address = world, groups[0].device.address
        self.gone = asyncio.Event()

    async def connect(self) -> None:
        self.world.connects.append((self.address, self.world.clock.monotonic_ns() / 1e9))
        if self.address in self.world.refusing:
            raise LinkError(f"{self.address} refused the connection")

    async def poll(self, group: PollGroup) -> Reading:
        name = group.device.id
        if self.address in self.world.refusing:
            raise LinkError(f"{self.address} closed the connection")
        if name in self.world.hanging:
            await self.gone.wait()
            raise LinkError("closed")
        if name in self.world.silent:
            await self.world.clock.sleep(1.0)
            raise DeviceError(f"{name}: no answer within 1 s")
        n = group.columns.size
        return Reading(name, self.world.clock.now_ns(), group.columns, np.ones(n), np.zeros(n, np.uint16))

    async def write(self, point: Point, value: float) -> None:
        self.world.readings.append(
            Reading(point.id, 0, np.zeros(1, np.int32), np.array([value]), np.zeros(1, np.uint16))
        )

    async def close(self) -> None:
        self.world.closed += 1
        self.gone.set()
