"""The OPC UA link on servers that go away, stand still, come back as another, or are no OPC UA servers at all."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import numpy as np
import pytest
from asyncua.client.client import Client

from drivers.opcua import CONNECT_S, FULL_READ_S, OpcUaLink, opcua_link
from sdanlegg.clock import SystemClock
from sdanlegg.driver import PollGroup
from sdanlegg.errors import DeviceError, LinkError
from sdanlegg.quality import BAD, CONFIG, GOOD
from tests.support.opcua_plc import Plc, node
from tests.support.opcua_points import JumpClock, opcua_device, opcua_point
from tests.support.opcua_process import free_port
from tests.support.points import group

POINTS = (
    opcua_point("flow", node("Flow")),
    opcua_point("level", node("Level"), "float32"),
    opcua_point("mode", node("Mode"), "int16", kind="state"),
    opcua_point("setpoint", node("Setpoint"), kind="setpoint", access="rw"),
)
TIMEOUT_S = 1.0
MARGIN_S = 3.0  # for a machine that is busy with other things


@pytest.fixture(scope="module")
def running() -> Iterator[Plc]:
    """A controller that every test leaves as it found it."""
    plc = Plc()
    try:
        plc.start()
        yield plc
    finally:
        plc.kill()


@pytest.fixture
def mortal() -> Iterator[Plc]:
    """A controller that is not running yet, and that a test may kill."""
    plc = Plc()
    try:
        yield plc
    finally:
        plc.kill()


@contextlib.contextmanager
def thawed_after(plc: Plc) -> Iterator[None]:
    """Let a controller go on in the end, whatever happened."""
    try:
        yield
    finally:
        plc.thaw()


@contextlib.contextmanager
def frozen(plc: Plc) -> Iterator[None]:
    """Let a controller stand still for a while."""
    with thawed_after(plc):
        plc.freeze()
        yield


def points_of(port: int, *names: str) -> PollGroup:
    chosen = [point for point in POINTS if not names or point.name in names]
    return group(chosen, opcua_device(port, timeout=TIMEOUT_S), period_s=0.1)


@contextlib.asynccontextmanager
async def connected(asked: PollGroup) -> AsyncIterator[OpcUaLink]:
    """A link, closed in time and without leaving anything behind."""
    before = asyncio.all_tasks()
    link = opcua_link([asked], SystemClock())
    try:
        await link.connect()
        yield link
    finally:
        start = time.monotonic()
        await link.close()
        assert time.monotonic() - start < 2.0 + MARGIN_S
        assert asyncio.all_tasks() == before


async def values(asked: PollGroup) -> dict[str, float]:
    """What a fresh link reads."""
    async with connected(asked) as link:
        return dict(zip([p.name for p in asked.points], (await link.poll(asked)).values, strict=True))


async def fails_within(seconds: float, act: Callable[[], Awaitable[object]], error: type[Exception]) -> str:
    """Do what must fail; the error's text, if it came in time."""
    start = time.monotonic()
    with pytest.raises(error) as caught:
        await act()
    assert time.monotonic() - start < seconds + MARGIN_S
    return str(caught.value)


async def test_nobody_there_is_told_with_the_address() -> None:
    asked = points_of(free_port())
    link = opcua_link([asked], SystemClock())
    told = await fails_within(1.0, link.connect, LinkError)
    assert asked.device.endpoint in told
    await link.close()


async def test_a_server_that_stands_still_is_left_while_connecting(running: Plc) -> None:
    asked = points_of(running.port)
    with frozen(running):
        link = opcua_link([asked], SystemClock())
        await fails_within(CONNECT_S, link.connect, LinkError)
        await link.close()
    assert (await values(asked))["flow"] == 12.5


@pytest.mark.parametrize("names", [(), ("mode", "setpoint")])  # with and without anything to be read
async def test_a_server_that_stands_still_is_noticed_by_the_next_poll(running: Plc, names: tuple[str, ...]) -> None:
    asked = points_of(running.port, *names)
    with thawed_after(running):
        async with connected(asked) as link:
            for _ in range(5):
                assert ((await link.poll(asked)).quality == GOOD).all()
                await asyncio.sleep(0.1)
            running.freeze()
            told = await fails_within(TIMEOUT_S, lambda: link.poll(asked), LinkError)
            assert "no answer within 1 s" in told
    assert (await values(asked))["mode"] == 2


async def test_a_write_to_a_server_that_stands_still_is_unanswered(running: Plc) -> None:
    asked = points_of(running.port)
    async with connected(asked) as link:
        with frozen(running):
            told = await fails_within(TIMEOUT_S, lambda: link.write(POINTS[3], 80.0), DeviceError)
    assert "not answered" in told


