"""Modbus TCP link: one connection to a controller, or to a gateway with several units behind it."""

from collections.abc import Sequence

from drivers.modbus_blocks import BlockReader
from drivers.modbus_codec import encode, raw_none, with_bit
from drivers.modbus_connection import Connection
from drivers.modbus_plan import Block, plan_blocks, span_of
from drivers.modbus_request import Request, read_request, write_coil, write_registers
from sdanlegg.clock import Clock
from sdanlegg.driver import PollGroup
from sdanlegg.errors import ConfigError, DeviceError
from sdanlegg.points import Point, Register
from sdanlegg.readings import Reading


class ModbusLink:
    """Polls groups of points over one connection; see sdanlegg.driver.Link for what each method promises."""

    def __init__(self, groups: Sequence[PollGroup], clock: Clock) -> None:
        self._clock = clock
        self._devices = {group.device.id: group.device for group in groups}
        self._connection = Connection(list(self._devices.values()), clock)
        self._readers = {(group.device.id, group.period_s): _reader(group) for group in groups}

    async def connect(self) -> None:
        """Connect; LinkError with the reason if the other end cannot be had."""
        await self._connection.open()

    async def poll(self, group: PollGroup) -> Reading:
        """Read the group once; what the device refuses is bad inside the reading."""
        reader = self._readers[group.device.id, group.period_s]
        await self._connection.enter()
        try:
            row = await reader.read(self._connection)
            return Reading(
                group.device.id, self._clock.now_ns(), group.columns, row.values, row.quality, None, row.texts
            )
        finally:
            await self._connection.leave()

    async def write(self, point: Point, value: float) -> None:
        """Write one value in house units ahead of waiting reads; DeviceError if it is refused or unanswered."""
        register, device = _register(point), self._devices[point.device]
        if register.table not in {"coil", "holding"}:
            raise DeviceError(f"{point.id} stands in table {register.table}, which cannot be written")
        await self._connection.enter()
        try:
            async with self._connection.urgent_turn():
                request = await self._write_request(point, register, value)
                await self._connection.ask_in_turn(request, device.pacing.timeout)
        except ValueError as error:
            raise DeviceError(f"{point.id}: {error}") from error
        finally:
            await self._connection.leave()

    async def raw(self, point: Point) -> bytes:
        """Read the raw bytes of one point, for a person who looks at its byte order (modbus_codec.orders)."""
        device = self._devices[point.device]
        await self._connection.enter()
        try:
            async with self._connection.urgent_turn():
                return await self._connection.ask_in_turn(_read_one(device.unit, point), device.pacing.timeout)
        finally:
            await self._connection.leave()

    async def close(self) -> None:
        """Give the socket back; never raises, may be called twice."""
        await self._connection.close()

    async def _write_request(self, point: Point, register: Register, value: float) -> Request:
        """Build the request that the point needs: function 5 for a coil, 6 for one register, 16 for several.

        A single bit needs its register as it is now; the caller has the turn, so no request of ours comes between.
        """
        device = self._devices[point.device]
        if register.type.bit is not None:
            octets = await self._connection.ask_in_turn(_read_one(device.unit, point), device.pacing.timeout)
            word = with_bit(register, int.from_bytes(octets, "big"), value)
            return write_registers(device.unit, register.address, [word])
        words = encode(register, value)
        if register.table == "coil":
            return write_coil(device.unit, register.address, words[0])
        return write_registers(device.unit, register.address, words)


def modbus_link(groups: Sequence[PollGroup], clock: Clock) -> ModbusLink:
    """Make the link that the groups, all behind one socket address, share; ConfigError if a point cannot be read."""
    return ModbusLink(groups, clock)


def plan_group(group: PollGroup) -> tuple[list[Register], tuple[Block, ...]]:
    """Return the registers of a group in its order, and the blocks that read them; ConfigError names a bad point."""
    registers = [_register(point) for point in group.points]
    spans = [span_of(row, r, group.points[row].id) for row, r in enumerate(registers)]
    try:
        return registers, plan_blocks(spans, group.device.pacing)
    except ConfigError as error:
        raise ConfigError(f"{group.device.id}: {error}") from error


def _reader(group: PollGroup) -> BlockReader:
    registers, blocks = plan_group(group)
    none = raw_none(group.points, registers)
    return BlockReader(group.device.unit, registers, blocks, none, group.device.pacing.timeout)


def _register(point: Point) -> Register:
    if not isinstance(point.address, Register):
        raise ConfigError(f"{point.id} has no Modbus register")
    return point.address


def _read_one(unit: int, point: Point) -> Request:
    span = span_of(0, _register(point), point.id)
    return read_request(unit, Block(span.table, span.address, span.count, (span,)))
