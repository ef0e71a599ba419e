"""OPC UA link: gauges and counters by batched reads, states and setpoints by a subscription, never trusted alone.

connect: session -> NamespaceArray -> node ids of today -> subscription
poll:    read what is not watched (everything after a connect, once a minute, and while the subscription is silent)
         -> merge with the newest watched values -> decode -> Reading
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from drivers.opcua_node import NodeAddress, parse, resolve
from drivers.opcua_security import require_sound
from drivers.opcua_session import WIRE_FAULTS, Session, reason_of
from drivers.opcua_status import is_too_busy, name_of
from drivers.opcua_values import Decoding, decode, decoding, encode
from drivers.opcua_watch import Seen, Watch
from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.driver import PollGroup
from sdanlegg.errors import ConfigError, DeviceError, LinkError, SdError
from sdanlegg.points import Node, Point
from sdanlegg.readings import Reading
from sdanlegg.site import Device

CONNECT_S: Final = 3.5
FULL_READ_S: Final = 60.0  # the longest that a watched value rests on the subscription's word
SLOWEST_WATCH_S: Final = 1.0  # a change of state is known after this, however seldom its group is polled
ITEMS_PER_CALL: Final = 500  # where the server names no limit
_NAMESPACES, _STATE, _MAX_READ, _MAX_ITEMS = (
    ua.ReadValueId(ua.NodeId(number), AttributeIds.Value)  # type: ignore[arg-type]  # asyncua has its own name for int
    for number in (
        ObjectIds.Server_NamespaceArray,
        ObjectIds.Server_ServerStatus_State,
        ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
        ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
    )
)
_UNKNOWN: Final = ua.DataValue(StatusCode=ua.StatusCode(StatusCodes.BadNodeIdUnknown))  # type: ignore[arg-type]


@dataclass(slots=True)
class _Plan:
    """How a group is decoded, and when (monotonic) all of it is to be read again."""

    how: Decoding
    columns: tuple[int, ...]
    full_read_ns: int = 0


@dataclass(frozen=True, slots=True)
class _Limits:
    """How many nodes the server takes in one request."""

    read: int = ITEMS_PER_CALL
    watch: int = ITEMS_PER_CALL


class OpcUaLink:
    """One session with one server. Made fresh for every attempt; never reused after close."""

    def __init__(self, groups: Sequence[PollGroup], clock: Clock) -> None:
        device = _one_server(groups)
        self._clock = clock
        self._endpoint = device.endpoint
        self._timeout_s = max(1.0, device.pacing.timeout)
        self._plans = {group.columns.tobytes(): _plan(group) for group in groups}
        points = {int(c): p for group in groups for c, p in zip(group.columns, group.points, strict=True)}
        self._addresses = {column: _address(point) for column, point in points.items()}
        self._seldom = [column for column, point in points.items() if point.kind in {"state", "setpoint"}]
        self._shortest_s = min(group.period_s for group in groups)
        self._columns = {point.id: column for column, point in points.items()}
        self._session = Session(device, clock, self._timeout_s)
        self._limits = _Limits()
        self._nodes: dict[int, ua.ReadValueId] = {}  # prepared for reading: those whose namespace the server has
        self._watch = Watch(self._session.services, clock, {}, SLOWEST_WATCH_S)
        self._written: dict[int, int] = {}
        self._upkeep = asyncio.Lock()
        self._connected = False

    async def connect(self) -> None:
        """Connect; LinkError, with the endpoint, if the server cannot be had or nothing can be learnt from it."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._session.open(self._shortest_s)
                await self._learn()
                await self._watch.renew(self._limits.watch)
        except TimeoutError as err:
            raise self._link_error(err) from err
        except (*WIRE_FAULTS, SdError) as err:
            await self._session.close()
            raise self._link_error(err) from err
        else:
            self._connected = True
        finally:
            if not self._connected:
                await self._watch.stop()
                self._session.abort()

    async def poll(self, group: PollGroup) -> Reading:
        """Read the group once; what the server refuses goes bad inside the reading."""
        plan = self._plans[group.columns.tobytes()]
        try:
            await self._keep_up()
            seen = await self._fresh(plan)
        except WIRE_FAULTS as err:
            raise self._fault(err) from err
        now_ns = self._clock.now_ns()
        newest = [seen.get(column, Seen(_UNKNOWN, now_ns)) for column in plan.columns]
        arrival_ns = np.array([one.t_ns for one in newest], np.int64)
        got = decode(plan.how, [one.value for one in newest], arrival_ns)
        return Reading(group.device.id, now_ns, group.columns, got.values, got.quality, got.source_t_ns, got.texts)

    async def write(self, point: Point, value: float) -> None:
        """Write one value in house units; DeviceError, with the status code's name, if refused or unanswered."""
        if point.access != "rw" or not isinstance(point.address, Node):
            raise DeviceError(f"{point.id} is not for writing")
        column = self._columns.get(point.id)
        if column is None or column not in self._nodes:
            raise DeviceError(f"{point.id}: the server does not know the namespace of its node")
        try:
            variant = encode(point.address, value)
        except ValueError as err:
            raise DeviceError(f"{point.id}: {err}") from err
        # Without status and times: many controllers refuse a write that carries them.
        one = ua.WriteValue(
            self._nodes[column].NodeId, AttributeIds.Value, Value=ua.DataValue(variant, StatusCode=None)
        )
        self._distrust(column)
        try:
            results = await self._session.services.write(ua.WriteParameters([one]))
        except TimeoutError as err:
            raise DeviceError(f"{point.id}: the write was not answered within {self._timeout_s:g} s") from err
        except UaStatusCodeError as err:
            raise DeviceError(f"{point.id}: the write was refused: {name_of(int(err.code))}") from err
        except WIRE_FAULTS as err:
            raise self._link_error(err) from err
        self._distrust(column)
        if not results or not results[0].is_good():
            name = name_of(int(results[0].value)) if results else "no result"
            raise DeviceError(f"{point.id}: the write was refused: {name}")

    async def close(self) -> None:
        """Give session and socket back within two seconds; never raises, may be called twice."""
        was_connected, self._connected = self._connected, False
        await self._watch.stop()
        if was_connected:
            await self._session.close()
        else:
            self._session.abort()

    async def _learn(self) -> None:
        """Resolve every node id in the server as it is now, and ask for its limits."""
        limits = _Limits(3, 3)
        asked = await self._read([_NAMESPACES, _MAX_READ, _MAX_ITEMS], limits)
        spaces, most_read, most_items = (seen.value.Value for seen in asked)
        if spaces is None or not isinstance(spaces.Value, list):
            raise LinkError("the server does not tell its namespaces")
        self._limits = _Limits(_limit(most_read), _limit(most_items))
        found = {column: resolve(address, spaces.Value) for column, address in self._addresses.items()}
        ids = {column: id_ for column, id_ in found.items() if id_ is not None}
        self._nodes = {column: ua.ReadValueId(id_, AttributeIds.Value) for column, id_ in ids.items()}
        watched = {column: ids[column] for column in self._seldom if column in ids}
        interval_s = min(SLOWEST_WATCH_S, self._shortest_s)
        self._watch = Watch(self._session.services, self._clock, watched, interval_s)

    async def _keep_up(self) -> None:
        """Renew what has a time limit: the secure channel, and a subscription that fell silent."""
        if not self._connected:
            raise LinkError(f"{self._endpoint}: not connected")
        async with self._upkeep:
            await self._session.renew_if_due()
            if self._watch.due:
                await self._watch.renew(self._limits.watch)

    async def _fresh(self, plan: _Plan) -> dict[int, Seen]:
        """Newest values by column; what the subscription does not tell is read, at least the state of the server."""
        start_ns = self._clock.monotonic_ns()
        full = start_ns >= plan.full_read_ns or not self._watch.alive
        told = {} if full else self._watch.newest
        due = [c for c in plan.columns if c in self._nodes and (c not in told or self._is_distrusted(c, start_ns))]
        if not due:
            await self._read([_STATE], self._limits)  # it must be there
        seen = dict(zip(due, await self._read([self._nodes[c] for c in due], self._limits), strict=True))
        for column, one in seen.items():
            self._watch.confirm(column, one)
        if full:
            plan.full_read_ns = start_ns + int(FULL_READ_S * SECOND_NS)
        return {column: told[column] for column in plan.columns if column in told} | seen

    async def _read(self, nodes: Sequence[ua.ReadValueId], limits: _Limits) -> list[Seen]:
        """Read values with source and server times, in as many requests as the server's limit makes of it."""
        seen: list[Seen] = []
        for start in range(0, len(nodes), limits.read):
            some = list(nodes[start : start + limits.read])
            values = await self._session.services.read(ua.ReadParameters(0, ua.TimestampsToReturn.Both, some))
            if len(values) != len(some):
                raise DeviceError(f"{self._endpoint}: asked for {len(some)} values, {len(values)} came")
            now_ns = self._clock.now_ns()
            seen += [Seen(value, now_ns) for value in values]
        return seen

    def _distrust(self, column: int) -> None:
        """Read a written node itself until no older value can come out of the subscription any more."""
        self._written[column] = self._clock.monotonic_ns() + int(3 * SLOWEST_WATCH_S * SECOND_NS)

    def _is_distrusted(self, column: int, now_ns: int) -> bool:
        return now_ns < self._written.get(column, 0)

    def _fault(self, error: Exception) -> SdError:
        """The error to raise: a busy server keeps its connection, anything else is worth a new one."""
        if isinstance(error, UaStatusCodeError) and is_too_busy(int(error.code)):
            return DeviceError(f"{self._endpoint}: {name_of(int(error.code))}")
        return self._link_error(error)

    def _link_error(self, error: Exception) -> LinkError:
        return LinkError(f"{self._endpoint}: {reason_of(error, self._timeout_s)}")