async def test_a_poll_that_is_cancelled_leaves_nothing_behind(running: Plc) -> None:
    asked = points_of(running.port)
    async with connected(asked) as link:
        with frozen(running):
            poll = asyncio.create_task(link.poll(asked))
            await asyncio.sleep(0.2)
            poll.cancel()
            with pytest.raises(asyncio.CancelledError):
                await poll
        assert ((await link.poll(asked)).quality == GOOD).all()


async def test_connecting_may_be_cancelled(running: Plc) -> None:
    asked = points_of(running.port)
    before = asyncio.all_tasks()
    with frozen(running):
        link = opcua_link([asked], SystemClock())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await link.connect()
        assert asyncio.all_tasks() == before
        await link.close()


async def test_closing_ends_a_poll_that_hangs(running: Plc) -> None:
    asked = group(POINTS, opcua_device(running.port, timeout=60.0))
    async with connected(asked) as link:
        with frozen(running):
            poll = asyncio.create_task(link.poll(asked))
            await asyncio.sleep(0.2)
            await link.close()
            with pytest.raises(LinkError):
                await poll


async def test_a_killed_server_is_a_lost_link_and_a_fresh_link_reads_again(mortal: Plc) -> None:
    mortal.start()
    asked = points_of(mortal.port)
    async with connected(asked) as link:
        await link.poll(asked)
        mortal.kill()
        told = await fails_within(TIMEOUT_S, lambda: link.poll(asked), LinkError)
        assert asked.device.endpoint in told
        with pytest.raises(LinkError):
            await link.write(POINTS[3], 80.0)
        await fails_within(1.0, opcua_link([asked], SystemClock()).connect, LinkError)
        mortal.start()
        with pytest.raises(LinkError):  # the old link is not brought back to life
            await link.poll(asked)
    assert (await values(asked))["flow"] == 12.5


async def test_a_namespace_that_moves_is_followed_or_bad_but_never_another_module(mortal: Plc) -> None:
    mortal.start()
    asked = points_of(mortal.port)
    first = await values(asked)
    index = await index_of_flow(mortal)
    mortal.kill()
    mortal.start("--moved")
    async with Client(asked.device.endpoint) as naive:  # the control: who keeps the index reads the other module
        assert await naive.get_node(f"ns={index};s=Flow").read_value() == -999
    assert await values(asked) == first
    mortal.kill()
    mortal.start("--moved", "--renamed")
    async with connected(asked) as link:
        reading = await link.poll(asked)
    assert list(reading.quality) == [BAD | CONFIG] * len(POINTS)
    assert np.isnan(reading.values).all()


async def index_of_flow(plc: Plc) -> int:
    async with Client(f"opc.tcp://127.0.0.1:{plc.port}") as client:
        return await client.get_namespace_index("urn:test:plc")


async def test_a_node_that_is_taken_away_goes_bad_alone(mortal: Plc) -> None:
    mortal.start()
    asked, clock = points_of(mortal.port), JumpClock()
    link = opcua_link([asked], clock)
    try:
        await link.connect()
        async with asyncio.timeout(20):
            while len(link._watch.newest) < 2:
                assert ((await link.poll(asked)).quality == GOOD).all()
        mortal.delete("Flow")
        mortal.delete("Mode")
        assert (await link.poll(asked)).quality[0] == BAD | CONFIG
        clock.jump(FULL_READ_S)  # in case the server did not tell that a watched node is gone
        assert list((await link.poll(asked)).quality) == [BAD | CONFIG, GOOD, BAD | CONFIG, GOOD]
    finally:
        await link.close()


async def test_before_connecting_and_after_closing_there_is_no_reading(running: Plc) -> None:
    asked = points_of(running.port)
    never = opcua_link([asked], SystemClock())
    async with connected(asked) as over:
        pass
    for link in (never, over):
        with pytest.raises(LinkError, match="not connected"):
            await link.poll(asked)
        with pytest.raises((LinkError, DeviceError)):
            await link.write(POINTS[3], 1.0)
        await link.close()


async def test_a_server_without_subscriptions_is_read(mortal: Plc) -> None:
    mortal.start("--no-subscriptions")
    asked = points_of(mortal.port)
    async with connected(asked) as link:
        for mode in (4, 5):
            mortal.set("Mode", mode, "Int16")
            reading = await link.poll(asked)
            assert (reading.values[2], reading.quality[2]) == (mode, GOOD)
        assert not link._watch.alive
        assert not link._watch.due  # it is not asked for one at every poll


async def test_too_few_values_are_a_fault_of_the_device(running: Plc) -> None:
    asked = points_of(running.port)
    async with connected(asked) as link:

        async def read(_: object) -> list[object]:
            return []

        link._session.services.read = read
        with pytest.raises(DeviceError, match="asked for 4 values, 0 came"):
            await link.poll(asked)
