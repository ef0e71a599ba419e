"""What the PLCs of filters and floors show: whole, plausible by their maps, and of one mind."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.site import Site
from simulators.plant import membrane
from simulators.plant.faults import Faults
from simulators.plant.inputs import inputs_over
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.signals import SIGNALS
from simulators.signals.getters import Table
from simulators.twin import place_of

BEGIN_NS = int(datetime(2026, 1, 13, 22, 0, tzinfo=UTC).timestamp()) * SECOND_NS
DEVICES = {"filter_main": "ceramic_filter", "filter_therapy": "ceramic_filter",
           "floor_main": "movable_floor", "floor_therapy": "movable_floor"}  # fmt: skip


def table(device: str) -> Table:
    found = SIGNALS[DEVICES[device]](device)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def day(hall: Site) -> list[State]:
    """A Wednesday of January by the minute."""
    place = place_of(hall)
    s, states = initial(BEGIN_NS, place, 1), []
    for inputs in inputs_over([BEGIN_NS + 60 * SECOND_NS * (k + 1) for k in range(1500)], place, 1):
        s = step(s, inputs, 60.0)
        states.append(s)
    return states


def shown(getters: Table, s: State) -> Mapping[str, float]:
    return {name: value for name, get in getters.items() if not isinstance(value := get(s), str)}


@pytest.mark.parametrize("device", DEVICES)
def test_every_point_stays_in_the_range_of_its_map(hall: Site, day: list[State], device: str) -> None:
    points, getters = [p for p in hall.points if p.device == device], table(device)
    assert {p.name for p in points} == getters.keys()
    for s in day[::7]:
        values = shown(getters, s)
        for point in points:
            if point.name in values:
                assert point.min <= values[point.name] <= point.max, (point.id, values[point.name])


@pytest.mark.parametrize("device", ["floor_main", "floor_therapy"])
def test_a_floor_moves_only_when_all_that_guards_it_agrees(day: list[State], device: str) -> None:
    getters, moved = table(device), 0
    for s in day:
        now = shown(getters, s)
        assert now["locked"] == 1.0 - now["moving"]
        assert (now["key_switch"] == 1.0) == (now["moving"] == 1.0)
        assert now["raised"] == (1.0 if now["position"] <= 20.0 else 0.0)
        if now["moving"]:
            moved += 1
            assert (now["permissive"], now["estop_ok"], now["drive_fault"]) == (1.0, 1.0, 0.0)
            assert now["p_el"] > 0.0
        else:
            assert now["p_el"] == 0.0
    assert moved >= 10


@pytest.mark.parametrize("device", ["filter_main", "filter_therapy"])
def test_a_filter_plc_is_of_one_mind(day: list[State], device: str) -> None:
    getters, washing = table(device), 0
    for s in day:
        now = shown(getters, s)
        assert now["feed_flow"] == now["permeate_flow"]
        assert (now["pump_on"] == 1.0) == (now["permeate_flow"] > 0.0) == (now["pump_kw"] > 0.0)
        assert now["turbidity"] < now["turbidity_in"]
        assert now["cip_state"] == 0.0
        assert now["alarm"] == 0.0
        washing += now["backwash_phase"] > 0.0
    assert washing >= 3
    assert shown(getters, day[-1])["backwash_count"] - shown(getters, day[0])["backwash_count"] in (3.0, 4.0)


def test_cleaning_shows_and_alarms_ring(hall: Site) -> None:
    s = initial(BEGIN_NS, place_of(hall), 1)
    assert shown(table("filter_main"), s)["alarm"] == 0.0
    cleaning = s._replace(filter_main=s.filter_main._replace(phase=membrane.SOAKING, flow=0.0, pump_kw=0.0))
    now = shown(table("filter_main"), cleaning)
    assert (now["cip_state"], now["backwash_phase"], now["pump_pct"]) == (2.0, 0.0, 0.0)
    for changed in (
        s._replace(filter_main=s.filter_main._replace(tmp_bar=0.65)),
        s._replace(chemistry_main=s.chemistry_main._replace(cl_free=0.45)),
        s._replace(chemistry_main=s.chemistry_main._replace(ph=7.7)),
        s._replace(chemistry_main=s.chemistry_main._replace(turbidity=0.6)),
        s._replace(pool_main=s.pool_main._replace(level_pct=-3.0)),
    ):
        now = shown(table("filter_main"), changed)
        assert now["alarm"] == 1.0
        assert now["level_pct"] >= 0.0
        assert shown(table("filter_therapy"), changed)["alarm"] == 0.0


def test_a_leak_shows_in_the_tank(hall: Site, day: list[State]) -> None:
    place, s = place_of(hall), day[720]
    start = shown(table("filter_main"), s)["level_pct"]
    for inputs in inputs_over([s.t_ns + 60 * SECOND_NS * (k + 1) for k in range(300)], place, 1):
        s = step(s, inputs._replace(faults=Faults(leak_main_m3_h=4.0)), 60.0)
    assert shown(table("filter_main"), s)["level_pct"] < start - 10.0
