"""A Modbus TCP server that misbehaves on command: raw sockets and struct, nothing of any Modbus library.

Register n holds n, so that an answer given to the wrong request is seen. A script gets each request and the wire.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Query:
    """One request as it came."""

    transaction: int
    unit: int
    function: int
    body: bytes

    @property
    def address(self) -> int:
        return int.from_bytes(self.body[:2], "big")

    @property
    def count(self) -> int:
        return int.from_bytes(self.body[2:4], "big")


class Wire:
    """The connection that a request came on."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send(self, octets: bytes) -> None:
        self._writer.write(octets)
        await self._writer.drain()

    def close(self) -> None:
        """End the connection in an orderly way (FIN)."""
        self._writer.close()

    def reset(self) -> None:
        """End it rudely (RST)."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Script = Callable[[Query, Wire], Awaitable[None]]


def frame(query: Query, pdu: bytes, *, transaction: int | None = None, unit: int | None = None) -> bytes:
    """A Modbus TCP frame that answers the query, with the right header unless told otherwise."""
    return struct.pack(
        ">HHHB",
        query.transaction if transaction is None else transaction,
        0,
        len(pdu) + 1,
        query.unit if unit is None else unit,
    ) + bytes(pdu)


def right(query: Query) -> bytes:
    """The right answer's PDU: register n holds n, bit n is n odd; a write is repeated."""
    if query.function in {3, 4}:
        words = [address & 0xFFFF for address in range(query.address, query.address + query.count)]
        return struct.pack(f">BB{query.count}H", query.function, 2 * query.count, *words)
    if query.function in {1, 2}:
        octets = bytearray((query.count + 7) // 8)
        for i in range(query.count):
            octets[i // 8] |= ((query.address + i) & 1) << i % 8
        return bytes([query.function, len(octets), *octets])
    return bytes([query.function]) + query.body[:4]


async def obedient(query: Query, wire: Wire) -> None:
    """Answer rightly."""
    await wire.send(frame(query, right(query)))


async def silent(query: Query, wire: Wire) -> None:
    """Take the request and say nothing."""


def exception(code: int) -> Script:
    """Refuse every request with a Modbus exception."""

    async def script(query: Query, wire: Wire) -> None:
        await wire.send(frame(query, bytes([query.function | 0x80, code])))

    return script


@dataclass
class ScriptedServer:
    """A running server: what it was asked, and how it answers from now on."""

    script: Script
    port: int = 0
    queries: list[Query] = field(default_factory=list)
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        wire = Wire(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                transaction, _, length, unit, function = struct.unpack(">HHHBB", await reader.readexactly(8))
                query = Query(transaction, unit, function, await reader.readexactly(length - 2))
                self.queries.append(query)
                await self.script(query, wire)
        writer.close()


@asynccontextmanager
async def scripted(script: Script = obedient) -> AsyncIterator[ScriptedServer]:
    """Run a scripted server for a while, on a port of its own."""
    state = ScriptedServer(script)
    server = await asyncio.start_server(state.serve, "127.0.0.1", 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for writer in state.writers:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)


def refused_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose queue of callers is full: a connection to it is never made, as to a host that drops packets."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
