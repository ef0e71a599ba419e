"""Every writable point of the hall over its socket: what is inside its range reaches the plant, nothing else does."""

import json
import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asyncua import Client, ua
from pyModbusTCP.client import ModbusClient

from sdanlegg.config import load_site
from sdanlegg.points import Node, Point, Register
from sdanlegg.site import Site
from simulators.opcua_server import split_node
from tests.support.holmen import holmen
from tests.support.modbus_points import read
from tests.support.twin import StandingClock, only, running

HALL = load_site(Path(__file__).resolve().parents[2] / "config" / "holmen")
WRITABLE = [p for p in HALL.points if p.access == "rw"]
MODBUS = [p.id for p in WRITABLE if isinstance(p.address, Register)]
OPCUA = [p.id for p in WRITABLE if isinstance(p.address, Node)]


@pytest.fixture(scope="module")
def state_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("setpoints") / "state.json"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, state_file: Path) -> Iterator[Site]:
    """Controllers that have setpoints, on ports of their own; the state file shows what the plant took."""
    site = only(load_site(holmen(tmp_path_factory.mktemp("hall"))), *{p.device for p in WRITABLE})
    with running(site, StandingClock(), state_file):
        yield site


def setpoint(state_file: Path, point: Point) -> float:
    saved = json.loads(state_file.read_text(encoding="utf-8"))
    return float(saved["state"]["setpoints"][point.device][point.name])


def reaches(state_file: Path, point: Point, value: float) -> bool:
    """Whether the plant comes to have this setpoint."""
    deadline = time.monotonic() + 20.0
    while abs(setpoint(state_file, point) - value) > 1e-6 * (1.0 + abs(value)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def find(site: Site, id_: str) -> Point:
    return next(p for p in site.points if p.id == id_)


def test_every_kind_of_controller_takes_writes() -> None:
    assert len(MODBUS) >= 20
    assert len(OPCUA) == 8
    assert {p.device for p in WRITABLE} == {
        "vp1", "wells", "sol1", "gv1", "ahu1", "ahu2", "ahu3", "tv1", "filter_main", "filter_therapy"
    }  # fmt: skip


def raw(register: Register, value: float) -> int:
    """The one word of a setpoint; every one of the hall is 16 bits wide."""
    assert register.type.registers == 1
    word = round((value - register.offset) / register.scale) & 0xFFFF
    return word if register.order == "ABCD" else (word >> 8) | (word & 0xFF) << 8


@pytest.mark.parametrize("id_", MODBUS)
def test_a_register_takes_its_range_and_no_more(site: Site, state_file: Path, id_: str) -> None:
    point = find(site, id_)
    device, register = next(d for d in site.devices if d.id == point.device), point.address
    assert isinstance(register, Register)
    client = ModbusClient(device.host, device.port, unit_id=device.unit, auto_open=True)

    def write(value: float) -> bool | None:
        if register.table == "coil":
            return client.write_single_coil(register.address, bool(value))
        return client.write_multiple_registers(register.address, [raw(register, value)])

    for value in (point.min, point.max, (point.min + point.max) / 2 // register.scale * register.scale):
        if register.table == "coil" and value not in {0.0, 1.0}:
            continue
        assert write(value), client.last_except
        assert reaches(state_file, point, value)
        assert float(read(client, register)) == pytest.approx(value)
    if register.table == "holding":
        step = register.scale
        signed = register.type.base.startswith("int")
        outside = [point.max + step, point.max + 100 * step, *([point.min - step] if signed or point.min > 0 else [])]
        kept = float(read(client, register))
        for value in outside:
            assert not write(value)
            assert client.last_except == 3, (value, client.last_except)
        for rubbish in (0x8000, 0x7FFF, 0xFFFF):  # what some makers send for "no value"
            assert not client.write_single_register(register.address, rubbish)
            assert client.last_except == 3
        assert float(read(client, register)) == kept == pytest.approx(setpoint(state_file, point))
    client.close()


@pytest.mark.parametrize("id_", OPCUA)
async def test_a_node_takes_its_range_and_no_more(site: Site, state_file: Path, id_: str) -> None:
    point = find(site, id_)
    device, address = next(d for d in site.devices if d.id == point.device), point.address
    assert isinstance(address, Node)
    uri, identifier = split_node(address.node)
    truth = address.type.base == "bool"
    kind = ua.VariantType.Boolean if truth else ua.VariantType.Double
    async with Client(device.endpoint, timeout=20) as client:
        node = client.get_node(ua.NodeId(identifier, await client.get_namespace_index(uri)))

        async def answer(value: object, kind: ua.VariantType = kind) -> str:
            try:
                await node.write_value(ua.DataValue(ua.Variant(value, kind)))
            except ua.UaStatusCodeError as error:
                return type(error).__name__
            return "Good"

        for value in (point.min, point.max):
            shown = bool(value) if truth else value / address.scale
            assert await answer(shown) == "Good"
            assert reaches(state_file, point, value)
            assert await node.read_value() == pytest.approx(shown)
        kept = await node.read_value()
        if truth:
            assert await answer(2, ua.VariantType.Int16) == "BadTypeMismatch"
        else:
            span = (point.max - point.min) / address.scale
            for value in (point.max / address.scale + 0.01 * span, point.min / address.scale - 0.01 * span,
                          math.nan, math.inf, -math.inf, 1e308):  # fmt: skip
                assert await answer(value) == "BadOutOfRange"
            assert await answer([kept, kept]) == "BadTypeMismatch"
            assert await answer("40", ua.VariantType.String) == "BadTypeMismatch"
        bad = ua.DataValue(ua.Variant(kept, kind), ua.StatusCode(ua.StatusCodes.BadSensorFailure))
        with pytest.raises(ua.uaerrors.BadWriteNotSupported):
            await node.write_value(bad)
        assert await node.read_value() == kept
        assert reaches(state_file, point, float(kept) * address.scale)
