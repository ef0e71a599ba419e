"""A gate before a server that knows of no faults: it refuses, breaks, swallows or delays what passes."""

import asyncio
import contextlib
from typing import Final

from simulators.modbus_server import reset
from simulators.scenario.conditions import REFUSE, RESET, SILENT, WELL, Condition

CHUNK: Final = 65_536
LOOPBACK: Final = "127.0.0.1"


class _EndedError(Exception):
    """One side has closed."""


class Gate:
    """A listening socket that passes on to another on the same machine, as its condition lets it."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._inner_port = 0
        self._condition = WELL
        self._server: asyncio.Server | None = None
        self._relays: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.WriteTransport] = set()

    async def open(self, inner_port: int) -> None:
        """Pass on to this port from now on, as the condition lets it; OSError if the address cannot be had."""
        self._inner_port = inner_port
        await self.follow(self._condition)

    async def follow(self, condition: Condition) -> None:
        """Be as the condition says from now on; OSError if the address cannot be had again."""
        before, self._condition = self._condition, condition
        # Who was silent has lost what came meanwhile: such a connection cannot go on.
        if condition.offline == REFUSE or (before.offline == SILENT and condition.offline != SILENT):
            self._break()
        if condition.offline == REFUSE:
            await self._close()
        elif self._server is None and self._inner_port:
            await self._listen()

    async def stop(self) -> None:
        """Close the socket and every connection."""
        await self._close()
        self._break()
        await asyncio.gather(*self._relays)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, self.host, self.port)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _break(self) -> None:
        for transport in list(self._open):
            reset(transport)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay = asyncio.get_running_loop().create_task(self._relay(reader, writer))
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer.transport)
        try:
            answers, inner = await asyncio.open_connection(LOOPBACK, self._inner_port)
        except OSError:
            reset(writer.transport)  # nobody is behind the gate any more
            self._open.discard(writer.transport)
            return
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._pass(reader, inner, writer.transport, answering=False))
                ways.create_task(self._pass(answers, writer, writer.transport, answering=True))
        except* (_EndedError, ConnectionError):
            pass  # what ends a connection ends its other half too
        finally:
            self._open.discard(writer.transport)
            for end in (writer, inner):
                end.close()
                with contextlib.suppress(ConnectionError):
                    await end.wait_closed()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        client: asyncio.WriteTransport,
        *,
        answering: bool,
    ) -> None:
        while data := await reader.read(CHUNK):
            if self._condition.offline == RESET:
                reset(client)
                raise _EndedError
            if self._condition.offline == SILENT:
                continue
            if answering and self._condition.delay_s > 0.0:
                await asyncio.sleep(self._condition.delay_s)
            writer.write(data)
            await writer.drain()
        raise _EndedError
