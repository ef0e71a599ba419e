"""Modbus TCP server of the twin: one socket, several units, functions 1-6, 15 and 16.

A request is answered at once and in order, so clients may pipeline. Unknown unit: exception 11, as a gateway answers
when nobody does. Unknown function: 1. What is no Modbus frame at all closes the connection. A scenario may have a unit
answer late, with an exception, or not at all; who shares its connection then waits, as behind a gateway.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from typing import Final, Protocol, cast

from sdanlegg.points import Table
from simulators.modbus_image import ILLEGAL_FUNCTION, ILLEGAL_VALUE, RefusedError
from simulators.scenario.conditions import RESET, WELL, Condition

NO_TARGET: Final = 11
HEADER: Final = 7
READ_BITS: Final[Mapping[int, Table]] = {1: "coil", 2: "discrete"}
READ_REGISTERS: Final[Mapping[int, Table]] = {3: "holding", 4: "input"}
COIL_ON, COIL_OFF = 0xFF00, 0x0000


class Registers(Protocol):
    """What a unit must be able to do."""

    def read(self, table: Table, address: int, count: int) -> bytes:
        """Content of a range: two bytes a register, one a bit."""
        ...

    def write(self, table: Table, address: int, content: bytes) -> None:
        """Write a range."""
        ...


def respond(unit: Registers, pdu: bytes) -> bytes:
    """Answer one request (function code and data)."""
    answer = ANSWERS.get(pdu[0])
    if answer is None:
        return bytes((pdu[0] | 0x80, ILLEGAL_FUNCTION))
    try:
        return answer(unit, pdu)
    except RefusedError as refused:
        return bytes((pdu[0] | 0x80, refused.code))


def _range(pdu: bytes, most: int) -> tuple[int, int]:
    if len(pdu) < 5:
        raise RefusedError(ILLEGAL_VALUE)
    address, count = struct.unpack_from(">HH", pdu, 1)
    if not 1 <= count <= most:
        raise RefusedError(ILLEGAL_VALUE)
    return address, count


def _read_bits(unit: Registers, pdu: bytes) -> bytes:
    address, count = _range(pdu, 2000)
    bits = unit.read(READ_BITS[pdu[0]], address, count)
    packed = bytearray((count + 7) // 8)
    for i, bit in enumerate(bits):
        packed[i // 8] |= bit << (i % 8)
    return bytes((pdu[0], len(packed))) + packed


def _read_registers(unit: Registers, pdu: bytes) -> bytes:
    address, count = _range(pdu, 125)
    return bytes((pdu[0], 2 * count)) + unit.read(READ_REGISTERS[pdu[0]], address, count)


def _write_one(unit: Registers, pdu: bytes) -> bytes:
    if len(pdu) != 5:
        raise RefusedError(ILLEGAL_VALUE)
    address, value = struct.unpack_from(">HH", pdu, 1)
    if pdu[0] == 6:
        unit.write("holding", address, pdu[3:5])
    elif value in {COIL_ON, COIL_OFF}:
        unit.write("coil", address, b"\1" if value == COIL_ON else b"\0")
    else:
        raise RefusedError(ILLEGAL_VALUE)
    return pdu


def _write_many(unit: Registers, pdu: bytes) -> bytes:
    address, count = _range(pdu, 1968 if pdu[0] == 15 else 123)
    size = (count + 7) // 8 if pdu[0] == 15 else 2 * count
    content = pdu[6:]
    if len(pdu) < 6 or pdu[5] != size or len(content) != size:
        raise RefusedError(ILLEGAL_VALUE)
    if pdu[0] == 15:
        unit.write("coil", address, bytes(content[i // 8] >> (i % 8) & 1 for i in range(count)))
    else:
        unit.write("holding", address, content)
    return pdu[:5]


ANSWERS: Final[Mapping[int, Callable[[Registers, bytes], bytes]]] = {
    1: _read_bits,
    2: _read_bits,
    3: _read_registers,
    4: _read_registers,
    5: _write_one,
    6: _write_one,
    15: _write_many,
    16: _write_many,
}


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(
        self,
        units: Mapping[int, Registers],
        conditions: Mapping[int, Condition],
        open_connections: set[asyncio.Transport],
    ) -> None:
        self._units = units
        self._conditions = conditions
        self._open = open_connections
        self._late: deque[bytes] = deque()
        self._free_s = 0.0  # when what is late has been told, on the loop's clock
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._open.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport."""
        del exc
        if self._transport is not None:
            self._open.discard(self._transport)

    def pause_writing(self) -> None:
        """Stop reading from a client that does not take its answers."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on with a client that has taken its answers."""
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Answer every whole request in the buffer."""
        if self._transport is None:
            return
        self._buffer += data
        answers = bytearray()
        while len(self._buffer) >= HEADER + 1:
            transaction, protocol, length, unit_id = struct.unpack_from(">HHHB", self._buffer)
            if protocol != 0 or not 2 <= length <= 254:
                self._transport.abort()
                return
            end = HEADER - 1 + length
            if len(self._buffer) < end:
                break
            pdu = bytes(self._buffer[HEADER:end])
            del self._buffer[:end]
            condition = self._conditions.get(unit_id, WELL)
            if condition.offline == RESET:
                reset(self._transport)
                return
            if condition.offline:
                continue
            answer = self._answer(unit_id, pdu, condition)
            frame = struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit_id) + answer
            if condition.delay_s > 0.0 or self._late:
                self._tell_late(frame, condition.delay_s)
            else:
                answers += frame
        if answers:
            self._transport.write(bytes(answers))

    def _answer(self, unit_id: int, pdu: bytes, condition: Condition) -> bytes:
        unit = self._units.get(unit_id)
        if unit is None:
            return bytes((pdu[0] | 0x80, NO_TARGET))
        return bytes((pdu[0] | 0x80, condition.code)) if condition.code else respond(unit, pdu)

    def _tell_late(self, frame: bytes, delay_s: float) -> None:
        """Answer after a while, and after what is late already."""
        loop = asyncio.get_running_loop()
        self._free_s = max(self._free_s, loop.time()) + delay_s
        self._late.append(frame)
        loop.call_at(self._free_s, self._tell_next)

    def _tell_next(self) -> None:
        frame = self._late.popleft()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame)


def reset(transport: asyncio.WriteTransport) -> None:
    """Break a connection as a crashed host does: the other side is told at once (RST)."""
    given = transport.get_extra_info("socket")
    if given is not None:
        given.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class ModbusServer:
    """A listening socket with its units."""

    def __init__(self, host: str, port: int, units: Mapping[int, Registers]) -> None:
        self.host = host
        self.port = port
        self.conditions: MutableMapping[int, Condition] = {}  # by unit id; one that is not there is well
        self._units = units
        self._connections: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; OSError if the address cannot be had. Port 0 takes a free one and tells it in `port`."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._units, self.conditions, self._connections), self.host, self.port, backlog=256
        )
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def listens(self) -> bool:
        """Whether the socket is open."""
        return self._server is not None

    async def stop(self) -> None:
        """Close the socket and every connection."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self._connections):
            transport.abort()
        await self._server.wait_closed()
        self._server = None
