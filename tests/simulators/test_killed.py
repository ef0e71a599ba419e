"""kill -9 at any instant: no client of the twin ever sees a counter go back."""

import random
import shutil
import time
from pathlib import Path

import pytest
from pyModbusTCP.client import ModbusClient

from sdanlegg.config import load_site
from sdanlegg.points import Point, Register
from sdanlegg.site import Device
from tests.support.holmen import holmen
from tests.support.modbus_points import read
from tests.support.twin_process import TwinProcess

DEVICES = ("el_fans", "el_main", "hm_air", "hm_vent", "wm_mains", "people", "ahu1")


class Watch:
    """A client that reads every counter of every device, and what it saw last of each."""

    def __init__(self, hall: Path) -> None:
        site = load_site(hall)
        self._devices = [d for d in site.devices if d.id in DEVICES]
        self._counters = [p for p in site.points if p.device in DEVICES and p.kind == "counter"]
        self.last: dict[str, float] = {}
        self.back: list[str] = []
        self.rounds = 0

    def look(self, seconds: float) -> None:
        """Read again and again for a while."""
        clients = {d.id: ModbusClient(d.host, d.port, unit_id=d.unit, auto_open=True) for d in self._devices}
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for point in self._counters:
                self._compare(point, float(read(clients[point.device], self._register(point))))
            self.rounds += 1
        for client in clients.values():
            client.close()

    def _compare(self, point: Point, value: float) -> None:
        before = self.last.get(point.id, value)
        if value < before:
            self.back.append(f"{point.id} went from {before} to {value}")
        self.last[point.id] = value

    @staticmethod
    def _register(point: Point) -> Register:
        assert isinstance(point.address, Register)
        return point.address


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    return holmen(tmp_path)


@pytest.mark.parametrize("speed", [1.0, 1800.0])
def test_no_counter_goes_back_over_kills(hall: Path, state_file: Path, speed: float) -> None:
    watch, lot = Watch(hall), random.Random(1)
    first = state_file.with_name("first.json")
    twin = TwinProcess(hall, state_file, DEVICES, speed)
    try:
        for _ in range(3):
            twin.start()
            if not first.exists():
                shutil.copy(state_file, first)
            watch.look(1.0 + 2.5 * lot.random())
            twin.kill()
        assert watch.back == []
        assert watch.rounds >= 6
        if speed > 1.0:  # the control: a state of an hour before must be found out
            shutil.copy(first, state_file)
            twin.start()
            watch.look(0.5)
            assert any(text.startswith("el_fans.import_kwh went") for text in watch.back)
    finally:
        twin.kill()


def test_what_was_written_survives_a_kill(hall: Path, state_file: Path) -> None:
    device: Device = next(d for d in load_site(hall).devices if d.id == "ahu1")
    twin = TwinProcess(hall, state_file, ["ahu1"], 1.0)
    try:
        twin.start()
        client = ModbusClient(device.host, device.port, unit_id=device.unit, auto_open=True)
        assert client.write_single_register(1, 285)
        deadline = time.monotonic() + 30.0
        while '"supply_t_sp": 28.5' not in state_file.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        client.close()
        twin.kill()
        twin.start()
        assert client.read_holding_registers(1, 1) == [285]
        client.close()
    finally:
        twin.kill()
