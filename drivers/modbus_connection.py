"""One TCP connection to a Modbus device or gateway: the only file of the Modbus driver that owns a socket.

pymodbus makes the connection and its frames. The exchange is ours (one request in flight, no retries), since pymodbus'
own waits for the time-out when the other end closes, and drops half-received answers, which shifts the stream.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, cast

from pymodbus.client import AsyncModbusTcpClient

from drivers.modbus_exchange import Exchange, Outcome
from drivers.modbus_request import Request
from drivers.modbus_response import RAW_ANSWERS, CheckedFramer
from drivers.turns import Turns
from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import DeviceError, LinkError
from sdanlegg.site import Device

_BUFFER_LIMIT: Final = 1 << 20  # pymodbus throws away whatever exceeds its 264 bytes: two answers that come at once
_SOCKET_OPTIONS: Final = (  # seconds; TCP_USER_TIMEOUT in ms
    ("TCP_KEEPIDLE", 10),
    ("TCP_KEEPINTVL", 5),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 5000),
)


class Connection:
    """The connection that the given devices share; requests wait for their turn, urgent ones first.

    The slowest device sets the pace. If one of them wants it, the socket is closed after each visit and opened anew.
    """

    def __init__(self, devices: Sequence[Device], clock: Clock) -> None:
        pacings = [device.pacing for device in devices]
        self._host, self._port, self._address = devices[0].host, devices[0].port, devices[0].address
        self._open_within_s = max(pacing.timeout for pacing in pacings)
        self._after_open_s = max(pacing.pause_after_connect for pacing in pacings)
        self._between_s = max(pacing.pause_between for pacing in pacings)
        self._brief = any(pacing.close_after_poll for pacing in pacings)
        self._clock = clock
        self._client: AsyncModbusTcpClient | None = None
        self._framer: CheckedFramer | None = None
        self._exchange: Exchange | None = None
        self._turns = Turns()
        self._opening = asyncio.Lock()
        self._visitors = 0
        self.opened = 0  # how often; a new connection may lead to another device
        self._free_ns = 0

    async def open(self) -> None:
        """Connect and pause as the devices want it; LinkError with the reason if it fails."""
        within_s = self._open_within_s
        client = AsyncModbusTcpClient(
            self._host, port=self._port, timeout=within_s, retries=0, reconnect_delay=0, trace_connect=self._noticed
        )
        for answer in RAW_ANSWERS:
            client.register(answer)
        framer = CheckedFramer(client.ctx.framer.decoder)
        client.ctx.framer = framer
        client.ctx.max_buffer_size = _BUFFER_LIMIT
        try:
            async with asyncio.timeout(within_s):
                await client.ctx.call_create()  # client.connect() would hide the reason
        except TimeoutError as err:
            client.close()
            raise LinkError(f"{self._address}: no connection within {within_s:g} s") from err
        except OSError as err:
            client.close()
            raise LinkError(f"{self._address}: {_reason(err)}") from err
        self._client, self._framer = client, framer
        self._exchange = Exchange(cast("asyncio.Transport", client.ctx.transport), framer, self._turns.is_urgent)
        self.opened += 1
        _tune(client.ctx.transport.get_extra_info("socket"))
        await self._clock.sleep(self._after_open_s)

    async def enter(self) -> None:
        """Begin a poll or a write; leave ends it."""
        if self._brief:
            async with self._opening:
                if self._client is None or not self._client.connected:
                    await self.open()
        self._visitors += 1

    async def leave(self) -> None:
        """End a poll or a write: the socket is closed if the devices want that and nobody else uses it."""
        self._visitors -= 1
        if self._brief and not self._visitors:
            await self.close()

    async def ask(self, requests: Sequence[Request], within_s: float) -> list[Outcome]:
        """Ask requests in their order, when it is our turn, each to be answered within a time.

        At least one is asked; those after an error, or when somebody urgent waits, are not. An error is the last of the
        outcomes: no answer in time, or a wrong one (RefusalError: an exception). LinkError: the connection is gone.
        """
        await self._turns.take()
        try:
            return await self._run(requests[:1] if self._between_s else requests, within_s)
        finally:
            self._turns.give()

    @asynccontextmanager
    async def urgent_turn(self) -> AsyncIterator[None]:
        """Have the turn, before all reads that wait, for ask_in_turn."""
        await self._turns.take(urgent=True)
        try:
            yield
        finally:
            self._turns.give()

    async def ask_in_turn(self, request: Request, within_s: float) -> bytes:
        """Ask one request of a caller who has the turn; its error is raised."""
        (outcome,) = await self._run((request,), within_s)
        if isinstance(outcome, DeviceError):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Give the socket back; never raises, may be called twice."""
        client, self._client = self._client, None
        if client is None:
            return
        if self._exchange is not None:
            self._exchange.fail(LinkError(f"{self._address}: closed by us"))
        transport = cast("asyncio.Transport | None", client.ctx.transport)
        if transport is not None:
            transport.abort()  # close() would wait for a peer that does not take what was sent
        client.close()
        await asyncio.sleep(0)  # the loop gives the socket back in its next turn

    async def _run(self, requests: Sequence[Request], within_s: float) -> list[Outcome]:
        client, exchange, framer = self._client, self._exchange, self._framer
        if client is None or exchange is None or framer is None or not client.connected:
            raise LinkError(f"{self._address}: the connection is lost")
        if framer.lost:
            raise LinkError(f"{self._address}: the stream of answers cannot be followed any more")
        if not self._between_s:
            return await exchange.run(requests, within_s)
        await self._clock.sleep((self._free_ns - self._clock.monotonic_ns()) / SECOND_NS)
        try:
            return await exchange.run(requests, within_s)
        finally:
            self._free_ns = self._clock.monotonic_ns() + int(self._between_s * SECOND_NS)

    def _noticed(self, connected: bool) -> None:
        if not connected and self._exchange is not None:
            self._exchange.fail(LinkError(f"{self._address}: the connection is lost"))


def _reason(error: OSError) -> str:
    """Say what the system says; asyncio's own text of a refused connection does not say that it was refused."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)


def _tune(connection: socket.socket | None) -> None:
    """Let the kernel notice a dead peer, where it can."""
    if connection is None:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _SOCKET_OPTIONS:
        option = getattr(socket, name, None)
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
