"""What goes wrong with wells, heat pump, pavement and modules, in the whole hall, and what their controllers show."""

from datetime import UTC, datetime
from functools import lru_cache

import pytest

from sdanlegg.clock import SECOND_NS
from simulators.plant.faults import SOUND, Faults
from simulators.plant.inputs import inputs_over
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.plant.visitors import Place
from simulators.signals.ground import heat_pump
from simulators.signals.inverters import MPPT, inverter
from simulators.signals.pavement import collector

STEP_S = 60.0
HOURS = STEP_S / 3600.0


class Spell:
    """Eight hours from eight in the morning under faults, and the same of the sound hall."""

    def __init__(self, place: Place, month: int, day: int) -> None:
        begin_ns = int(datetime(2026, month, day, 7, 0, tzinfo=UTC).timestamp()) * SECOND_NS
        self.begin = initial(begin_ns, place, 1)
        self._inputs = inputs_over([begin_ns + 60 * SECOND_NS * (k + 1) for k in range(480)], place, 1)
        self.under = lru_cache(self._under)

    def _under(self, faults: Faults) -> list[State]:
        s, states = self.begin, []
        for inputs in self._inputs:
            s = step(s, inputs._replace(faults=faults), STEP_S)
            states.append(s)
        return states


@pytest.fixture(scope="module")
def winter(place: Place) -> Spell:
    return Spell(place, 1, 14)


@pytest.fixture(scope="module")
def summer(place: Place) -> Spell:
    return Spell(place, 6, 16)


def shown(s: State, point: str) -> float:
    """A point of the heat pump."""
    table = heat_pump("vp1")
    assert table is not None
    return float(table[point](s))


def heat(states: list[State]) -> tuple[float, float]:
    """Of the heat pump, and its electricity [kWh]."""
    return sum(s.vp1.heat_kw for s in states) * HOURS, sum(s.vp1.p_el for s in states) * HOURS


def test_short_cycling_shows_in_the_starts_and_the_cop(winter: Spell) -> None:
    sound, faulty = winter.under(SOUND), winter.under(Faults(short_cycling_vp1=1.0))
    assert sound[-1].vp1.starts - winter.begin.vp1.starts <= 3.0
    assert faulty[-1].vp1.starts - winter.begin.vp1.starts > 8 * 6
    cops = [made / drawn for made, drawn in (heat(sound), heat(faulty))]
    assert cops[1] < 0.8 * cops[0]


def test_lost_refrigerant_shows_in_the_cop_and_in_a_colder_header(winter: Spell) -> None:
    sound, lost = winter.under(SOUND), winter.under(Faults(refrigerant_lost_vp1=0.4))
    cops = [made / drawn for made, drawn in (heat(sound), heat(lost))]
    assert cops[1] < 0.7 * cops[0]
    taken, header_t = ([sum(see(s) for s in states) for states in (sound, lost)] for see in (_extract, _header))
    assert taken[1] < 0.8 * taken[0]
    assert header_t[1] < header_t[0]


def _extract(s: State) -> float:
    return s.wells.extract_kw


def _header(s: State) -> float:
    return s.header.t


def test_worn_pump_shows_in_flow_and_spread_and_trips_in_the_end(winter: Spell) -> None:
    sound, worn = ([s for s in winter.under(Faults(brine_pump_worn=loss)) if s.vp1.on] for loss in (0.0, 0.45))
    dead = winter.under(Faults(brine_pump_worn=1.0))
    assert {shown(s, "alarm_brine_flow") for s in sound + worn} == {0.0}
    assert {(shown(s, "mode"), shown(s, "alarm_brine_flow")) for s in dead} >= {(9.0, 1.0)}
    assert not any(s.vp1.on or s.wells.extract_kw > 0.0 for s in dead)
    for s in worn:
        assert shown(s, "brine_flow") == pytest.approx(
            0.55 * 24.0 * max(0.5, shown(s, "compressor_pct") / 100.0), rel=0.2
        )
        assert s.vp1.brine_out_t >= -4.0 - 1e-9
    spread = [sum(s.vp1.brine_in_t - s.vp1.brine_out_t for s in states) / len(states) for states in (sound, worn)]
    assert spread[1] > 1.3 * spread[0]


def test_stuck_melting_takes_heat_in_summer(summer: Spell) -> None:
    sound, stuck = summer.under(SOUND), summer.under(Faults(melting_stuck=1.0))
    table = collector("sol1")
    assert table is not None
    assert {table["mode"](s) for s in stuck} == {3.0}
    assert 3.0 not in {table["mode"](s) for s in sound}
    taken = stuck[-1].meters.heat_kwh.snow - summer.begin.meters.heat_kwh.snow
    assert taken > 8 * 15.0
    assert stuck[-1].meters.heat_kwh.solar == summer.begin.meters.heat_kwh.solar
    assert stuck[-1].sol1.heated.t > sound[-1].sol1.heated.t + 3.0


def test_snow_and_dirt_show_in_the_yield(summer: Spell) -> None:
    sound = summer.under(SOUND)
    snow, dirt = summer.under(Faults(snow_on_pv=0.6)), summer.under(Faults(soiling_pv=0.25))

    def made(states: list[State], name: str) -> float:
        return sum(s.pv[name].ac_kw for s in states)

    for name in ("roof", "bikes"):
        assert made(snow, name) == pytest.approx(0.4 * made(sound, name), rel=0.05)
    assert made(snow, "wall") == made(sound, "wall")
    for name in ("roof", "wall", "bikes"):
        assert made(dirt, name) == pytest.approx(0.75 * made(sound, name), rel=0.03)
    roof = inverter("pv_roof")
    assert roof is not None
    assert roof["st"](snow[240]) == MPPT
