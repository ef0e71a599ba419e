"""The link against servers of three makers: libmodbus, pyModbusTCP and pymodbus' own."""

import asyncio
import math
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.modbus import ModbusLink, modbus_link
from sdanlegg.clock import SystemClock
from sdanlegg.datatypes import text_code
from sdanlegg.driver import PollGroup
from sdanlegg.errors import ConfigError, DeviceError
from sdanlegg.points import SunSpecField
from sdanlegg.quality import BAD, CONFIG, GOOD
from sdanlegg.site import Pacing
from tests.support.modbus_peer import Peer, second_maker
from tests.support.points import device, group, point, register

pytestmark = pytest.mark.peer


@asynccontextmanager
async def connected(*groups: PollGroup) -> AsyncIterator[ModbusLink]:
    link = modbus_link(groups, SystemClock())
    try:
        await link.connect()
        yield link
    finally:
        await link.close()


def one_of_each(port: int, **over: Any) -> PollGroup:
    """Points of many types in all four tables, in no order."""
    return group(
        [
            point("d.level", register("int16", 30, "input", scale=0.1)),
            point("d.energy", register("uint64", 110, "holding", "CDAB", scale=0.001), kind="counter"),
            point("d.supply_t", register("float32", 0, "holding")),
            point("d.return_t", register("float32", 2, "holding", "CDAB")),
            point("d.alarm", register("bit:9", 40, "input"), kind="state"),
            point("d.word", register("uint16", 40, "input"), kind="state"),
            point("d.pump", register("bool", 5, "coil"), kind="state"),
            point("d.open", register("bool", 17, "discrete"), kind="state"),
            point("d.model", register("string:4", 200, "holding"), quantity="text", kind="state"),
            point("d.power", register("int32", 114, "holding", "BADC", scale=0.1)),
        ],
        device(port=port, **over),
        first_column=7,
    )


EXPECTED = [-12.3, 9007199254740.991, 21.5, 35.25, 1, 0x0200, 1, 1, text_code("HP-120"), -4321.1]


def words(format_: str, value: float) -> tuple[int, ...]:
    raw = struct.pack(format_, value)
    return struct.unpack(f">{len(raw) // 2}H", raw)


def image() -> dict[tuple[str, int], Sequence[int]]:
    """Registers that hold EXPECTED, typed with struct."""
    return {
        ("input", 30): words(">h", -123),
        ("holding", 110): words(">Q", 9007199254740991)[::-1],
        ("holding", 0): words(">f", 21.5),
        ("holding", 2): words(">f", 35.25)[::-1],
        ("input", 40): [0x0200],
        ("coil", 5): [1],
        ("discrete", 17): [1],
        ("holding", 200): [0x4850, 0x2D31, 0x3230, 0x0000],
        ("holding", 114): [0xFFFF, 0x3557],  # FFFF 5735 = -43211 with the bytes of each register swapped
    }


async def test_reads_what_a_libmodbus_server_holds(peer: Peer) -> None:
    for (table, address), values in image().items():
        await peer.set(table, address, values)
    wanted = one_of_each(peer.port)
    before = time.time_ns()
    async with connected(wanted) as link:
        reading = await link.poll(wanted)
    assert reading.device == "d"
    assert reading.columns.tolist() == list(range(7, 17))
    assert reading.values.tolist() == pytest.approx(EXPECTED)
    assert (reading.quality == GOOD).all()
    assert reading.texts == {text_code("HP-120"): "HP-120"}
    assert before <= reading.t_ns <= time.time_ns()


async def test_reads_what_a_pymodbustcp_server_holds() -> None:
    with second_maker() as (bank, port):
        for (table, address), values in image().items():
            {
                "coil": bank.set_coils,
                "discrete": bank.set_discrete_inputs,
                "holding": bank.set_holding_registers,
                "input": bank.set_input_registers,
            }[table](address, [bool(v) for v in values] if table in {"coil", "discrete"} else list(values))
        wanted = one_of_each(port)
        async with connected(wanted) as link:
            reading = await link.poll(wanted)
    assert reading.values.tolist() == pytest.approx(EXPECTED)
    assert (reading.quality == GOOD).all()


async def test_reads_what_the_librarys_own_server_holds() -> None:
    data = [SimData(0, values=[1.5, -2.25], datatype=DataType.FLOAT32), SimData(4, values=[7], datatype=DataType.INT16)]
    server = ModbusTcpServer([SimDevice(id=3, simdata=data)], address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        port = server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        wanted = group(
            [
                point("d.a", register("float32", 0)),
                point("d.b", register("float32", 2)),
                point("d.c", register("int16", 4)),
            ],
            device(port=port, unit=3),
        )
        async with connected(wanted) as link:
            reading = await link.poll(wanted)
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]
    assert reading.values.tolist() == [1.5, -2.25, 7.0]


async def test_units_behind_one_gateway_keep_their_values_apart(peer: Peer) -> None:
    groups = []
    for unit in (1, 7, 247):
        await peer.set("holding", 0, [1000 + unit], unit)
        groups.append(group([point(f"m{unit}.v", register())], device(f"m{unit}", peer.port, unit=unit)))
    async with connected(*groups) as link:
        readings = await asyncio.gather(*(link.poll(g) for g in groups for _ in range(20)))
    assert {r.device: set(r.values.tolist()) for r in readings} == {"m1": {1001}, "m7": {1007}, "m247": {1247}}


