"""OPC UA server of the twin: one for each PLC, with namespace URIs, source times and status codes.

Who may come in is what devices.toml says of the PLC's security. Whoever is in may read; only setpoints may be written,
inside their range; a movable floor has none.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite, isnan
from typing import Any, Final

from asyncua import ua
from asyncua.common.node import Node as UaNode
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AddressSpace, AttributeService
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.points import Node, Point
from sdanlegg.site import Device
from simulators.encode import raw_integer
from simulators.modbus_image import within
from simulators.opcua_security import OPEN, Access, secure
from simulators.scenario.conditions import WELL, Condition
from simulators.signals.getters import Value

TYPES: Final = {
    "bool": ua.VariantType.Boolean,
    "int16": ua.VariantType.Int16,
    "uint16": ua.VariantType.UInt16,
    "int32": ua.VariantType.Int32,
    "uint32": ua.VariantType.UInt32,
    "int64": ua.VariantType.Int64,
    "uint64": ua.VariantType.UInt64,
    "float32": ua.VariantType.Float,
    "float64": ua.VariantType.Double,
    "string": ua.VariantType.String,
}
LOOPBACK: Final = "127.0.0.1"
AT_A_TIME: Final = 50  # nodes that are refreshed before others have their turn
_BAD: Final = 0x8000_0000  # severity of a status code
WriteSetpoint = Callable[[Point, float], None]


@dataclass(frozen=True, slots=True)
class Variable:
    """A point with its node."""

    point: Point
    address: Node
    node_id: ua.NodeId
    type: ua.VariantType


def split_node(node: str) -> tuple[str, str]:
    """Namespace URI and identifier of ``nsu=<uri>;s=<identifier>``."""
    uri, _, identifier = node.removeprefix("nsu=").partition(";s=")
    return uri, identifier


def variant(value: Value, variable: Variable) -> ua.Variant:
    """The value as the PLC holds it."""
    address = variable.address
    if isinstance(value, str):
        return ua.Variant(value, ua.VariantType.String)
    base = address.type.base
    if base == "bool":
        return ua.Variant(bool(value), ua.VariantType.Boolean)
    if base in {"float32", "float64"}:
        return ua.Variant((value - address.offset) / address.scale, variable.type)
    return ua.Variant(raw_integer(value, base, address.scale, address.offset), variable.type)


class CheckedAttributes(AttributeService):
    """Writes of clients: only setpoints, of the right type, inside their range."""

    def __init__(
        self, aspace: AddressSpace, setpoints: Mapping[ua.NodeId, Variable], write: WriteSetpoint, clock: Clock
    ) -> None:
        super().__init__(aspace)
        self._setpoints = setpoints
        self._write = write
        self._clock = clock

    async def write(
        self,
        params: ua.WriteParameters,
        user: User = User(role=UserRole.Admin),  # noqa: B008 (asyncua's signature)
    ) -> list[ua.StatusCode]:
        """Answer each value of the request with its own status."""
        if user.role == UserRole.Admin:
            return await super().write(params, user)
        return [await self._one(value) for value in params.NodesToWrite]

    async def _one(self, value: Any) -> ua.StatusCode:
        variable = self._setpoints.get(value.NodeId)
        if variable is None or value.AttributeId != AttributeIds.Value:
            return _status(StatusCodes.BadNotWritable)
        given, told_as = value.Value.Value, value.Value.StatusCode
        if value.IndexRange or (told_as is not None and not told_as.is_good()):
            return _status(StatusCodes.BadWriteNotSupported)
        if given is None or given.VariantType != variable.type or given.is_array:
            return _status(StatusCodes.BadTypeMismatch)
        address = variable.address
        house = float(given.Value) * address.scale + address.offset
        if not isfinite(house) or not within(variable.point, house):
            return _status(StatusCodes.BadOutOfRange)
        self._write(variable.point, house)
        told = data_value(given, StatusCodes.Good, _time(self._clock.now_ns()))
        return await self._aspace.write_attribute_value(value.NodeId, AttributeIds.Value, told)


# asyncua annotates its integers and times with classes of its own, and takes the plain ones.
def _status(code: int) -> ua.StatusCode:
    return ua.StatusCode(code)  # type: ignore[arg-type]


def _node_id(identifier: str, index: int) -> ua.NodeId:
    return ua.NodeId(identifier, index)  # type: ignore[arg-type]


def _time(t_ns: int) -> datetime:
    return datetime.fromtimestamp(t_ns / SECOND_NS, UTC)


def data_value(value: ua.Variant | None, status: int, at: datetime) -> ua.DataValue:
    """Build a value with its status and times."""
    return ua.DataValue(value, _status(status), SourceTimestamp=at, ServerTimestamp=at)  # type: ignore[arg-type]


class OpcUaServer:
    """One PLC."""

    def __init__(
        self,
        device: Device,
        points: Iterable[Point],
        write: WriteSetpoint,
        clock: Clock,
        access: Access = OPEN,
        *,
        behind_gate: bool = False,
    ) -> None:
        self.device = device
        self._behind_gate = behind_gate
        self._access = access
        self._points = [(p, p.address) for p in points if isinstance(p.address, Node)]
        self._write = write
        self._clock = clock
        self._server = Server()
        self._variables: dict[str, Variable] = {}
        self._running = False

    async def start(self, values: Sequence[tuple[Point, Value]]) -> None:
        """Build the address space with these values and listen; OSError if the address cannot be had."""
        server = self._server
        server.set_endpoint(self.device.endpoint)
        server.set_server_name(self.device.name.en)
        if self._behind_gate:
            server.socket_address = (LOOPBACK, 0)
        await server.init()
        await secure(server, self._access)
        await self._build()
        setpoints = {v.node_id: v for v in self._variables.values() if v.point.access == "rw"}
        inner = server.iserver
        inner.attribute_service = CheckedAttributes(inner.aspace, setpoints, self._write, self._clock)
        await self.refresh(values)
        self._running = True  # before: a start that is broken off must be stopped too
        await server.start()

    @property
    def port(self) -> int:
        """Port on which it listens: the device's, or behind a gate one of its own."""
        bound = self._server.bserver
        return self.device.port if bound is None else bound.port

    async def _build(self) -> None:
        folders: dict[tuple[int, str], UaNode] = {}
        for point, address in self._points:
            uri, identifier = split_node(address.node)
            index = await self._server.register_namespace(uri)
            parent = await self._folder(folders, index, identifier.rpartition(".")[0])
            kind = TYPES[address.type.base]
            node_id = _node_id(identifier, index)
            variable = Variable(point, address, node_id, kind)
            empty: Value = "" if kind == ua.VariantType.String else point.min
            name = identifier.rpartition(".")[2]
            node = await parent.add_variable(node_id, ua.QualifiedName(name, index), variant(empty, variable))
            if point.access == "rw":
                await node.set_writable()
            self._variables[point.id] = variable

    async def _folder(self, folders: dict[tuple[int, str], UaNode], index: int, path: str) -> UaNode:
        if not path:
            return self._server.nodes.objects
        if (index, path) not in folders:
            outer, _, name = path.rpartition(".")
            parent = await self._folder(folders, index, outer)
            folders[index, path] = await parent.add_folder(_node_id(path, index), ua.QualifiedName(name, index))
        return folders[index, path]

    async def refresh(self, values: Sequence[tuple[Point, Value]], condition: Condition = WELL) -> None:
        """Take over new values (house units); what the device does not know becomes bad."""
        at = _time(self._clock.now_ns() + condition.ahead_ns)
        status = int(getattr(StatusCodes, condition.status or "Good"))
        for number, (point, value) in enumerate(values, 1):
            variable = self._variables[point.id]
            if not isinstance(value, str) and isnan(value):
                told = data_value(None, StatusCodes.BadSensorFailure, at)
            elif status >= _BAD:
                told = data_value(None, status, at)
            else:
                told = data_value(variant(value, variable), status, at)
            await self._server.write_attribute_value(variable.node_id, told)
            if number % AT_A_TIME == 0:
                await asyncio.sleep(0)

    async def stop(self) -> None:
        """Close the socket and every session."""
        if self._running:
            self._running = False
            await self._server.stop()
