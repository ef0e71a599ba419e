"""Modbus TCP server of the twin: one socket, several units, the functions of modbus_functions.py.

A request is answered at once and in order, so clients may pipeline. Unknown unit: exception 11, as a gateway answers
when nobody does; a device with the socket to itself also answers as units 0 and 255, which the guide to Modbus on
TCP/IP has mean "whoever is at this address". Unknown function: 1. What is no Modbus frame at all closes the connection.
Beyond MOST_CONNECTIONS new ones are closed at once. A scenario may have a unit answer late, with an exception, or not
at all; who shares its connection then waits, as behind a gateway.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Mapping, MutableMapping
from typing import Final, cast

from simulators.modbus_functions import Registers, respond
from simulators.scenario.conditions import RESET, WELL, Condition

NO_TARGET: Final = 11
HEADER: Final = 7
DIRECT: Final = (0, 255)
MOST_CONNECTIONS: Final = 256


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
        if len(self._open) >= MOST_CONNECTIONS:
            self._transport.abort()
            return
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
            addressed = self._addressed(unit_id)
            condition = self._conditions.get(addressed, WELL)
            if condition.offline == RESET:
                reset(self._transport)
                return
            if condition.offline:
                continue
            answer = self._answer(addressed, pdu, condition)
            frame = struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit_id) + answer
            if condition.delay_s > 0.0 or self._late:
                self._tell_late(frame, condition.delay_s)
            else:
                answers += frame
        if answers:
            self._transport.write(bytes(answers))

    def _addressed(self, unit_id: int) -> int:
        return next(iter(self._units)) if unit_id in DIRECT and len(self._units) == 1 else unit_id

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
