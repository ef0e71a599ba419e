"""The hall without one of its measures."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from simulators import snapshot
from simulators.plant import ledger, lighting, sand
from simulators.plant.inputs import InputsAhead
from simulators.plant.measures import ALL, Measures, without
from simulators.plant.start import initial
from simulators.plant.state import State
from simulators.plant.step import step
from simulators.twin import place_of
from tests.support.holmen import CONFIG

DAY_NS = 86_400 * SECOND_NS
START_NS = int(datetime(2026, 6, 15, 22, tzinfo=UTC).timestamp()) * SECOND_NS
STEP_NS = 300 * SECOND_NS


@lru_cache
def two_days(measure: str | None) -> tuple[State, ...]:
    """The states of the second of two June days, in steps of five minutes."""
    place = place_of(load_site(CONFIG / "holmen"))
    s = initial(START_NS, place, 4)
    inputs, states = InputsAhead(place, 4, measures=ALL if measure is None else without(measure)), []
    while s.t_ns < START_NS + 2 * DAY_NS:
        s = step(s, inputs.at(s.t_ns + STEP_NS), 300.0)
        states.append(s)
    return tuple(states[288:])


def total(states: tuple[State, ...], flow: str) -> float:
    return sum(ledger.flows(s)[flow] for s in states) / 12.0


def more(measure: str, flow: str) -> float:
    return total(two_days(measure), flow) - total(two_days(None), flow)


def test_an_unknown_measure_is_named() -> None:
    with pytest.raises(ValueError, match="'moat' is none of raised_floors, ceramic_filters"):
        without("moat")


@pytest.mark.parametrize("measure", Measures._fields)
def test_the_setpoints_and_inputs_that_were_given_stay(measure: str) -> None:
    last, base = two_days(measure)[-1], two_days(None)[-1]
    assert last.setpoints == base.setpoints
    assert last.inputs == base.inputs._replace(measures=without(measure))
    assert base.inputs.measures is ALL


@pytest.mark.parametrize("measure", Measures._fields)
def test_every_measure_saves_electricity_or_costs_little(measure: str) -> None:
    bought = more(measure, "grid.import") - more(measure, "grid.export")
    assert bought > (-20.0 if measure == "collectors" else 20.0)


def test_floors_stay_down_at_night() -> None:
    lowest = min(s.floor_therapy.depth_mm for s in two_days("raised_floors"))
    assert lowest > 500.0
    assert min(s.floor_therapy.depth_mm for s in two_days(None)) == 0.0
    assert more("raised_floors", "pool_therapy.evaporation") > 50.0


def test_sand_filters_wash_with_more_water_that_goes_to_the_drain() -> None:
    states = two_days("ceramic_filters")
    a_day = (sand.MAIN.vessels * sand.MAIN.area_m2 + sand.THERAPY.vessels * sand.THERAPY.area_m2) * sand.WASH_M3_M2
    washed = total(states, "backwash")
    assert washed == pytest.approx(a_day / 4.0, rel=0.4)
    assert total(states, "grey.overflow") >= washed - 1e-6
    assert more("ceramic_filters", "el.pump_main") > 10.0
    assert 0.2 < max(s.filter_main.tmp_bar for s in states) < 0.6
    assert sum(s.chemistry_main.dosed_g_h for s in states) > sum(s.chemistry_main.dosed_g_h for s in two_days(None))


def test_without_greywater_recovery_the_store_stays_empty() -> None:
    states = two_days("greywater")
    assert total(states, "gv1.heat") == 0.0
    assert states[-1].gv1.store_m3 < 0.1
    assert total(states, "grey.overflow") == pytest.approx(total(two_days(None), "shower.drain"), rel=0.4)


def test_ordinary_showers_take_twelve_litres_for_seven() -> None:
    assert total(two_days("low_flow_showers"), "shower.drain") == pytest.approx(
        total(two_days(None), "shower.drain") * 12.0 / 7.0
    )


def test_without_plates_nothing_is_recovered() -> None:
    assert all(s.ahu1.recovered_kw == 0.0 for s in two_days("air_recovery"))
    assert more("air_recovery", "heat.vent") > 50.0


def test_without_modules_all_electricity_is_bought() -> None:
    assert total(two_days("solar_cells"), "grid.export") == 0.0
    made = sum(total(two_days(None), f"pv.{place}") for place in ("roof", "wall", "bikes"))
    bought = more("solar_cells", "grid.import") - more("solar_cells", "grid.export")
    assert bought == pytest.approx(made, rel=1e-6)


def test_without_collectors_the_pavement_gives_nothing() -> None:
    assert total(two_days("collectors"), "sol1.collector") == 0.0
    assert total(two_days("collectors"), "wells.charge") == 0.0


def test_without_wells_the_boiler_serves_the_header() -> None:
    assert total(two_days("wells"), "vp1.cond") == 0.0
    assert total(two_days("wells"), "boiler.header") > 100.0


def test_fluorescent_light_burns_whatever_the_sun_does() -> None:
    burning = [s.building.light_kw for s in two_days("daylight")]
    assert set(burning) == {lighting.FLUORESCENT_KW, lighting.NIGHT_SHARE * lighting.FLUORESCENT_KW}


def test_a_snapshot_keeps_the_measures(tmp_path: Path) -> None:
    saved = snapshot.Saved(two_days("wells")[-1])
    snapshot.save(saved, tmp_path / "state.json")
    assert snapshot.load(tmp_path / "state.json") == saved
