"""Serves every device of the hall at its own address, from one plant."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import SdError
from sdanlegg.points import SunSpecField
from sdanlegg.site import Device, Site
from simulators.mishaps import Mishaps
from simulators.modbus_functions import Registers
from simulators.modbus_image import Unit
from simulators.modbus_server import ModbusServer
from simulators.observe import BoundDevice
from simulators.opcua_security import access
from simulators.opcua_server import OpcUaServer
from simulators.plant.weather_block import Source
from simulators.scenario.gate import Gate
from simulators.scenario.model import Scenario
from simulators.snapshot import StateFile
from simulators.sunspec_server import Inverter
from simulators.twin import Twin, beginning, paired

log = structlog.get_logger("twin")
TICK_S = 1.0
FASTEST = 36_000.0  # ten hours a second; the plant takes no longer steps for being in a hurry
STEPS_AT_A_TIME = 50  # between two looks at the sockets
_ALL = 1 << 62


@dataclass(frozen=True, slots=True)
class Life:
    """How a twin lives. At speed 1 the plant's time is the wall's; at another it starts there and runs that fast."""

    speed: float = 1.0  # above 0, at most FASTEST
    seed: int = 1
    weather: Source | None = None  # None: the seed's
    state_file: Path | None = None  # keeps the plant over a restart
    certificates: Path | None = None  # folder of those PLCs' own whose security asks for one
    scenario: Scenario | None = None  # what goes wrong, from now on


async def serve(site: Site, life: Life, *, clock: Clock, ready: asyncio.Event | None = None) -> None:
    """Serve until cancelled; SdError if an address or a file cannot be had, and then nothing is left listening."""
    if not 0.0 < life.speed <= FASTEST:
        raise SdError(f"the twin's speed must be above 0 and at most {FASTEST:g}, not {life.speed:g}")
    start_ns = clock.now_ns()
    planted = () if life.scenario is None else life.scenario.planted(start_ns)
    saved = beginning(site, start_ns, life.seed, life.state_file, life.weather)
    twin = Twin(site, saved, life.seed, life.weather, planted)
    devices = Served(twin, clock, life.certificates)
    twin.advance(clock.now_ns(), _ALL)  # nobody reads how it was before a stop
    twin.shown()
    kept = None if life.state_file is None else StateFile(life.state_file, twin.saved())
    async with listening(devices):
        if ready is not None:
            ready.set()
        try:
            await _live(devices, clock, life.speed, kept)
        finally:
            if kept is not None:
                kept.save(twin.saved())


async def _live(devices: "Served", clock: Clock, speed: float, kept: StateFile | None) -> None:
    twin = devices.twin
    began_ns, plant_ns = clock.monotonic_ns(), max(clock.now_ns(), twin.state.t_ns)
    tick_ns = round(TICK_S * SECOND_NS)
    behind = False
    while True:
        now_ns = clock.monotonic_ns()
        target_ns = clock.now_ns() if speed == 1.0 else plant_ns + round((now_ns - began_ns) * speed)
        if speed == 1.0:
            twin.follow(target_ns)
        reached = twin.advance(target_ns, STEPS_AT_A_TIME)
        while not reached and clock.monotonic_ns() - now_ns < tick_ns:
            await clock.sleep(0.0)
            reached = twin.advance(target_ns, STEPS_AT_A_TIME)
        if reached == behind:
            behind = not behind
            log.warning("twin_behind" if behind else "twin_caught_up", speed=speed)
        if kept is not None:
            # First on disk, then on the wires: whoever kills the twin, no client sees a counter go back.
            twin.shown()
            await asyncio.to_thread(kept.save, twin.saved())
        await devices.refresh()
        await clock.sleep((tick_ns - (clock.monotonic_ns() - began_ns) % tick_ns) / SECOND_NS)


class Served:
    """The servers of a twin and what stands in them."""

    def __init__(self, twin: Twin, clock: Clock, certificates: Path | None = None) -> None:
        self.twin = twin
        self._units = [(d, self._unit(d)) for d in twin.devices if d.device.protocol != "opcua"]
        self.modbus = [ModbusServer(host, port, units) for (host, port), units in _gateways(self._units).items()]
        self._opcua: list[tuple[BoundDevice, OpcUaServer]] = []
        self._gates: dict[str, Gate] = {}
        for d in twin.devices:
            if d.device.protocol == "opcua":
                rules = access(d.device, certificates, clock.now_ns())
                gated, points = twin.stored.conditions.hinder(d.device.id), [b.point for b in d.points]
                self._opcua.append((d, OpcUaServer(d.device, points, twin.write, clock, rules, behind_gate=gated)))
                if gated:
                    self._gates[d.device.id] = Gate(d.device.host, d.device.port)
        self._mishaps = Mishaps(twin.stored.conditions, self._units, self.modbus, self._gates)

    def _unit(self, device: BoundDevice) -> Unit | Inverter:
        if device.device.protocol == "sunspec":
            return Inverter(device.device.id)
        points, at = [b.point for b in device.points], device.device
        return Unit(points, at.pacing.max_gap, self.twin.write, at.map)

    async def start(self, opened: contextlib.AsyncExitStack) -> None:
        """Open every socket, registers first: they hold values before the first client comes."""
        self._refresh_units()
        for server in self.modbus:
            opened.push_async_callback(server.stop)
            with self._named(server.host, server.port):
                await server.start()
        await self._mishaps.follow(self.twin.state.t_ns)
        for device, plc in self._opcua:
            opened.push_async_callback(plc.stop)
            with self._named(device.device.host, device.device.port):
                await plc.start(paired(device, self.twin.values(device)))
                if gate := self._gates.get(device.device.id):
                    opened.push_async_callback(gate.stop)
                    await gate.open(plc.port)

    @contextlib.contextmanager
    def _named(self, host: str, port: int) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            owner = ", ".join(d.device.id for d in self.twin.devices if (d.device.host, d.device.port) == (host, port))
            why = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror or error
            raise SdError(f"the twin cannot listen on {host}:{port} ({owner}): {why}") from error

    def probe(self) -> None:
        """Find out now, not after ten seconds of building address spaces, whether every address is free."""
        for host, port in dict.fromkeys((d.device.host, d.device.port) for d in self.twin.devices):
            with self._named(host, port), socket.create_server((host, port), family=_family(host)):
                pass

    def _refresh_units(self) -> None:
        for device, unit in self._units:
            values = paired(device, self.twin.values(device))
            if isinstance(unit, Unit):
                unit.refresh(values)
                continue
            fields = {}
            for point, value in values:
                if isinstance(point.address, SunSpecField):
                    scale, offset = point.address.scale, point.address.offset
                    fields[point.address.field] = value if isinstance(value, str) else (value - offset) / scale
            unit.refresh(fields)

    async def refresh(self) -> None:
        """Show the plant's state in every register and node."""
        t_ns = self.twin.state.t_ns
        await self._mishaps.follow(t_ns)
        self._refresh_units()
        for device, plc in self._opcua:
            await plc.refresh(
                paired(device, self.twin.values(device)), self.twin.stored.conditions.at(device.device.id, t_ns)
            )


def _gateways(units: Sequence[tuple[BoundDevice, Registers]]) -> dict[tuple[str, int], dict[int, Registers]]:
    found: dict[tuple[str, int], dict[int, Registers]] = {}
    for bound, unit in units:
        device: Device = bound.device
        found.setdefault((device.host, device.port), {})[device.unit] = unit
    return found


@contextlib.asynccontextmanager
async def listening(devices: Served) -> AsyncIterator[None]:
    """Have every server up, or none."""
    devices.probe()
    async with contextlib.AsyncExitStack() as opened:
        await devices.start(opened)
        yield


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
