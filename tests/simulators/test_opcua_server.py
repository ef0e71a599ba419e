"""The PLCs, read and written by asyncua's client."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from asyncua import Client, ua

from sdanlegg.points import Node
from sdanlegg.site import Device, Site
from simulators.opcua_server import TYPES, split_node
from tests.support.twin import NOON_IN_JUNE

FILTER, FLOOR = "urn:holmen:filter", "urn:holmen:floor"


def device(site: Site, id_: str) -> Device:
    return next(d for d in site.devices if d.id == id_)


@contextlib.asynccontextmanager
async def client(site: Site, id_: str) -> AsyncIterator[Client]:
    made = Client(device(site, id_).endpoint, timeout=20)
    made.session_timeout = 600_000
    async with made:
        yield made


@pytest.mark.parametrize("id_", ["filter_main", "filter_therapy", "floor_main", "floor_therapy"])
async def test_every_node_has_type_status_and_source_time(twin_hall: Site, id_: str) -> None:
    points = [p for p in twin_hall.points if p.device == id_]
    async with client(twin_hall, id_) as c:
        for p in points:
            assert isinstance(p.address, Node)
            uri, identifier = split_node(p.address.node)
            node = c.get_node(ua.NodeId(identifier, await c.get_namespace_index(uri)))
            value = await node.read_data_value()
            assert value.StatusCode is not None
            assert value.StatusCode.is_good()
            assert value.Value is not None
            assert value.Value.VariantType == TYPES[p.address.type.base], p.id
            assert value.SourceTimestamp == datetime.fromtimestamp(NOON_IN_JUNE / 1e9, UTC)
            if not p.is_text:
                house = float(value.Value.Value) * p.address.scale + p.address.offset
                assert p.min <= house <= p.max, p.id


async def test_folders_are_small_and_browsable(twin_hall: Site) -> None:
    async with client(twin_hall, "filter_main") as c:
        index = await c.get_namespace_index(FILTER)
        top = await c.nodes.objects.get_child(f"{index}:Filter")
        folders = await top.get_children()
        names = {(await f.read_browse_name()).Name for f in folders}
        assert names == {"Process", "Water", "Backwash", "Status", "Setpoint"}
        assert max([len(await f.get_children()) for f in folders]) <= 50


async def test_write_acts_and_is_refused_outside_its_range(twin_hall: Site) -> None:
    async with client(twin_hall, "filter_main") as c:
        index = await c.get_namespace_index(FILTER)
        node = c.get_node(ua.NodeId("Filter.Setpoint.Flow", index))
        await node.write_value(ua.DataValue(ua.Variant(85.0, ua.VariantType.Double)))
        assert await node.read_value() == 85.0
        with pytest.raises(ua.uaerrors.BadOutOfRange):
            await node.write_value(ua.DataValue(ua.Variant(40.0, ua.VariantType.Double)))
        with pytest.raises(ua.uaerrors.BadOutOfRange):
            await node.write_value(ua.DataValue(ua.Variant(float("nan"), ua.VariantType.Double)))
        with pytest.raises(ua.uaerrors.BadTypeMismatch):
            await node.write_value(ua.DataValue(ua.Variant(85, ua.VariantType.Int32)))
        assert await node.read_value() == 85.0
        pressure = c.get_node(ua.NodeId("Filter.Setpoint.TmpStart", index))
        await pressure.write_value(ua.DataValue(ua.Variant(250.0, ua.VariantType.Double)))  # mbar
        assert await pressure.read_value() == pytest.approx(250.0)
        await pressure.write_value(ua.DataValue(ua.Variant(300.0, ua.VariantType.Double)))
        await node.write_value(ua.DataValue(ua.Variant(100.0, ua.VariantType.Double)))


@pytest.mark.parametrize(
    ("id_", "uri", "node", "value"),
    [
        ("floor_main", FLOOR, "Floor.Position.Target", ua.Variant(0, ua.VariantType.Int16)),
        ("floor_therapy", FLOOR, "Floor.Position.Moving", ua.Variant(True, ua.VariantType.Boolean)),
        ("filter_main", FILTER, "Filter.Water.Ph", ua.Variant(7.2, ua.VariantType.Double)),
    ],
)
async def test_everything_else_is_read_only(twin_hall: Site, id_: str, uri: str, node: str, value: ua.Variant) -> None:
    async with client(twin_hall, id_) as c:
        target = c.get_node(ua.NodeId(node, await c.get_namespace_index(uri)))
        before = await target.read_value()
        with pytest.raises(ua.uaerrors.BadNotWritable):
            await target.write_value(ua.DataValue(value))
        assert await target.read_value() == before


async def test_no_point_of_a_floor_is_writable(twin_hall: Site) -> None:
    assert all(p.access == "r" for p in twin_hall.points if p.device.startswith("floor_"))
    async with client(twin_hall, "floor_main") as c:
        index = await c.get_namespace_index(FLOOR)
        for p in twin_hall.points:
            if p.device == "floor_main" and isinstance(p.address, Node):
                node = c.get_node(ua.NodeId(split_node(p.address.node)[1], index))
                assert ua.AccessLevel.CurrentWrite not in await node.get_access_level()


async def test_an_administrators_name_opens_nothing(twin_hall: Site) -> None:
    c = Client(device(twin_hall, "floor_main").endpoint, timeout=20)
    c.set_user("admin")
    with pytest.raises((ua.UaError, ConnectionError)):
        async with c:
            pass
