"""The Modbus server by frames typed by hand, and by other people's clients."""

import asyncio
import contextlib
import struct
import subprocess
from collections.abc import AsyncIterator

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pyModbusTCP.client import ModbusClient

from sdanlegg.points import Point, Register, Table
from sdanlegg.site import Site
from simulators.modbus_image import Unit
from simulators.modbus_server import MOST_CONNECTIONS, ModbusServer
from tests.support.hall import core_point, data_type


def point(name: str, table: Table, address: int, kind: str, access: str = "r", scale: float = 1.0) -> Point:
    register = Register(table, address, data_type(kind), "ABCD", scale, 0.0)
    made = core_point(f"d.{name}", low=10.0, high=60.0, access=access)
    return Point(**{**{k: getattr(made, k) for k in made.__slots__}, "address": register})


POINTS = [
    point("a", "holding", 0, "int16"),
    point("b", "holding", 1, "float32"),
    point("far", "holding", 7, "uint16"),
    point("sp", "holding", 20, "int16", "rw", 0.1),
    point("sp32", "holding", 21, "float32", "rw"),
    point("word", "input", 3, "uint16"),
    point("bit0", "input", 4, "bit:0"),
    point("bit9", "input", 4, "bit:9"),
    point("on", "discrete", 5, "bool"),
    point("off", "discrete", 6, "bool"),
    point("command", "coil", 2, "bool", "rw"),
]
START = {"a": -3.0, "b": 12.5, "far": 9.0, "sp": 21.5, "sp32": 50.0, "word": 513.0, "bit0": 1.0, "bit9": 1.0, "on": 1.0,
         "off": 0.0, "command": 0.0}  # fmt: skip


