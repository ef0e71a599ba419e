"""What every driver promises (sdanlegg.driver.Link), proved on real servers behind either protocol."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from sdanlegg.clock import SystemClock
from sdanlegg.driver import Link, PollGroup
from sdanlegg.errors import DeviceError, LinkError
from sdanlegg.quality import BAD, CONFIG, GOOD
from sdanlegg.readings import Reading
from tests.support.modbus_peer import build_peer
from tests.support.opcua_plc import Plc
from tests.support.served import TIMEOUT_S, VALUES, Served, ServedModbus, ServedOpcUa, groups_of

MARGIN_S = 3.0  # for a machine that is busy with other things
CONNECT_S = 4.0  # what the collector allows
CLOSE_S = 2.0


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The libmodbus server."""
    return build_peer(tmp_path_factory.mktemp("peer"))


@pytest.fixture(scope="module")
def plc() -> Iterator[Plc]:
    """The OPC UA server."""
    plc = Plc()
    try:
        yield plc
    finally:
        plc.kill()


@pytest.fixture(params=["modbus", "opcua"])
async def stopped(request: pytest.FixtureRequest, program: Path) -> Served:
    """A controller that is not running."""
    return ServedModbus(program) if request.param == "modbus" else ServedOpcUa(Plc())


@pytest.fixture(params=["modbus", "opcua"])
async def served(request: pytest.FixtureRequest, program: Path, plc: Plc) -> AsyncIterator[Served]:
    """A controller that runs."""
    served: Served = ServedModbus(program) if request.param == "modbus" else ServedOpcUa(plc)
    try:
        await served.start()
        yield served
    finally:
        await served.leave()


@asynccontextmanager
async def connected(served: Served) -> AsyncIterator[tuple[Link, PollGroup, PollGroup]]:
    """A fresh link and its groups; closed in time, twice, with no task and no socket left behind."""
    before = asyncio.all_tasks()
    groups = groups_of(served)
    link = served.link(groups, SystemClock())
    try:
        await link.connect()
        yield link, groups[0], groups[1]
    finally:
        start = time.monotonic()
        await link.close()
        assert time.monotonic() - start < CLOSE_S + MARGIN_S
        await link.close()
        assert asyncio.all_tasks() == before
        del link
        gc.collect()  # a socket that was not closed warns here, and a warning is an error


async def fails_within(seconds: float, act: Callable[[], Awaitable[object]], *errors: type[Exception]) -> str:
    """Do what must fail; the error's words, if it came in time."""
    start = time.monotonic()
    with pytest.raises(errors) as caught:
        await act()
    assert time.monotonic() - start < seconds + MARGIN_S
    return str(caught.value)


def check(reading: Reading, group: PollGroup) -> None:
    """All good, each value at its column, with the types that a reading has."""
    assert reading.device == group.device.id
    np.testing.assert_array_equal(reading.columns, group.columns)
    np.testing.assert_allclose(reading.values, [VALUES[point.name] for point in group.points])
    assert list(reading.quality) == [GOOD] * len(group.points)
    assert (reading.values.dtype, reading.quality.dtype) == (np.float64, np.uint16)


async def test_a_reading_has_columns_values_quality_and_arrival(served: Served) -> None:
    async with connected(served) as (link, *groups):
        for _ in range(3):
            for group in groups:
                before_ns = time.time_ns()
                reading = await link.poll(group)
                assert before_ns <= reading.t_ns <= time.time_ns()
                check(reading, group)


async def test_nobody_there_is_a_lost_link_with_its_address(stopped: Served) -> None:
    link = stopped.link(groups_of(stopped), SystemClock())
    told = await fails_within(CONNECT_S, link.connect, LinkError)
    assert stopped.device.address in told
    await link.close()
    await link.close()


async def test_a_refused_point_is_bad_alone(served: Served) -> None:
    async with connected(served) as (link, both, alone):
        check(await link.poll(both), both)
        await served.refuse_flow()
        async with asyncio.timeout(20):
            while (reading := await link.poll(both)).quality[0] == GOOD:
                pass
        for _ in range(3):
            assert list(reading.quality) == [BAD | CONFIG, GOOD]
            assert np.isnan(reading.values[0])
            assert reading.values[1] == VALUES["mode"]
            reading = await link.poll(both)
        check(await link.poll(alone), alone)


