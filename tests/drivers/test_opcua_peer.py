"""The OPC UA link on another maker's server: nested objects, all kinds of ids, small limits, a moving namespace."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from asyncua.client.client import Client

from drivers.opcua import opcua_link
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.datatypes import text_code
from sdanlegg.driver import PollGroup
from sdanlegg.errors import DeviceError
from sdanlegg.quality import BAD, COMM, CONFIG, GOOD, SENSOR, STALE, UNCERTAIN
from sdanlegg.readings import Reading
from tests.support.opcua_node_plc import PATH, URI, NodePlc, install, node
from tests.support.opcua_points import opcua_device, opcua_point
from tests.support.points import group

pytestmark = pytest.mark.peer
TEXT = "Låst; nivå = 2"
SETPOINT = opcua_point("setpoint", node("b=U2V0cG9pbnQ="), kind="setpoint", access="rw")
HEIGHT = opcua_point("height", node("i=70001"), access="rw")
EXPECTED: tuple[tuple[Any, float, int], ...] = (
    (HEIGHT, 1.25, GOOD),
    (opcua_point("current", node("i=70002"), "float32"), 7.5, GOOD),
    (opcua_point("starts", node("i=70003"), "uint32", kind="counter"), 4_000_000_001, GOOD),
    (opcua_point("mode", node("s=Floor.Drive.Mode"), "int16", kind="state"), -3, GOOD),
    (opcua_point("closed", node("s=Floor.Safety.Closed"), "bool", kind="state"), 1, GOOD),
    (opcua_point("text", node("s=Floor.Safety.Text"), "string:16", kind="state"), text_code(TEXT), GOOD),
    (opcua_point("broken", node("s=Floor.Safety.Broken")), np.nan, BAD | SENSOR),
    (opcua_point("lost", node("s=Floor.Safety.Lost"), kind="state"), np.nan, BAD | COMM),
    (opcua_point("last", node("s=Floor.Safety.Last"), kind="state"), 6.5, UNCERTAIN | STALE),
    (opcua_point("old", node("s=Floor.Safety.Old")), 7.5, GOOD),
    (opcua_point("list", node("s=Floor.Safety.List")), np.nan, BAD | CONFIG),
    (opcua_point("guid", node("g=0f3a1c52-9d7e-4b60-8a11-5c2e7d904f6b"), "int16"), 12, GOOD),
    (SETPOINT, 40, GOOD),
    (opcua_point("nothing", node("i=9")), np.nan, BAD | CONFIG),
)
POINTS = [point for point, _, _ in EXPECTED]
WATCHED = [POINTS.index(p) for p in POINTS if p.kind in {"state", "setpoint"}]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    install()


@pytest.fixture
def plc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodePlc]:
    """A controller that is not running yet."""
    plc = NodePlc(tmp_path_factory.mktemp("pki"))
    try:
        yield plc
    finally:
        plc.kill()


def asked(plc: NodePlc) -> PollGroup:
    return group(POINTS, opcua_device(plc.port, path=PATH, timeout=3.0), period_s=0.2)


def check(reading: Reading) -> None:
    """All is as it was typed into the server."""
    np.testing.assert_array_equal(reading.values, [value for _, value, _ in EXPECTED])
    assert list(reading.quality) == [quality for _, _, quality in EXPECTED]
    assert reading.texts == {text_code(TEXT): TEXT}
    assert reading.source_t_ns is not None
    assert reading.source_t_ns[POINTS.index(EXPECTED[9][0])] == 1_558_074_600 * SECOND_NS  # 2019-05-17T06:30Z


async def test_all_is_read_and_watched_and_written(plc: NodePlc) -> None:
    plc.start()
    of = asked(plc)
    link = opcua_link([of], SystemClock())
    try:
        await link.connect()
        assert (link._limits.read, link._limits.watch) == (4, 2)  # far fewer than there are points
        check(await link.poll(of))
        while sorted(link._watch.newest) != WATCHED:
            check(await link.poll(of))
        check(await link.poll(of))
        await link.write(SETPOINT, 41.5)
        assert (await link.poll(of)).values[POINTS.index(SETPOINT)] == 41.5
        with pytest.raises(DeviceError, match="BadNotWritable"):
            await link.write(HEIGHT, 2.0)
        plc.set("s=Floor.Drive.Mode", 5, "Int16")
        while (reading := await link.poll(of)).values[3] != 5:
            assert reading.values[3] == -3
    finally:
        await link.close()


async def test_a_namespace_that_moves_at_a_restart_is_followed(plc: NodePlc) -> None:
    of = asked(plc)
    indices = []
    for options in ((), ("--moved",)):
        plc.start(*options)
        async with Client(of.device.endpoint) as client:
            indices.append(await client.get_namespace_index(URI))
            naive = await client.get_node(f"ns={indices[0]};i=70001").read_value()
        link = opcua_link([of], SystemClock())
        try:
            await link.connect()
            check(await link.poll(of))
        finally:
            await link.close()
        plc.kill()
    assert indices[0] != indices[1]
    assert naive == -999  # the control: who keeps the index reads the lift for the floor


async def test_a_server_that_cannot_now_keeps_its_link(plc: NodePlc) -> None:
    plc.start()
    of = asked(plc)
    link = opcua_link([of], SystemClock())
    try:
        await link.connect()
        limits, link._limits = link._limits, type(link._limits)(100, 100)
        with pytest.raises(DeviceError, match="BadTooManyOperations"):
            await link.poll(of)
        link._limits = limits
        check(await link.poll(of))
    finally:
        await link.close()
