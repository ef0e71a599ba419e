"""What a twin does when it cannot start, when its clock is set, and when its disk fails."""

import asyncio
import math
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner
from pyModbusTCP.client import ModbusClient

from sdanlegg.cli import main
from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.site import Site
from simulators import snapshot
from simulators.backfill import backfill
from simulators.serve import FASTEST, Life, serve
from simulators.snapshot import StateFile
from simulators.twin import Twin, beginning
from tests.support.twin import NOON_IN_JUNE, StandingClock, only, running

DAY_NS = 86_400 * SECOND_NS


@pytest.mark.parametrize("taken", ["tv1", "floor_main", "el_fans"])
def test_a_port_in_use_is_named_and_every_other_is_free_again(free_hall: Site, state_file: Path, taken: str) -> None:
    small = only(free_hall, "vp1", "tv1", "el_fans", "el_light", "filter_main", "floor_main")
    device = next(d for d in small.devices if d.id == taken)
    named = "el_fans, el_light" if taken == "el_fans" else taken
    with socket.create_server((device.host, device.port)):
        match = rf"the twin cannot listen on 127\.0\.0\.1:{device.port} \({named}\): Address already in use"
        with pytest.raises(SdError, match=match), running(small, StandingClock(), state_file):
            pass
        for other in {d.port for d in small.devices} - {device.port}:
            with socket.create_server(("127.0.0.1", other)):
                pass


async def test_a_port_taken_while_the_twin_starts_is_named_too(free_hall: Site) -> None:
    """Between the first look and the opening of a PLC seconds go by."""
    small = only(free_hall, "vp1", "floor_main")
    plc = next(d for d in small.devices if d.id == "floor_main")
    modbus = next(d for d in small.devices if d.id == "vp1")
    starting = asyncio.ensure_future(serve(small, Life(), clock=StandingClock()))
    while True:
        try:
            _, writer = await asyncio.open_connection(modbus.host, modbus.port)
            break
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
    with socket.create_server((plc.host, plc.port)):
        with pytest.raises(SdError, match=rf"127\.0\.0\.1:{plc.port} \(floor_main\)"):
            await asyncio.wait_for(starting, 60.0)
        with socket.create_server((modbus.host, modbus.port)):
            pass
    writer.close()


def test_an_address_that_is_not_this_machines_is_named(free_hall: Site) -> None:
    small = only(free_hall, "vp1")
    elsewhere = replace(small, devices=(replace(small.devices[0], host="192.0.2.1"),))
    with pytest.raises(SdError, match=r"192\.0\.2\.1:\d+ \(vp1\): Cannot assign"), running(elsewhere, StandingClock()):
        pass


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf, FASTEST * 1.01])
async def test_a_speed_that_cannot_be_is_refused(free_hall: Site, speed: float) -> None:
    with pytest.raises(SdError, match="the twin's speed must be above 0 and at most 36000"):
        await serve(only(free_hall, "vp1"), Life(speed=speed), clock=StandingClock())


@pytest.mark.parametrize("speed", ["0", "-2", "nan", "inf", "1e9", "fast"])
def test_the_command_line_names_the_speed(speed: str) -> None:
    done = CliRunner().invoke(main, ["simulate", "config/holmen", "--speed", speed])
    assert done.exit_code == 2
    assert "Invalid value for '--speed'" in done.stderr
    assert "not" in done.stderr


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "1e9"])
def test_the_command_line_names_the_days(days: str) -> None:
    done = CliRunner().invoke(main, ["backfill", "config/holmen", "--days", days])
    assert done.exit_code == 2
    assert "Invalid value for '--days'" in done.stderr


def test_a_state_file_that_cannot_be_is_named_and_nothing_begun(free_hall: Site, tmp_path: Path) -> None:
    small, blocked = only(free_hall, "vp1"), tmp_path / "file"
    blocked.write_text("")
    (tmp_path / "folder").mkdir()
    for path, told in (
        (blocked / "state.json", r"file/state\.json cannot be (read|written): Not a directory"),
        (tmp_path / "folder", r"folder cannot be read: Is a directory"),
    ):
        with pytest.raises(SdError, match=told), running(small, StandingClock(), path):
            pass
        with socket.create_server((small.devices[0].host, small.devices[0].port)):
            pass


def test_rubbish_is_moved_aside_not_written_over(free_hall: Site, state_file: Path) -> None:
    state_file.parent.mkdir()
    state_file.write_text("rubbish", encoding="utf-8")
    with running(only(free_hall, "vp1"), StandingClock(), state_file):
        pass
    assert state_file.with_name("state.json.unusable").read_text(encoding="utf-8") == "rubbish"
    assert snapshot.load(state_file) is not None