async def test_a_unit_that_the_gateway_does_not_reach_is_a_device_error(peer: Peer) -> None:
    await peer.set("holding", 0, [1])
    there = group([point("a.v", register())], device("a", peer.port))
    gone = group([point("b.v", register())], device("b", peer.port, unit=9))
    async with connected(there, gone) as link:
        with pytest.raises(DeviceError, match="exception 11"):
            await link.poll(gone)
        assert (await link.poll(there)).values.tolist() == [1]


async def test_one_refused_register_does_not_blind_its_neighbours(peer: Peer) -> None:
    await peer.set("holding", 0, range(100, 160))
    await peer.refuse("holding", 33, 1)
    wanted = group([point(f"d.p{i}", register(address=i)) for i in range(60)], device(port=peer.port))
    async with connected(wanted) as link:
        for _ in range(3):
            reading = await link.poll(wanted)
            assert [i for i, q in enumerate(reading.quality) if q != GOOD] == [33]
            assert reading.quality[33] == BAD | CONFIG
            assert math.isnan(reading.values[33])
            assert reading.values[reading.quality == GOOD].tolist() == [v for v in range(100, 160) if v != 133]


async def test_a_refused_hole_costs_no_value(peer: Peer) -> None:
    await peer.set("holding", 0, [11, 12])
    await peer.set("holding", 5, [13, 14])
    await peer.refuse("holding", 2, 3)
    points = [point(f"d.p{i}", register(address=i)) for i in (0, 1, 5, 6)]
    wanted = group(points, device(port=peer.port, pacing=Pacing(max_gap=8)))
    async with connected(wanted) as link:
        reading = await link.poll(wanted)
    assert reading.values.tolist() == [11, 12, 13, 14]
    assert (reading.quality == GOOD).all()


@pytest.mark.parametrize(
    ("over", "value", "held"),
    [
        ({"type_": "uint16", "scale": 0.1}, 21.5, [215]),
        ({"type_": "int16", "offset": 5.0}, -2.0, [0xFFF9]),
        ({"type_": "float32", "order": "CDAB"}, 21.5, [0x0000, 0x41AC]),
        ({"type_": "uint64"}, 2**40 + 3.0, [0, 0x0100, 0, 3]),
        ({"type_": "bool", "table": "coil"}, 1.0, [1]),
    ],
)
async def test_writes_what_reads_back(peer: Peer, over: dict[str, Any], value: float, held: list[int]) -> None:
    target = point("d.sp", register(address=20, **over), access="rw", kind="setpoint")
    await peer.set(over.get("table", "holding"), 20, [0] * len(held))
    wanted = group([target], device(port=peer.port))
    async with connected(wanted) as link:
        await link.write(target, value)
        assert (await link.poll(wanted)).values.tolist() == [value]
    assert await peer.get(over.get("table", "holding"), 20, len(held)) == held


@pytest.mark.parametrize(("order", "after"), [("ABCD", 0x0B04), ("BADC", 0x0F00)])
async def test_writing_one_bit_leaves_the_others(peer: Peer, order: str, after: int) -> None:
    await peer.set("holding", 3, [0x0B00])
    target = point("d.enable", register("bit:2", 3, order=order), access="rw", kind="setpoint")
    wanted = group([target], device(port=peer.port))
    async with connected(wanted) as link:
        await link.write(target, 1.0)
        assert (await link.poll(wanted)).values.tolist() == [1.0]
    assert await peer.get("holding", 3, 1) == [after]


async def test_a_refused_or_impossible_write_is_a_device_error(peer: Peer) -> None:
    await peer.set("holding", 0, [5])
    await peer.refuse("holding", 0, 1)
    target = point("d.sp", register(), access="rw", kind="setpoint")
    fixed = point("d.t", register(table="input"), access="rw", kind="setpoint")
    wanted = group([target, fixed], device(port=peer.port))
    async with connected(wanted) as link:
        for victim, value, text in ((target, 70000.0, r"d\.sp: 70000\.0 does not fit"), (fixed, 1.0, "table input")):
            with pytest.raises(DeviceError, match=text):
                await link.write(victim, value)
        with pytest.raises(DeviceError, match="cannot be written"):
            await link.write(target, math.nan)
    assert await peer.get("holding", 0, 1) == [5]


async def test_the_raw_bytes_of_a_point_for_the_eyes_of_a_person(peer: Peer) -> None:
    await peer.set("input", 8, [0x1234, 0x5678])
    target = point("d.t", register("float32", 8, "input"))
    async with connected(group([target], device(port=peer.port))) as link:
        assert await link.raw(target) == bytes.fromhex("12345678")


def test_a_point_that_cannot_be_read_is_refused_before_any_connection() -> None:
    for address, text in (
        (register("string:80"), "d: a value of 80 registers"),
        (SunSpecField("inverter.W", 1.0, 0.0), "d.x has no Modbus register"),
    ):
        wanted = group([point("d.x", address)], device(pacing=Pacing(max_registers=60)))
        with pytest.raises(ConfigError, match=text):
            modbus_link([wanted], SystemClock())