def opcua_link(groups: Sequence[PollGroup], clock: Clock) -> OpcUaLink:
    """Make the link to the server that all groups share; ConfigError for a node or security table that cannot be."""
    return OpcUaLink(groups, clock)


def _one_server(groups: Sequence[PollGroup]) -> Device:
    first = groups[0].device
    require_sound(first)
    for group in groups:
        if (group.device.endpoint, group.device.security) != (first.endpoint, first.security):
            raise ConfigError(f"{group.device.id} and {first.id} share {first.address}, but not endpoint and security")
    return first


def _plan(group: PollGroup) -> _Plan:
    nodes = [point.address for point in group.points if isinstance(point.address, Node)]
    return _Plan(decoding(nodes), tuple(int(column) for column in group.columns))


def _address(point: Point) -> NodeAddress:
    if not isinstance(point.address, Node):
        raise ConfigError(f"{point.id} has no OPC UA node")
    try:
        return parse(point.address.node)
    except ValueError as err:
        raise ConfigError(f"{point.id}: {err}") from err


def _limit(told: ua.Variant | None) -> int:
    """How many a server takes at once; 0 and nothing mean that it sets no limit."""
    most = told.Value if told is not None else None
    return min(most, ITEMS_PER_CALL) if isinstance(most, int) and most > 0 else ITEMS_PER_CALL