def test_a_disk_that_fails_later_is_told_of_once_and_survived(free_hall: Site, state_file: Path) -> None:
    twin = Twin(free_hall, beginning(free_hall, NOON_IN_JUNE, 1, None), 1)
    kept = StateFile(state_file, twin.saved())
    state_file.unlink()
    state_file.parent.rmdir()
    state_file.parent.write_text("in the way")
    with structlog.testing.capture_logs() as told:
        kept.save(twin.saved())
        kept.save(twin.saved())
        state_file.parent.unlink()
        kept.save(twin.saved())
    assert [line["event"] for line in told] == ["twin_state_not_saved"]
    assert snapshot.load(state_file) == twin.saved()


@pytest.mark.parametrize(
    ("set_by_ns", "expected_ns"),
    [
        (-60 * SECOND_NS, 0),  # a minute back: waited for
        (-DAY_NS, -DAY_NS),
        (3600 * SECOND_NS, 3600 * SECOND_NS),  # lived through
        (400 * DAY_NS, 400 * DAY_NS),  # gone over to
    ],
)
def test_a_clock_that_is_set_is_followed(free_hall: Site, set_by_ns: int, expected_ns: int) -> None:
    twin = Twin(free_hall, beginning(free_hall, NOON_IN_JUNE, 1, None), 1)
    now_ns = NOON_IN_JUNE + set_by_ns
    twin.follow(now_ns)
    assert twin.advance(now_ns, 100)
    assert twin.state.t_ns == NOON_IN_JUNE + expected_ns


def counters(twin: Twin) -> dict[str, float]:
    return {
        b.point.id: v
        for d in twin.devices
        for b, v in zip(d.points, twin.values(d), strict=True)
        if b.point.kind == "counter" and isinstance(v, float)
    }


@pytest.mark.parametrize("days", [-200, -1, 10])
def test_no_counter_moves_when_the_clock_jumps(free_hall: Site, days: int) -> None:
    twin = Twin(free_hall, beginning(free_hall, NOON_IN_JUNE, 1, None), 1)
    twin.advance(NOON_IN_JUNE + 600 * SECOND_NS, 1000)
    before = counters(twin)
    now_ns = NOON_IN_JUNE + days * DAY_NS
    twin.follow(now_ns)
    assert counters(twin) == before
    twin.advance(now_ns + 600 * SECOND_NS, 1000)
    after = counters(twin)
    assert all(after[id_] >= value for id_, value in before.items())
    assert after["el_fans.import_kwh"] - before["el_fans.import_kwh"] == pytest.approx(3.0, abs=2.0)


def test_the_same_over_a_restart(free_hall: Site, state_file: Path) -> None:
    twin = Twin(free_hall, beginning(free_hall, NOON_IN_JUNE, 1, None), 1)
    twin.advance(NOON_IN_JUNE + 600 * SECOND_NS, 1000)
    before = counters(twin)
    for days in (-30, 30):
        snapshot.save(twin.saved(), state_file)
        later = Twin(free_hall, beginning(free_hall, NOON_IN_JUNE + days * DAY_NS, 1, state_file), 1)
        assert counters(later) == before


def test_a_fast_twin_tells_that_it_cannot_keep_up(free_hall: Site) -> None:
    """A clock that runs two hundred times as fast stands for a machine that is too slow."""

    class Racing(StandingClock):
        def monotonic_ns(self) -> int:
            return time.monotonic_ns() * 200

    small = only(free_hall, "el_light")
    device = small.devices[0]
    with structlog.testing.capture_logs() as told, running(small, Racing(), speed=FASTEST):
        client = ModbusClient(device.host, device.port, unit_id=device.unit, auto_open=True)
        deadline = time.monotonic() + 30.0
        first = client.read_input_registers(0, 18)
        while client.read_input_registers(0, 18) == first or not told:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        client.close()
    assert told[0]["event"] == "twin_behind"


@pytest.mark.parametrize("step_s", [0.0, -60.0, math.nan, math.inf, 1e-12])
def test_a_step_that_cannot_be_is_refused(free_hall: Site, state_file: Path, step_s: float) -> None:
    with pytest.raises(SdError, match="the step between samples must be from"):
        list(backfill(free_hall, NOON_IN_JUNE, NOON_IN_JUNE + DAY_NS, step_s=step_s, state_file=state_file))
    assert not state_file.exists()