async def test_a_refused_write_is_told_and_the_link_goes_on(served: Served) -> None:
    async with connected(served) as (link, both, alone):
        await served.refuse_flow()
        told = await fails_within(TIMEOUT_S, lambda: link.write(both.points[0], 3.0), DeviceError)
        assert told
        check(await link.poll(alone), alone)


@pytest.mark.parametrize("value", [float("nan"), 1e300])
async def test_what_the_point_cannot_hold_is_not_written(served: Served, value: float) -> None:
    async with connected(served) as (link, both, alone):
        await fails_within(TIMEOUT_S, lambda: link.write(both.points[0], value), DeviceError)
        check(await link.poll(both), both)
        check(await link.poll(alone), alone)


async def test_what_is_written_is_read_by_the_next_poll(served: Served) -> None:
    async with connected(served) as (link, _, alone):
        for value in (91.5, 55.25):
            await link.poll(alone)
            await link.write(alone.points[0], value)
            for _ in range(3):
                reading = await link.poll(alone)
                assert (reading.values[0], reading.quality[0]) == (value, GOOD)


async def test_a_frozen_device_does_not_hold_anybody_up(served: Served) -> None:
    async with connected(served) as (link, both, alone):
        await link.poll(both)
        await link.poll(alone)
        served.freeze()
        try:
            await fails_within(TIMEOUT_S, lambda: link.poll(both), DeviceError, LinkError)
            await fails_within(TIMEOUT_S, lambda: link.poll(alone), DeviceError, LinkError)
            await fails_within(TIMEOUT_S, lambda: link.write(alone.points[0], 1.0), DeviceError, LinkError)
            start = time.monotonic()
            await link.close()
            assert time.monotonic() - start < CLOSE_S + MARGIN_S
        finally:
            served.thaw()


async def test_a_frozen_device_is_read_again_by_a_fresh_link(served: Served) -> None:
    async with connected(served) as (link, both, _):
        served.freeze()
        try:
            await fails_within(TIMEOUT_S, lambda: link.poll(both), DeviceError, LinkError)
        finally:
            served.thaw()
    async with connected(served) as (link, *groups):
        for group in groups:
            check(await link.poll(group), group)


async def test_a_device_that_is_gone_is_a_lost_link_and_a_fresh_one_reads_again(served: Served) -> None:
    async with connected(served) as (link, both, alone):
        await link.poll(both)
        await served.stop()
        await fails_within(TIMEOUT_S, lambda: link.poll(both), LinkError)
        await fails_within(TIMEOUT_S, lambda: link.write(alone.points[0], 1.0), DeviceError, LinkError)
        fresh = served.link(groups_of(served), SystemClock())
        await fails_within(CONNECT_S, fresh.connect, LinkError)
        await fresh.close()
        await served.start()
    async with connected(served) as (link, *groups):
        for group in groups:
            check(await link.poll(group), group)


async def test_a_poll_that_is_cancelled_leaves_nothing_behind(served: Served) -> None:
    async with connected(served) as (link, both, alone):
        served.freeze()
        try:
            poll = asyncio.create_task(link.poll(both))
            await asyncio.sleep(0.2)
            poll.cancel()
            with pytest.raises(asyncio.CancelledError):
                await poll
        finally:
            served.thaw()
        check(await link.poll(alone), alone)  # the late answer to the cancelled request is nobody's
        check(await link.poll(both), both)


async def test_closing_ends_a_poll_that_hangs(served: Served) -> None:
    async with connected(served) as (link, both, _):
        served.freeze()
        try:
            poll = asyncio.create_task(link.poll(both))
            await asyncio.sleep(0.1)
            await link.close()
            await fails_within(TIMEOUT_S, lambda: poll, DeviceError, LinkError)
        finally:
            served.thaw()