class Small:
    """A server with one unit, and what was written to it."""

    def __init__(self) -> None:
        self.written: list[tuple[str, float]] = []
        self.unit = Unit(POINTS, 4, lambda p, value: self.written.append((p.name, value)), "small")
        self.unit.refresh((p, START[p.name]) for p in POINTS)
        self.server = ModbusServer("127.0.0.1", 0, {1: self.unit})

    async def ask(self, *pdus: str, unit: int = 1) -> list[str]:
        """Send all requests in one segment, return the answers without header."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        content = [bytes.fromhex(pdu) for pdu in pdus]
        writer.write(b"".join(struct.pack(">HHHB", i, 0, len(c) + 1, unit) + c for i, c in enumerate(content)))
        answers = []
        for i in range(len(pdus)):
            transaction, protocol, length, answered = struct.unpack(">HHHB", await reader.readexactly(7))
            assert (transaction, protocol, answered) == (i, 0, unit)
            answers.append((await reader.readexactly(length - 1)).hex())
        writer.close()
        await writer.wait_closed()
        return answers


@pytest.fixture
async def small() -> AsyncIterator[Small]:
    running = Small()
    await running.server.start()
    yield running
    await running.server.stop()


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("03 0000 0003", "03 06 fffd 41480000"),
        ("03 0000 0008", "03 10 fffd 41480000 0000 0000 0000 0000 0009"),  # a hole of four may be read across
        ("04 0003 0002", "04 04 0201 0201"),  # 513, bits 0 and 9
        ("02 0005 0002", "02 01 01"),
        ("01 0002 0001", "01 01 00"),
        ("03 0003 0003", "03 06 0000 0000 0000"),
        ("03 0008 0001", "83 02"),  # a hole of twelve may not
        ("03 0014 0004", "83 02"),  # beyond the last
        ("04 0000 0001", "84 02"),
        ("02 0000 0001", "82 02"),
        ("03 0000 0000", "83 03"),
        ("03 0000 007e", "83 03"),
        ("01 0000 07d1", "81 03"),
        ("03 0000", "83 03"),
        ("07", "87 01"),
        ("2b 0d 01 00", "ab 01"),
        ("2b 0e 01 00", "2b 0e 01 81 00 00 03 00 0b 486f6c6d656e205477696e 01 05 736d616c6c 02 03 312e30"),
        ("2b 0e 03 02", "2b 0e 03 81 00 00 01 02 03 312e30"),  # asked for more than there is: what there is
        ("2b 0e 04 01", "2b 0e 04 81 00 00 01 01 05 736d616c6c"),
        ("2b 0e 04 07", "ab 02"),
        ("2b 0e 05 00", "ab 03"),
        ("2b 0e", "ab 03"),
        ("17 0000 0001 0014 0001 02 0190", "17 02 fffd"),
        ("17 0014 0001 0014 0001 02 0190", "17 02 0190"),  # what was just written
        ("17 0000 0001 0000 0001 02 0000", "97 02"),  # read-only
        ("17 0008 0001 0014 0001 02 0190", "97 02"),  # not there to be read
        ("17 0000 0001 0014 0001 02 0259", "97 03"),
        ("17 0000 0001 0014 0002 02 0190", "97 03"),
        ("17 0000 007e 0014 0001 02 0190", "97 03"),
        ("17 0000", "97 03"),
        ("16 0014 ff00 0028", "96 03"),  # 0x00d7 -> 0x0028: 4.0 is below the range
        ("16 0014 00f0 0009", "16 0014 00f0 0009"),  # 0x00d7 -> 0x00d9
        ("16 0000 0000 0000", "96 02"),
        ("16 0014 0000", "96 03"),
        ("06 0014 0190", "06 0014 0190"),
        ("06 0014 0259", "86 03"),  # 60.1 is above the range
        ("06 0014 0063", "86 03"),  # 9.9 is below it
        ("06 0000 0001", "86 02"),  # read-only
        ("06 0064 0001", "86 02"),  # not there
        ("06 0015 4148", "86 02"),  # half a float
        ("10 0015 0002 04 42200000", "10 0015 0002"),
        ("10 0014 0003 06 0190 42200000", "10 0014 0003"),
        ("10 0014 0003 06 0190 7fc00000", "90 03"),  # NaN
        ("10 0014 0003 06 0190 7f800000", "90 03"),  # infinite
        ("10 0014 0003 06 0190 ff800000", "90 03"),
        ("10 0000 0001 02 0001", "90 02"),
        ("10 0014 0002 04 0190 0190", "90 02"),
        ("10 0014 0001 04 0190", "90 03"),  # byte count that does not fit
        ("05 0002 ff00", "85 03"),  # 1 is below this test point's range of 10 to 60
        ("05 0002 1234", "85 03"),
        ("05 0005 ff00", "85 02"),
        ("0f 0002 0001 01 01", "8f 03"),
    ],
)
async def test_frames_by_hand(small: Small, request_: str, answer: str) -> None:
    assert await small.ask(request_) == [answer.replace(" ", "")]


async def test_writes_reach_the_plant_and_are_read_back_at_once(small: Small) -> None:
    answers = await small.ask("10 0014 0003 06 0190 42200000", "03 0014 0003")
    assert answers[1] == "0306019042200000"
    assert small.written == [("sp", 40.0), ("sp32", 40.0)]


async def test_a_refused_write_changes_nothing(small: Small) -> None:
    await small.ask("10 0014 0003 06 0190 44200000")  # the second of two is out of range
    assert small.written == []
    assert await small.ask("03 0014 0001") == ["030200d7"]


async def test_pipelined_requests_are_answered_in_order(small: Small) -> None:
    answers = await small.ask(*["03 0000 0001", "04 0003 0001", "03 0008 0001"] * 40)
    assert answers == ["0302fffd", "04020201", "8302"] * 40


async def test_unknown_unit_gets_exception_11(small: Small) -> None:
    assert await small.ask("03 0000 0001", unit=9) == ["830b"]


async def test_a_half_refused_exchange_writes_nothing(small: Small) -> None:
    assert await small.ask("17 0008 0001 0014 0001 02 0190", "03 0014 0001") == ["9702", "030200d7"]
    assert small.written == []


async def test_mask_write_changes_its_bits_only(small: Small) -> None:
    assert (await small.ask("16 0014 00f0 0009", "03 0014 0001"))[1] == "030200d9"
    assert small.written == [("sp", pytest.approx(21.7))]


@pytest.mark.parametrize("unit", [0, 255])
async def test_who_is_alone_at_its_address_answers_to_it(small: Small, unit: int) -> None:
    assert await small.ask("03 0000 0001", unit=unit) == ["0302fffd"]


@pytest.mark.parametrize("unit", [0, 255])
async def test_a_gateway_does_not(unit: int) -> None:
    two = Small()
    two.server = ModbusServer("127.0.0.1", 0, {1: two.unit, 2: two.unit})
    await two.server.start()
    try:
        assert await two.ask("03 0000 0001", unit=unit) == ["830b"]
    finally:
        await two.server.stop()


async def test_connections_beyond_the_last_are_closed_and_the_others_go_on(small: Small) -> None:
    held = [await asyncio.open_connection("127.0.0.1", small.server.port) for _ in range(MOST_CONNECTIONS)]
    frame = bytes.fromhex("0001 0000 0006 01 03 0000 0001")
    for reader, writer in (held[0], held[-1]):
        writer.write(frame)
        assert len(await reader.readexactly(11)) == 11
    reader, writer = await asyncio.open_connection("127.0.0.1", small.server.port)
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 30) == b""
    writer.close()
    for _, one in held:
        one.close()
        await one.wait_closed()
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                assert await small.ask("03 0000 0001") == ["0302fffd"]
                break
            await asyncio.sleep(0.02)


@pytest.mark.peer
async def test_pymodbus_uses_the_rarer_functions(small: Small) -> None:
    async with AsyncModbusTcpClient("127.0.0.1", port=small.server.port) as client:
        told = await client.read_device_information(device_id=1)
        assert told.information == {0: b"Holmen Twin", 1: b"small", 2: b"1.0"}
        assert not (await client.mask_write_register(address=20, and_mask=0x00F0, or_mask=9, device_id=1)).isError()
        both = await client.readwrite_registers(
            read_address=20, read_count=1, write_address=20, values=[400], device_id=1
        )
        assert both.registers == [400]
    assert [round(value, 6) for _, value in small.written] == [21.7, 40.0]


async def test_request_in_single_bytes(small: Small) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", small.server.port)
    for byte in bytes.fromhex("0007 0000 0006 01 03 0000 0001"):
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0)
    assert (await reader.readexactly(11)).hex() == "0007000000050103" + "02fffd"
    writer.close()
    await writer.wait_closed()


async def test_a_request_and_a_half(small: Small) -> None:
    """The whole one is answered at once, the other when its rest has come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", small.server.port)
    request_ = bytes.fromhex("0001 0000 0006 01 03 0000 0001")
    writer.write(request_ + request_[:9])
    assert (await asyncio.wait_for(reader.readexactly(11), 30)).hex() == "000100000005010302fffd"
    writer.write(request_[9:])
    assert (await asyncio.wait_for(reader.readexactly(11), 30)).hex() == "000100000005010302fffd"
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("rubbish", ["474554202f20485454502f312e310d0a", "0001000000000103", "000100000fff0103"])
async def test_what_is_no_modbus_closes_the_connection(small: Small, rubbish: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", small.server.port)
    writer.write(bytes.fromhex(rubbish))
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    assert await small.ask("03 0000 0001") == ["0302fffd"]


async def test_sixty_clients_at_once(small: Small) -> None:
    answers = await asyncio.gather(*(small.ask("03 0000 0003") for _ in range(60)))
    assert answers == [["0306fffd41480000"]] * 60


async def test_stop_closes_everything(small: Small) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", small.server.port)
    writer.write(bytes.fromhex("0001 0000 0006 01 03 0000 0001"))
    await reader.readexactly(11)
    await small.server.stop()
    with pytest.raises(OSError, match=r"."):
        await asyncio.open_connection("127.0.0.1", small.server.port)
    writer.close()


def device_port(site: Site, device: str) -> int:
    return next(d.port for d in site.devices if d.id == device)


@pytest.mark.peer
def test_mbpoll_reads_a_float_meter(twin_hall: Site) -> None:
    """Debian's mbpoll: three-phase power of the iEM3155 of the fans, big-endian float at 3059 (unit 4)."""
    port = device_port(twin_hall, "el_fans")
    command = ["mbpoll", "-m", "tcp", "-0", "-1", "-a", "4", "-p", str(port), "-t", "4:float", "-B", "-r", "3059"]
    told = subprocess.run([*command, "127.0.0.1"], capture_output=True, text=True, timeout=30, check=True).stdout
    value = float(next(line for line in told.splitlines() if line.startswith("[3059]")).split()[-1])
    client = ModbusClient("127.0.0.1", port, unit_id=4, auto_open=True, auto_close=True)
    words = client.read_holding_registers(3059, 2)
    assert words is not None
    assert value == pytest.approx(struct.unpack(">f", struct.pack(">HH", *words))[0], rel=1e-5)
    assert 3.0 < value < 30.0


@pytest.mark.peer
def test_pymodbustcp_writes_a_setpoint_and_is_refused_outside(twin_hall: Site) -> None:
    client = ModbusClient("127.0.0.1", device_port(twin_hall, "ahu1"), unit_id=1, auto_open=True)
    assert client.read_holding_registers(1, 1) == [300]
    assert client.write_single_register(1, 295)
    assert client.read_holding_registers(1, 1) == [295]
    assert not client.write_single_register(1, 330)
    assert client.last_except == 3
    assert not client.write_single_register(30, 1)
    assert client.last_except == 2
    assert client.read_holding_registers(1, 1) == [295]
    assert client.write_single_register(1, 300)
    client.close()
    boiler = ModbusClient("127.0.0.1", device_port(twin_hall, "tv1"), unit_id=1, auto_open=True)
    assert boiler.read_coils(0, 1) == [False]
    assert not boiler.write_single_register(0, 590)  # below the Legionella bound of 60 °C
    assert boiler.last_except == 3
    boiler.close()
