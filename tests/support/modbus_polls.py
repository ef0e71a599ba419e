"""A link that polls a scripted server, for tests of what goes wrong between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pymodbus.client import AsyncModbusTcpClient

from drivers.modbus import ModbusLink, modbus_link
from sdanlegg.clock import SystemClock
from sdanlegg.driver import PollGroup
from sdanlegg.quality import GOOD
from sdanlegg.site import Pacing
from tests.support.points import device, group, point, register
from tests.support.scripted_modbus import Query, Script, ScriptedServer, Wire, obedient, scripted

QUICK = Pacing(timeout=0.8)
PATIENT = Pacing(timeout=60.0)  # longer than a test may take: what ends sooner did not wait for the time-out


def registers(port: int, *addresses: int, pacing: Pacing = QUICK, **over: Any) -> PollGroup:
    """Points on single holding registers; the server's register n holds n."""
    return group([point(f"d.r{a}", register(address=a)) for a in addresses], device(port=port, pacing=pacing, **over))


@asynccontextmanager
async def polling(script: Script, *addresses: int, pacing: Pacing = QUICK) -> AsyncIterator[tuple[Any, ...]]:
    """A scripted server, a link to it, and the group to poll."""
    async with scripted(script) as server:
        wanted = registers(server.port, *(addresses or (11,)), pacing=pacing)
        link = modbus_link([wanted], SystemClock())
        try:
            await link.connect()
            yield server, link, wanted
        finally:
            await link.close()


def answering(make: Callable[[Query], bytes]) -> Script:
    """Answer every request with the bytes made of it."""

    async def script(query: Query, wire: Wire) -> None:
        await wire.send(make(query))

    return script


async def recovers(server: ScriptedServer, link: ModbusLink, wanted: PollGroup) -> None:
    """The server behaves again: the next poll on the same connection is right."""
    server.script = obedient
    reading = await link.poll(wanted)
    assert reading.values.tolist() == [p.address.address for p in wanted.points]  # type: ignore[union-attr]
    assert (reading.quality == GOOD).all()
    assert server.connections == 1


async def asked(server: ScriptedServer) -> None:
    """Wait until the server has got a request."""
    async with asyncio.timeout(20):
        while not server.queries:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def bare_client(script: Script) -> AsyncIterator[AsyncModbusTcpClient]:
    """pymodbus' client as it comes, at a scripted server."""
    async with scripted(script) as server:
        client = AsyncModbusTcpClient("127.0.0.1", port=server.port, timeout=0.5, retries=0, reconnect_delay=0)
        assert await client.connect()
        try:
            yield client
        finally:
            client.close()
            await asyncio.sleep(0)
