"""Serves every device of the hall at its own address, from one plant."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import structlog

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import SdError
from sdanlegg.points import SunSpecField
from sdanlegg.site import Device, Site
from simulators import snapshot
from simulators.modbus_image import Unit
from simulators.modbus_server import ModbusServer, Registers
from simulators.observe import BoundDevice
from simulators.opcua_server import OpcUaServer
from simulators.plant.weather_block import Source
from simulators.sunspec_server import Inverter
from simulators.twin import Twin, beginning, paired

log = structlog.get_logger("twin")
TICK_S = 1.0
SAVE_S = 60.0
STEPS_AT_A_TIME = 50  # between two looks at the sockets


async def serve(
    site: Site,
    *,
    clock: Clock,
    speed: float = 1.0,
    seed: int = 1,
    state_file: Path | None = None,
    ready: asyncio.Event | None = None,
    weather: Source | None = None,
) -> None:
    """Serve until cancelled; SdError if an address cannot be had, and then nothing is left listening.

    At speed 1 the plant's time is the wall's; at another it starts there and runs that much faster or slower.
    """
    twin = Twin(site, beginning(site, clock.now_ns(), seed, state_file, weather), seed, weather)
    devices = Served(twin, clock)
    async with listening(devices):
        if ready is not None:
            ready.set()
        try:
            await _live(devices, clock, speed, state_file)
        finally:
            if state_file is not None:
                snapshot.save(twin.saved(), state_file)


async def _live(devices: "Served", clock: Clock, speed: float, state_file: Path | None) -> None:
    twin = devices.twin
    began_ns, plant_ns = clock.monotonic_ns(), max(clock.now_ns(), twin.state.t_ns)
    saved_ns = began_ns
    while True:
        now_ns = clock.monotonic_ns()
        # The wall may step; a plant at speed 1 follows it, but never backwards.
        target_ns = clock.now_ns() if speed == 1.0 else plant_ns + round((now_ns - began_ns) * speed)
        while not twin.advance(target_ns, STEPS_AT_A_TIME):
            await clock.sleep(0.0)
        await devices.refresh()
        if state_file is not None and now_ns - saved_ns >= SAVE_S * SECOND_NS:
            snapshot.save(twin.saved(), state_file)
            saved_ns = now_ns
        await clock.sleep(TICK_S)


class Served:
    """The servers of a twin and what stands in them."""

    def __init__(self, twin: Twin, clock: Clock) -> None:
        self.twin = twin
        self._units = [(d, self._unit(d)) for d in twin.devices if d.device.protocol != "opcua"]
        self.modbus = [ModbusServer(host, port, units) for (host, port), units in _gateways(self._units).items()]
        self._opcua = [
            (d, OpcUaServer(d.device, [b.point for b in d.points], twin.write, clock))
            for d in twin.devices
            if d.device.protocol == "opcua"
        ]

    def _unit(self, device: BoundDevice) -> Unit | Inverter:
        if device.device.protocol == "sunspec":
            return Inverter(device.device.id)
        return Unit([b.point for b in device.points], device.device.pacing.max_gap, self.twin.write)

    def owner(self, host: str, port: int) -> str:
        """Ids of the devices at an address, for messages."""
        return ", ".join(d.device.id for d in self.twin.devices if (d.device.host, d.device.port) == (host, port))

    async def start(self) -> None:
        """Open every socket, registers first: they hold values before the first client comes."""
        self._refresh_units()
        for server in self.modbus:
            await server.start()
        for device, plc in self._opcua:
            await plc.start(paired(device, self.twin.values(device)))

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
        self._refresh_units()
        for device, plc in self._opcua:
            await plc.refresh(paired(device, self.twin.values(device)))

    async def stop(self) -> None:
        """Close what is open."""
        for _, plc in self._opcua:
            await plc.stop()
        for server in self.modbus:
            await server.stop()

    def addresses(self) -> list[tuple[str, int]]:
        """Every socket address, once."""
        return list(dict.fromkeys((d.device.host, d.device.port) for d in self.twin.devices))


def _gateways(units: Sequence[tuple[BoundDevice, Registers]]) -> dict[tuple[str, int], dict[int, Registers]]:
    found: dict[tuple[str, int], dict[int, Registers]] = {}
    for bound, unit in units:
        device: Device = bound.device
        found.setdefault((device.host, device.port), {})[device.unit] = unit
    return found


@contextlib.asynccontextmanager
async def listening(devices: Served) -> AsyncIterator[None]:
    """Have every server up, or none."""
    for host, port in devices.addresses():
        _probe(devices, host, port)
    try:
        try:
            await devices.start()
        except OSError as error:
            raise SdError(f"the twin cannot listen: {error}") from error
        yield
    finally:
        await devices.stop()


def _probe(devices: Served, host: str, port: int) -> None:
    """Find out now, not after ten seconds of building address spaces, whether an address is free."""
    try:
        with socket.create_server((host, port), family=_family(host)):
            pass
    except OSError as error:
        text = f"the twin cannot listen on {host}:{port} ({devices.owner(host, port)}): {error.strerror or error}"
        raise SdError(text) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
