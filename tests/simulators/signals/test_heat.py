"""What the controllers of tap water and greywater show: whole, plausible by their maps, and of one mind."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.site import Site
from simulators.plant.faults import SOUND, Faults
from simulators.plant.inputs import inputs_over
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.signals import greywater, tap_water
from simulators.signals.getters import Table
from simulators.twin import place_of

BEGIN_NS = int(datetime(2026, 1, 13, 22, 0, tzinfo=UTC).timestamp()) * SECOND_NS


def table(device: str) -> Table:
    found = tap_water.unit(device) if device == "tv1" else greywater.unit(device)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def day(hall: Site) -> list[State]:
    """A Wednesday of January by the minute."""
    place = place_of(hall)
    s, states = initial(BEGIN_NS, place, 1), []
    for inputs in inputs_over([BEGIN_NS + 60 * SECOND_NS * (k + 1) for k in range(1440)], place, 1):
        s = step(s, inputs, 60.0)
        states.append(s)
    return states


def shown(device: str, s: State) -> Mapping[str, float]:
    values = {name: get(s) for name, get in table(device).items()}
    return {name: value for name, value in values.items() if not isinstance(value, str)}


@pytest.mark.parametrize("device", ["tv1", "gv1"])
def test_every_point_stays_in_the_range_of_its_map(hall: Site, day: list[State], device: str) -> None:
    points = [p for p in hall.points if p.device == device]
    assert {p.name for p in points} == table(device).keys()
    for s in day[::7]:
        values = shown(device, s)
        for point in points:
            assert point.min <= values[point.name] <= point.max, (point.id, values[point.name])


def test_tap_water_is_of_one_mind(day: list[State]) -> None:
    for s in day:
        now = shown("tv1", s)
        levels = [now[f"tank_t_{level}"] for level in range(1, 6)]
        assert levels == sorted(levels, reverse=True)
        assert now["hot_out_t"] > now["vvc_return_t"] + 2.0
        assert now["preheat_t"] >= now["cold_in_t"]
        assert (now["boiler_kw"] > 0.0) == (now["boiler_steps"] > 0.0)
        assert now["boiler_kw"] <= 30.0 * now["boiler_steps"] / 0.99 + 1e-9
        assert now["alarm_word"] == 0.0


def test_greywater_unit_is_of_one_mind(day: list[State]) -> None:
    ran = 0
    for s in day:
        now = shown("gv1", s)
        running = now["mode"] == 1.0
        ran += running
        assert running == (now["p_el"] > 0.0) == (now["drain_flow"] > 0.0) == (now["compressor_pct"] > 0.0)
        assert (now["cleaning"] == 1.0) == (now["mode"] == 3.0)
        assert now["alarm_word"] == 0.0
        if running:
            assert now["fresh_out_t"] == pytest.approx(36.0)
            assert now["drain_out_t"] < now["drain_in_t"] - 15.0
            carried = 1.163 * now["fresh_flow"] * (now["fresh_out_t"] - now["fresh_in_t"])
            assert now["heat_kw"] == pytest.approx(carried)
    assert 200 < ran < 900


def test_alarms_ring(day: list[State]) -> None:
    s = day[-1]
    cold = s._replace(tv1=s.tv1._replace(nodes=(57.0,) * 10, circulation_t=54.5))
    assert (shown("tv1", cold)["alarm_tank_cold"], shown("tv1", cold)["alarm_vvc_cold"]) == (1.0, 1.0)
    stuck = s._replace(tv1=s.tv1._replace(boiler_header_kw=30.0, peaking=False))
    assert shown("tv1", stuck)["alarm_word"] == 4.0
    full = s._replace(gv1=s.gv1._replace(dirty_m3=12.0))
    assert shown("gv1", full)["alarm_level"] == 1.0
    for faults, alarm in ((SOUND, 0.0), (Faults(grey_fouled=0.5), 0.0), (Faults(grey_fouled=0.7), 1.0)):
        fouled = s._replace(inputs=s.inputs._replace(faults=faults))
        assert shown("gv1", fouled)["alarm_filter"] == alarm
