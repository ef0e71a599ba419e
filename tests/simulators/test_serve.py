"""The whole hall on its sockets: every point is there with the plant's value; restarts; addresses in use."""

import socket
import time
from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest
from pyModbusTCP.client import ModbusClient

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.points import Point, Register
from sdanlegg.site import Site
from simulators import snapshot
from simulators.observe import bind, observe
from simulators.snapshot import Saved
from simulators.twin import Twin, beginning
from tests.support.modbus_points import read
from tests.support.twin import NOON_IN_JUNE, StandingClock, only, running


def step_of(point: Point, register: Register, value: float) -> float:
    if register.type.base.startswith("float32"):
        return abs(value) * 1e-6 + 1e-9
    return 0.5001 * register.scale if register.type.base not in {"float64", "bool", "bit"} else 1e-9 * abs(value) + 1e-9


def test_every_modbus_point_of_the_hall_reads_as_its_meter_shows_it(twin_hall: Site) -> None:
    twin = Twin(twin_hall, beginning(twin_hall, NOON_IN_JUNE, 1, None), 1)
    seen = 0
    for bound in twin.devices:
        if bound.device.protocol != "modbus":
            continue
        client = ModbusClient(bound.device.host, bound.device.port, unit_id=bound.device.unit, auto_open=True)
        for b, shown in zip(bound.points, twin.values(bound), strict=True):
            assert isinstance(b.point.address, Register)
            told = read(client, b.point.address)
            seen += 1
            if isinstance(shown, str):
                assert told == shown
                continue
            assert told == pytest.approx(shown, abs=step_of(b.point, b.point.address, shown)), b.point.id
            assert b.point.min <= float(told) <= b.point.max, b.point.id
        client.close()
    assert seen > 500


def test_words_and_bits_of_alarms_agree(twin_hall: Site) -> None:
    """The bit number in the map is the place in the twin's word, for every controller that has such a word."""
    words = [p for p in twin_hall.points if p.name == "alarm_word"]
    assert len(words) >= 6
    for word in words:
        bits = [p for p in twin_hall.points if p.device == word.device and isinstance(p.address, Register)
                and p.address.type.bit is not None]  # fmt: skip
        numbers = [p.address.type.bit for p in bits if isinstance(p.address, Register)]
        assert numbers == list(range(len(bits)))
        assert len({p.address.address for p in [word, *bits] if isinstance(p.address, Register)}) == 1


def test_port_in_use_is_named_and_nothing_is_left_listening(free_hall: Site) -> None:
    small = only(free_hall, "vp1", "tv1", "pv_wall")
    taken = next(d for d in small.devices if d.id == "tv1")
    other = next(d for d in small.devices if d.id == "vp1")
    with socket.create_server(("127.0.0.1", taken.port)):
        with pytest.raises(SdError, match=rf"127\.0\.0\.1:{taken.port} \(tv1\)"), running(small, StandingClock()):
            pass
        with pytest.raises(OSError, match=r"."):
            socket.create_connection((other.host, other.port), timeout=5)


def test_restart_keeps_counters_and_setpoints(free_hall: Site, state_file: Path) -> None:
    small = only(free_hall, "vp1", "el_fans", "hm_air", "wm_tap", "people", "ahu1")
    ports = {d.id: (d.port, d.unit) for d in small.devices}

    def counters() -> list[float | str]:
        told = []
        for id_ in ("el_fans.import_kwh", "hm_air.energy_kwh", "wm_tap.volume_m3", "people.in_total", "vp1.el_kwh"):
            point = next(p for p in small.points if p.id == id_)
            port, unit = ports[point.device]
            client = ModbusClient("127.0.0.1", port, unit_id=unit, auto_open=True)
            assert isinstance(point.address, Register)
            told.append(read(client, point.address))
            client.close()
        return told

    with running(small, StandingClock(), state_file):
        client = ModbusClient("127.0.0.1", ports["ahu1"][0], unit_id=1, auto_open=True)
        assert client.write_single_register(1, 285)
        client.close()
        first = counters()
    saved = snapshot.load(state_file)
    assert saved is not None
    earlier = saved.state.t_ns - 3600 * SECOND_NS  # down for an hour
    snapshot.save(Saved(saved.state._replace(t_ns=earlier), saved.meters._replace(t_ns=earlier)), state_file)
    with running(small, StandingClock(), state_file):
        second = counters()
        client = ModbusClient("127.0.0.1", ports["ahu1"][0], unit_id=1, auto_open=True)
        assert client.read_holding_registers(1, 1) == [285]
        client.close()
    assert all(float(b) > float(a) for a, b in zip(first[:4], second[:4], strict=True))
    assert float(second[4]) >= float(first[4])  # the heat pump may have rested
    assert float(second[0]) - float(first[0]) == pytest.approx(26.0, abs=6.0)  # an hour of the fans, in muggy weather


def test_the_plant_lives_at_the_given_speed(free_hall: Site) -> None:
    """Ten hours a second: within moments the light meter has counted more than an hour could give."""
    small = only(free_hall, "el_light")
    device, point = small.devices[0], next(p for p in small.points if p.name == "import_kwh")
    assert isinstance(point.address, Register)
    with running(small, StandingClock(), speed=36_000.0):
        client = ModbusClient(device.host, device.port, unit_id=device.unit, auto_open=True)
        first = float(read(client, point.address))
        deadline = time.monotonic() + 60.0
        while float(read(client, point.address)) < first + 20.0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        client.close()


def test_a_standing_clock_stops_the_plant(free_hall: Site) -> None:
    small = only(free_hall, "el_light")
    device = small.devices[0]
    with running(small, StandingClock()):
        client = ModbusClient(device.host, device.port, unit_id=device.unit, auto_open=True)
        first = client.read_input_registers(0, 18)
        time.sleep(0.3)
        assert client.read_input_registers(0, 18) == first
        client.close()


def test_unknown_device_is_named(hall: Site) -> None:
    strange = only(hall, "vp1")
    device = replace(strange.devices[0], id="vp9")
    points = type(strange.points)(replace(p, device="vp9", id=f"vp9.{p.name}") for p in strange.points)
    with pytest.raises(SdError, match="vp9"):
        bind(replace(strange, devices=(device,), points=points))


def test_missing_value_is_named(hall: Site) -> None:
    small = only(hall, "wm_tap")
    points = type(small.points)([*small.points, replace(small.points.points[0], id="wm_tap.taste", name="taste")])
    with pytest.raises(SdError, match=r"wm_tap\.taste"):
        bind(replace(small, points=points))


def test_every_point_of_the_hall_has_a_value_in_its_range(hall: Site) -> None:
    for t_ns in (NOON_IN_JUNE, NOON_IN_JUNE + 182 * 86400 * SECOND_NS + 43200 * SECOND_NS):
        state = beginning(hall, t_ns, 1, None).state
        for bound in bind(hall):
            for b, value in zip(bound.points, observe(state, bound.points), strict=True):
                if isinstance(value, float) and not isnan(value):
                    assert b.point.min <= value <= b.point.max, (b.point.id, value)
