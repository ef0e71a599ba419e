"""The OPC UA link on a real server that behaves: what it reads, watches, merges and writes."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import numpy as np
import pytest

from drivers.opcua import FULL_READ_S, OpcUaLink, opcua_link
from drivers.opcua_watch import Seen
from sdanlegg.clock import SECOND_NS, SystemClock
from sdanlegg.datatypes import text_code
from sdanlegg.driver import PollGroup
from sdanlegg.errors import DeviceError
from sdanlegg.points import Point
from sdanlegg.quality import BAD, CLOCK, CONFIG, GOOD, SENSOR, STALE, UNCERTAIN
from sdanlegg.readings import NO_SOURCE_TIME, Reading
from tests.support.opcua_plc import NODES, Plc, node
from tests.support.opcua_points import JumpClock, opcua_device, opcua_point
from tests.support.points import group

QUICK_S = 0.1  # period of the groups: the subscription publishes as often


POINTS = (
    opcua_point("flow", node("Flow"), scale=2.0, offset=1.0),
    opcua_point("level", node("Level"), "float32"),
    opcua_point("small", node("Small"), "int16", scale=0.1),
    opcua_point("count", node("Count"), "uint32", kind="counter"),
    opcua_point("mode", node("Mode"), "int16", kind="state"),
    opcua_point("running", node("Running"), "bool", kind="state"),
    opcua_point("name", node("Name"), "string:16", kind="state"),
    opcua_point("setpoint", node("Setpoint"), kind="setpoint", access="rw"),
    opcua_point("ratio", node("Ratio"), "int16", scale=0.1, kind="setpoint", access="rw"),
    opcua_point("request", node("Request"), "bool", kind="setpoint", access="rw"),
)
COLUMN = {p.name: i for i, p in enumerate(POINTS)}
WATCHED = ("mode", "running", "name", "setpoint", "ratio", "request")


@pytest.fixture(scope="module")
def served() -> Iterator[Plc]:
    """A controller for all tests here; each gets it as it was."""
    plc = Plc()
    try:
        plc.start()
        yield plc
    finally:
        plc.kill()


@pytest.fixture
def plc(served: Plc) -> Plc:
    """The controller, every node at its first value."""
    for name, (type_, value, _) in NODES.items():
        served.set(name, value, type_)
    return served


@pytest.fixture
def clock() -> JumpClock:
    """A clock that can be put forward."""
    return JumpClock()


@pytest.fixture
def all_points(plc: Plc) -> PollGroup:
    """Every point of the controller in one group."""
    return group(POINTS, opcua_device(plc.port), period_s=QUICK_S)


@pytest.fixture
async def link(all_points: PollGroup, clock: JumpClock) -> AsyncIterator[OpcUaLink]:
    """A connected link."""
    link = opcua_link([all_points], clock)
    await link.connect()
    yield link
    await link.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def watched(link: OpcUaLink, of: PollGroup) -> None:
    """Return when the subscription has told all that it watches."""
    await when(link, of, lambda _: len(link._watch.newest) == len(WATCHED))


async def when(link: OpcUaLink, of: PollGroup, so: Callable[[Reading], bool]) -> Reading:
    """Poll until a reading is so."""
    async with asyncio.timeout(20):
        while True:
            reading = await link.poll(of)
            if so(reading):
                return reading
            await asyncio.sleep(0.05)


async def until(link: OpcUaLink, of: PollGroup, name: str, value: float) -> Reading:
    """Poll until a point has this value."""
    return await when(link, of, lambda reading: bool(reading.values[COLUMN[name]] == value))


async def test_the_only_task_beside_ours_is_the_one_that_listens(link: OpcUaLink, all_points: PollGroup) -> None:
    await link.poll(all_points)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert [task.get_name() for task in others] == ["opcua:publish"]  # none of asyncua's own


async def test_every_type_is_read_in_house_units(link: OpcUaLink, all_points: PollGroup) -> None:
    reading = await link.poll(all_points)
    text = text_code("Filter æøå")
    np.testing.assert_allclose(reading.values, [26.0, 61.5, -32.1, 4e9, 2, 1, text, 80, 45.5, 0], rtol=1e-7)
    assert (reading.quality == GOOD).all()
    assert reading.texts == {text: "Filter æøå"}
    assert (reading.columns == all_points.columns).all()
    assert reading.device == "plc"


async def test_arrival_and_source_times_are_both_kept(plc: Plc, link: OpcUaLink, all_points: PollGroup) -> None:
    plc.set("Flow", 3.0, "Double", source="2025-01-02T03:04:05+00:00")
    before_ns = SystemClock().now_ns()
    reading = await link.poll(all_points)
    assert before_ns <= reading.t_ns <= SystemClock().now_ns()
    assert reading.source_t_ns is not None
    assert reading.source_t_ns[COLUMN["flow"]] == 1_735_787_045 * SECOND_NS
    assert reading.quality[COLUMN["flow"]] == GOOD


async def test_states_come_by_subscription_and_gauges_by_reading(
    plc: Plc, link: OpcUaLink, all_points: PollGroup
) -> None:
    await watched(link, all_points)
    assert {POINTS[c].name for c in link._watch.newest} == set(WATCHED)
    plc.set("Mode", 7, "Int16")
    plc.set("Flow", 20.0, "Double")
    reading = await until(link, all_points, "mode", 7)
    assert reading.values[COLUMN["flow"]] == 41.0
    assert link._watch.newest[COLUMN["mode"]].value.Value.Value == 7


async def test_a_watched_value_that_does_not_change_stays_good_with_its_old_time(
    plc: Plc, link: OpcUaLink, all_points: PollGroup
) -> None:
    plc.set("Mode", 3, "Int16", source="2019-05-17T06:30:00+00:00")
    await watched(link, all_points)
    reading = await until(link, all_points, "mode", 3)
    assert reading.quality[COLUMN["mode"]] == GOOD
    assert reading.source_t_ns is not None
    assert reading.source_t_ns[COLUMN["mode"]] == 1_558_074_600 * SECOND_NS


async def test_watched_values_are_read_again_in_time(link: OpcUaLink, all_points: PollGroup, clock: JumpClock) -> None:
    await watched(link, all_points)
    column = COLUMN["mode"]
    stale = link._watch.newest[column].value
    lie = type(stale)(type(stale.Value)(99, stale.Value.VariantType), stale.StatusCode, stale.SourceTimestamp)
    link._watch.newest[column] = Seen(lie, clock.now_ns())
    assert (await link.poll(all_points)).values[column] == 99  # the control: between full reads it is believed
    link._watch._silence_ns = 10**18  # its keep-alive shall not be what saves us
    clock.jump(FULL_READ_S)
    assert (await link.poll(all_points)).values[column] == 2
    assert (await link.poll(all_points)).values[column] == 2


async def test_a_silent_subscription_is_replaced(plc: Plc, link: OpcUaLink, all_points: PollGroup) -> None:
    await watched(link, all_points)
    first = link._watch._id
    plc.forget_subscriptions()
    plc.set("Mode", 9, "Int16")
    assert (await link.poll(all_points)).values[COLUMN["mode"]] == 2  # nobody can know yet
    await until(link, all_points, "mode", 9)
    await when(link, all_points, lambda _: link._watch._id != first)
    await watched(link, all_points)
    plc.set("Mode", 4, "Int16")
    await until(link, all_points, "mode", 4)


async def test_a_subscription_that_nobody_listens_to_is_not_believed(
    plc: Plc, link: OpcUaLink, all_points: PollGroup
) -> None:
    await watched(link, all_points)
    await link._watch.stop()
    plc.set("Mode", 8, "Int16")
    assert (await link.poll(all_points)).values[COLUMN["mode"]] == 8


async def test_the_channel_is_renewed_in_time(link: OpcUaLink, all_points: PollGroup, clock: JumpClock) -> None:
    await link.poll(all_points)
    due_ns = link._session._renew_at_ns
    clock.jump(3600 * 0.8)
    assert ((await link.poll(all_points)).quality == GOOD).all()
    assert link._session._renew_at_ns > due_ns
    assert ((await link.poll(all_points)).quality == GOOD).all()


@pytest.mark.parametrize("name", ["Flow", "Mode"])  # one that is read, one that is watched
@pytest.mark.parametrize(
    ("fault", "quality"),
    [
        ((math.nan, "Double"), BAD | SENSOR),
        ((math.inf, "Double"), BAD | SENSOR),
        (("12.5", "String"), BAD | CONFIG),
        ((True, "Boolean"), BAD | CONFIG),
        ((5, "Int16", "BadSensorFailure"), BAD | SENSOR),
        ((5, "Int16", "UncertainLastUsableValue"), UNCERTAIN | STALE),
        ((5, "Int16", "Good", "1970-01-01T00:00:00+00:00"), UNCERTAIN | CLOCK),
        ((5, "Int16", "Good", "2106-02-07T06:28:15+00:00"), UNCERTAIN | CLOCK),
    ],
)
async def test_one_bad_value_is_marked_and_no_other(
    plc: Plc, link: OpcUaLink, all_points: PollGroup, name: str, fault: tuple[Any, ...], quality: int
) -> None:
    await watched(link, all_points)
    plc.set(name, *fault[:2], **dict(zip(("status", "source"), fault[2:], strict=False)))
    column = COLUMN[name.lower()]
    reading = await when(link, all_points, lambda reading: reading.quality[column] == quality)
    assert math.isnan(reading.values[column]) == (quality >= BAD)
    assert reading.source_t_ns is not None
    assert (reading.source_t_ns[column] == NO_SOURCE_TIME) == bool(quality & CLOCK)
    assert (np.delete(reading.quality, column) == GOOD).all()


async def test_unknown_nodes_and_namespaces_are_bad_alone(plc: Plc, clock: JumpClock) -> None:
    points = (
        POINTS[0],
        opcua_point("no_node", node("Nothing")),
        opcua_point("no_uri", "nsu=urn:test:nobody;s=Flow"),
        opcua_point("no_state", node("Nothing"), "int16", kind="state"),
        opcua_point("no_value", "nsu=http://opcfoundation.org/UA/;i=85"),  # an object: it has no value
    )
    asked = group(points, opcua_device(plc.port))
    link = opcua_link([asked], clock)
    try:
        await link.connect()
        for _ in range(2):
            reading = await link.poll(asked)
            assert list(reading.quality) == [GOOD, *[BAD | CONFIG] * 4]
            assert np.isnan(reading.values[1:]).all()
    finally:
        await link.close()


async def test_a_node_may_be_polled_by_two_devices_of_one_server(plc: Plc, clock: JumpClock) -> None:
    device = opcua_device(plc.port)
    groups = [group(POINTS[:3], device, 40), group(POINTS[4:6], device, 7, period_s=QUICK_S)]
    link = opcua_link(groups, clock)
    try:
        await link.connect()
        gauges, states = [await link.poll(one) for one in groups]
        assert list(gauges.values) == pytest.approx([26.0, 61.5, -32.1])
        assert list(states.values) == [2, 1]
        assert list(states.columns) == [7, 8]
    finally:
        await link.close()


def named(name: str) -> Point:
    return POINTS[COLUMN[name]]


@pytest.mark.parametrize(("name", "value"), [("setpoint", 91.5), ("ratio", 51.2), ("request", 1.0)])
async def test_a_write_is_read_back_by_the_next_poll(
    link: OpcUaLink, all_points: PollGroup, name: str, value: float
) -> None:
    await watched(link, all_points)
    await link.write(named(name), value)
    for _ in range(5):
        assert (await link.poll(all_points)).values[COLUMN[name]] == pytest.approx(value)


@pytest.mark.parametrize(
    ("point_", "value", "told"),
    [
        (opcua_point("locked", node("Locked"), access="rw"), 1.0, "BadUserAccessDenied"),
        (opcua_point("nothing", node("Nothing"), access="rw"), 1.0, "BadUserAccessDenied"),
        (opcua_point("mistyped", node("Setpoint"), "int16", access="rw"), 1.0, "BadTypeMismatch"),
        (opcua_point("nowhere", "nsu=urn:test:nobody;s=Flow", access="rw"), 1.0, "namespace"),
        (opcua_point("small", node("Ratio"), "int16", access="rw"), 40_000.0, "does not fit"),
        (opcua_point("none", node("Setpoint"), access="rw"), math.nan, "no value"),
        (opcua_point("readonly", node("Setpoint")), 1.0, "not for writing"),
    ],
)
async def test_a_write_that_cannot_be_is_refused_by_name(
    plc: Plc, clock: JumpClock, point_: Point, value: float, told: str
) -> None:
    asked = group([point_, *POINTS[7:9]], opcua_device(plc.port))
    link = opcua_link([asked], clock)
    try:
        await link.connect()
        with pytest.raises(DeviceError, match=told) as refusal:
            await link.write(point_, value)
        assert point_.id in str(refusal.value)
        assert list((await link.poll(asked)).values[1:]) == [80.0, 45.5]
    finally:
        await link.close()
