"""SunSpec link: walks the device's chain of models and reads every value in one request with its scale factor."""

from collections.abc import Sequence

from drivers.modbus_blocks import BlockReader
from drivers.modbus_codec import Row
from drivers.modbus_connection import Connection
from drivers.modbus_plan import ADDRESSES, Block
from drivers.modbus_request import TOO_MUCH, RefusalError, read_request
from drivers.sunspec_fields import Chain, FieldPlan, Model, check_field, plan_fields
from drivers.sunspec_models import BASES, END, MARK
from sdanlegg.clock import Clock
from sdanlegg.driver import PollGroup
from sdanlegg.errors import DeviceError
from sdanlegg.points import Point
from sdanlegg.quality import CONFIG
from sdanlegg.readings import Reading
from sdanlegg.site import Device

_MOST_MODELS = 100


class _FieldReader:
    """Reads the fields of one group from a device with a given chain."""

    def __init__(self, group: PollGroup, chain: Chain) -> None:
        self._plan: FieldPlan = plan_fields(group.points, chain, group.device.pacing)
        self._reader = BlockReader(
            group.device.unit, self._plan.registers, self._plan.blocks, None, group.device.pacing.timeout
        )

    async def read(self, connection: Connection) -> Row:
        """Read every field once, in the group's order."""
        return self._plan.house(await self._reader.read(connection))


class SunSpecLink:
    """Polls groups of SunSpec points over one connection; see sdanlegg.driver.Link for what each method promises."""

    def __init__(self, groups: Sequence[PollGroup], clock: Clock) -> None:
        for group in groups:
            for point in group.points:
                check_field(point, group.device.pacing)
        self._clock = clock
        self._connection = Connection([group.device for group in groups], clock)
        self._opened = 0
        self._chains: dict[str, Chain] = {}
        self._readers: dict[tuple[str, float], _FieldReader] = {}

    async def connect(self) -> None:
        """Connect; LinkError with the reason if the other end cannot be had."""
        await self._connection.open()

    async def poll(self, group: PollGroup) -> Reading:
        """Read the group once; a field that the device does not have is bad inside the reading."""
        await self._connection.enter()
        try:
            row = await (await self._reader(group)).read(self._connection)
        finally:
            await self._connection.leave()
        return Reading(group.device.id, self._clock.now_ns(), group.columns, row.values, row.quality, None, row.texts)

    async def write(self, point: Point, value: float) -> None:
        """Refuse: nothing of an inverter is commanded over SunSpec."""
        raise DeviceError(f"{point.id}: {value:g} is not written, SunSpec points are read only")

    async def close(self) -> None:
        """Give the socket back; never raises, may be called twice."""
        await self._connection.close()

    async def _reader(self, group: PollGroup) -> _FieldReader:
        """Reader of a group, made of the chain as it stands on this very connection."""
        if self._opened != self._connection.opened:
            self._opened = self._connection.opened
            self._chains.clear()
            self._readers.clear()
        device, key = group.device, (group.device.id, group.period_s)
        if key not in self._readers:
            if device.id not in self._chains:
                self._chains[device.id] = await walk(self._connection, device)
            self._readers[key] = _FieldReader(group, self._chains[device.id])
        return self._readers[key]


def sunspec_link(groups: Sequence[PollGroup], clock: Clock) -> SunSpecLink:
    """Make the link that the groups, all behind one socket address, share; ConfigError names an unknown field."""
    return SunSpecLink(groups, clock)


async def walk(connection: Connection, device: Device) -> Chain:
    """Find the first model of each id; DeviceError if the device has no chain, or one without an end."""
    address = await _first_model(connection, device)
    chain: dict[int, Model] = {}
    for _ in range(_MOST_MODELS):
        if address + 2 > ADDRESSES:
            break
        try:
            header = await _pair(connection, device, address)
        except RefusalError as error:
            if error.code in TOO_MUCH and chain:  # some devices end without the end mark
                return chain
            raise
        number, length = int.from_bytes(header[:2], "big"), int.from_bytes(header[2:], "big")
        if number == END:
            return chain
        chain.setdefault(number, Model(address, length))
        address += 2 + length
    raise DeviceError("the chain of SunSpec models does not end")


async def _first_model(connection: Connection, device: Device) -> int:
    for base in BASES:
        try:
            if await _pair(connection, device, base) == MARK:
                return base + 2
        except RefusalError as error:
            if not error.quality & CONFIG:
                raise
    raise DeviceError(f"no SunSpec mark at {', '.join(map(str, BASES))}")


async def _pair(connection: Connection, device: Device, address: int) -> bytes:
    """Read two holding registers."""
    request = read_request(device.unit, Block("holding", address, 2, ()))
    (outcome,) = await connection.ask((request,), device.pacing.timeout)
    if isinstance(outcome, DeviceError):
        raise outcome
    return outcome
