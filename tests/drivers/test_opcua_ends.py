"""The other end of an OPC UA link: a server that is no OPC UA server, or one that takes its time for every step."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from drivers.opcua import CONNECT_S, opcua_link
from sdanlegg.clock import SystemClock
from sdanlegg.driver import PollGroup
from sdanlegg.errors import LinkError
from sdanlegg.quality import GOOD
from tests.support.opcua_plc import Plc, node
from tests.support.opcua_points import opcua_device, opcua_point
from tests.support.points import group

MARGIN_S = 3.0  # for a machine that is busy with other things


@pytest.fixture(scope="module")
def plc() -> Iterator[Plc]:
    """A controller."""
    plc = Plc()
    try:
        plc.start()
        yield plc
    finally:
        plc.kill()


def points_of(port: int, timeout: float) -> PollGroup:
    points = [opcua_point("flow", node("Flow")), opcua_point("mode", node("Mode"), "int16", kind="state")]
    return group(points, opcua_device(port, timeout=timeout))


async def refused(asked: PollGroup, within_s: float) -> str:
    """The words with which connecting fails, if they come in time."""
    link, start = opcua_link([asked], SystemClock()), time.monotonic()
    with pytest.raises(LinkError) as caught:
        await link.connect()
    assert time.monotonic() - start < within_s + MARGIN_S
    await link.close()
    return str(caught.value)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"ACKF\xff\xff\xff\xff", bytes(64)])
@pytest.mark.parametrize("then", ["close", "wait"])
async def test_what_is_no_opcua_server_is_left(said: bytes, then: str) -> None:
    """It accepts, says something of its own or nothing, and hangs up or waits."""
    left = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(said)
        if then == "wait":
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        left.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        asked = points_of(server.sockets[0].getsockname()[1], 1.0)
        assert asked.device.endpoint in await refused(asked, 1.0)
        async with asyncio.timeout(20):
            await left.wait()


@contextlib.asynccontextmanager
async def slowed(port: int, pause_s: float) -> AsyncIterator[int]:
    """A way to a server on which every answer takes a while."""
    answers = asyncio.Queue[asyncio.StreamWriter]()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pause_s: float) -> None:
        with contextlib.suppress(ConnectionError):
            while some := await reader.read(65536):
                await asyncio.sleep(pause_s)
                writer.write(some)
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(carry(reader, far_writer, 0.0))
                both.create_task(carry(far_reader, writer, pause_s))
        finally:
            await answers.put(writer)

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        async with asyncio.timeout(20):
            await answers.get()


async def test_a_server_that_is_slow_at_every_step_is_left_in_time(plc: Plc) -> None:
    async with slowed(plc.port, 1.0) as port:
        told = await refused(points_of(port, timeout=3.0), CONNECT_S)
    assert "within" in told


async def test_a_server_that_is_slow_but_not_too_slow_is_read(plc: Plc) -> None:
    async with slowed(plc.port, 0.1) as port:
        asked = points_of(port, timeout=3.0)
        link = opcua_link([asked], SystemClock())
        try:
            await link.connect()
            assert list((await link.poll(asked)).quality) == [GOOD, GOOD]
        finally:
            await link.close()
