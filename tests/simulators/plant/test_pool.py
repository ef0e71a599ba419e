"""Evaporation against worked figures for air of 30 °C and 55 %, Shah's and VDI's relations; the pool's balances."""

import psychrolib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.plant import pool
from simulators.plant.moist_air import humidity_ratio, saturation_kpa, vapour_kpa
from simulators.plant.pool import MAIN, THERAPY, Pool, PoolPlan, PoolSurroundings

STILL = PoolSurroundings(
    air_t=30.0,
    air_ratio=humidity_ratio(30.0, 55.0),
    surface_t=30.0,
    bathers=0.0,
    arrivals_h=0.0,
    covered=0.0,
    pump_kw=0.0,
    backwash_m3=0.0,
    makeup_m3_h=0.0,
    makeup_t=10.0,
    heat_available=0.0,
    leak_m3_h=0.0,
)
WATER = pool.filled(MAIN, 27.5, 75.0)
HALL_KPA = 0.55 * saturation_kpa(30.0)
IN_HEAT = ("heating", "bathers", "pump_heat", "makeup_heat")
OUT_HEAT = ("evaporation_heat", "convection", "radiation", "walls", "outflow_heat")
OUT_WATER = ("evaporation_water", "splash", "dilution", "backwash", "leak", "overflow")


@pytest.mark.parametrize(
    ("water_t", "drive_kpa", "empty", "full"),
    [(27.5, 1.34, 0.10, 0.19), (33.5, 2.84, 0.20, 0.41)],
)
def test_evaporation_worked_figures(water_t: float, drive_kpa: float, empty: float, full: float) -> None:
    assert saturation_kpa(water_t) - HALL_KPA == pytest.approx(drive_kpa, abs=0.005)
    assert pool.evaporation(1.0, water_t, HALL_KPA, 0.5) == pytest.approx(empty, abs=0.005)
    assert pool.evaporation(1.0, water_t, HALL_KPA, 1.0) == pytest.approx(full, abs=0.005)


def shah_empty(water_t: float, air_t: float, rh: float) -> float:
    """Shah's evaporation from an unoccupied pool [kg/m²h]: the larger of natural convection and a moving air."""
    psychrolib.SetUnitSystem(psychrolib.SI)
    wet = psychrolib.GetHumRatioFromRelHum(water_t, 1.0, 101_325.0)
    dry = psychrolib.GetHumRatioFromRelHum(air_t, rh, 101_325.0)
    rho_wet = psychrolib.GetMoistAirDensity(water_t, wet, 101_325.0)
    rise = max(0.0, psychrolib.GetMoistAirDensity(air_t, dry, 101_325.0) - rho_wet)
    drive_pa = psychrolib.GetSatVapPres(water_t) - rh * psychrolib.GetSatVapPres(air_t)
    convected = (40.0 if rise < 0.02 else 35.0) * rho_wet * rise ** (1.0 / 3.0) * (wet - dry)
    return max(convected, 0.00005 * drive_pa)


def vdi(water_t: float, air_t: float, rh: float, beta: float) -> float:
    """VDI 2089's evaporation [kg/m²h] for a transfer coefficient beta [m/h]."""
    psychrolib.SetUnitSystem(psychrolib.SI)
    drive_pa = psychrolib.GetSatVapPres(water_t) - rh * psychrolib.GetSatVapPres(air_t)
    return beta * drive_pa / (461.5 * (0.5 * (water_t + air_t) + 273.15))


@pytest.mark.parametrize(
    ("water_t", "shah", "vdi_empty", "vdi_busy"),
    [(27.5, 0.067, 0.067, 0.27), (33.5, 0.21, 0.14, 0.57)],
)
def test_between_the_relations_of_shah_and_vdi(water_t: float, shah: float, vdi_empty: float, vdi_busy: float) -> None:
    """With the Norwegian factors: empty above VDI's and near Shah's, busy below VDI's, which is for sizing."""
    assert shah_empty(water_t, 30.0, 0.55) == pytest.approx(shah, rel=0.05)
    assert vdi(water_t, 30.0, 0.55, 7.0) == pytest.approx(vdi_empty, rel=0.03)
    assert vdi(water_t, 30.0, 0.55, 28.0) == pytest.approx(vdi_busy, rel=0.03)
    empty, busy = (pool.evaporation(1.0, water_t, HALL_KPA, f) for f in (pool.FACTOR_EMPTY, pool.FACTOR_BUSY))
    assert vdi_empty < empty < busy < vdi_busy
    assert 0.95 * shah < empty < 1.6 * shah


def test_evaporation_stops_below_the_dew_point() -> None:
    assert pool.evaporation(525.0, 15.0, HALL_KPA, 1.0) == 0.0


def test_activity_between_the_measured_factors() -> None:
    assert pool.activity(MAIN, 0.0) == pytest.approx(0.53)
    assert pool.activity(MAIN, 1000.0) == pytest.approx(0.75)


def test_raised_floor_leaves_what_the_factor_says() -> None:
    open_water = pool.advance(WATER, MAIN, STILL, 60.0)
    raised = pool.advance(WATER, MAIN, STILL._replace(covered=1.0), 60.0)
    share = (525.0 - 0.8 * 197.0) / 525.0
    assert raised.evaporation_kg_h / open_water.evaporation_kg_h == pytest.approx(share)
    assert raised.convection_kw / open_water.convection_kw == pytest.approx(share)
    warm = pool.filled(THERAPY, 33.5, 75.0)
    therapy = [pool.advance(warm, THERAPY, STILL._replace(covered=c), 60.0).evaporation_kg_h for c in (0.0, 1.0)]
    assert therapy[1] / therapy[0] == pytest.approx(0.2)


def test_raised_floors_save_as_much_as_they_keep_from_evaporating() -> None:
    """Against a second computation with open water; 15-25 kW of both pools at night is the hall's figure."""
    night = STILL._replace(air_ratio=humidity_ratio(30.0, 62.0))
    saved = 0.0
    for plan, water_t in ((MAIN, 27.5), (THERAPY, 33.5)):
        water = pool.filled(plan, water_t, 75.0)
        open_water, raised = (pool.advance(water, plan, night._replace(covered=c), 60.0) for c in (0.0, 1.0))
        kept = (open_water.evaporation_kg_h - raised.evaporation_kg_h) * 2430.0 / 3600.0
        assert pool.floor_saves_kw(raised, plan, 1.0) == pytest.approx(kept, rel=1e-12)
        assert pool.floor_saves_kw(open_water, plan, 0.0) == 0.0
        saved += kept
    assert 15.0 < saved < 25.0


def test_one_kelvin_of_the_main_pool_is_1200_kwh() -> None:
    """Heat without any other exchange: air and water alike, saturated, nothing flows."""
    calm = STILL._replace(air_t=18.0, air_ratio=humidity_ratio(18.0, 100.0), surface_t=18.0, bathers=100.0)
    before = pool.filled(MAIN, 18.0, 0.0)
    after = pool.advance(before, MAIN, calm, 60.0)
    heat_kwh = 100.0 * 0.06 / 60.0
    assert after.water_t - before.water_t == pytest.approx(heat_kwh / (1.163 * 1050.0), rel=1e-6)


def test_radiation_is_six_watts_a_kelvin_at_room_temperature() -> None:
    """4 eps sigma T³ at 29 °C, times the area."""
    at = STILL._replace(surface_t=28.0)
    per_k = 4.0 * 0.95 * 5.670374e-8 * 302.15**3
    radiation = pool.advance(pool.filled(MAIN, 30.0, 75.0), MAIN, at, 60.0).radiation_kw
    assert radiation == pytest.approx(per_k * 525.0 * 2.0 / 1000.0, rel=1e-4)


def test_make_up_follows_the_level() -> None:
    assert pool.makeup(WATER._replace(level_pct=80.0), MAIN) == 0.0
    assert pool.makeup(WATER._replace(level_pct=55.0), MAIN) == pytest.approx(4.0)
    assert pool.makeup(WATER._replace(level_pct=-20.0), MAIN) == MAIN.valve_m3_h


def test_a_full_tank_flows_over_and_no_higher() -> None:
    full = pool.filled(THERAPY, 33.5, 99.9)
    after = pool.advance(full, THERAPY, STILL._replace(makeup_m3_h=10.0), 300.0)
    assert after.level_pct == pytest.approx(100.0)
    assert after.overflow_m3_h > 9.0


def test_a_leak_empties_tank_and_basin_but_never_below_nothing() -> None:
    """Without fresh water the tank is dry after a day; then the basin sinks, ever slower."""
    water = pool.filled(THERAPY, 33.5, 75.0)
    for _ in range(14 * 24 * 12):
        water = pool.advance(water, THERAPY, STILL._replace(leak_m3_h=5.0), 300.0)
    assert water.level_pct < 0.0
    assert 0.0 < water.water_m3 < 1.0
    assert 10.0 < water.water_t < 40.0


def test_heater_heats_no_faster_than_the_controller_allows() -> None:
    for plan in (MAIN, THERAPY):
        cold = pool.filled(plan, 20.0, 75.0)
        assert pool.heating(cold, plan) <= plan.heater_kw
        assert pool.heating(cold, plan) <= 0.2500001 * 1.163 * plan.volume_m3
        assert pool.heating(pool.filled(plan, plan.water_t_sp, 75.0), plan) == pytest.approx(0.5 * plan.heater_kw)
        assert pool.heating(pool.filled(plan, plan.water_t_sp + 0.15, 75.0), plan) == pytest.approx(0.0, abs=1e-9)
    assert pool.heating(pool.filled(THERAPY, 20.0, 75.0), THERAPY) == pytest.approx(0.25 * 1.163 * 200.0)


surroundings = st.builds(
    PoolSurroundings,
    air_t=st.floats(10.0, 40.0),
    air_ratio=st.floats(0.001, 0.03),
    surface_t=st.floats(5.0, 45.0),
    bathers=st.floats(0.0, 300.0),
    arrivals_h=st.floats(0.0, 600.0),
    covered=st.floats(0.0, 1.0),
    pump_kw=st.floats(0.0, 20.0),
    backwash_m3=st.floats(0.0, 1.8),
    makeup_m3_h=st.floats(0.0, 8.0),
    makeup_t=st.floats(2.0, 40.0),
    heat_available=st.floats(0.0, 1.0),
    leak_m3_h=st.floats(0.0, 10.0),
)


def assert_closes(before: float, after: float, into: list[float], out: list[float], dt_h: float) -> None:
    """A storage gains what flows: to 1e-9 of the throughput, and to what the sum of its content can hold."""
    throughput = sum(map(abs, into + out)) * dt_h
    gained = (sum(into) - sum(out)) * dt_h
    assert after - before == pytest.approx(gained, abs=1e-9 * throughput + 1e-15 * abs(before) * 8.0)


@settings(max_examples=300, deadline=None)
@given(
    plan=st.sampled_from((MAIN, THERAPY)),
    water_t=st.floats(5.0, 45.0),
    level=st.floats(-30.0, 100.0),
    at=surroundings,
    dt_s=st.floats(1.0, 300.0),
)
def test_heat_and_water_close(plan: PoolPlan, water_t: float, level: float, at: PoolSurroundings, dt_s: float) -> None:
    before = pool.filled(plan, water_t, level)
    after = pool.advance(before, plan, at, dt_s)
    flow = {name.removeprefix("p."): value for name, value in pool.flows(after, "p").items()}
    held, left = pool.contents(before, "p"), pool.contents(after, "p")
    dt_h = dt_s / 3600.0
    heat = [flow[k] for k in IN_HEAT], [flow[k] for k in OUT_HEAT]
    assert_closes(held["p.heat"], left["p.heat"], *heat, dt_h)
    assert_closes(held["p.water"], left["p.water"], [flow["makeup"]], [flow[k] for k in OUT_WATER], dt_h)
    assert after.level_pct <= 100.0 + 1e-9
    assert all(flow[k] >= 0.0 for k in OUT_WATER)
    assert set(flow) == {*IN_HEAT, *OUT_HEAT, *OUT_WATER, "makeup", "evaporation"}


def test_steps_of_five_minutes_are_steady() -> None:
    """A day at 300 s ends where a day at 10 s does."""
    at = STILL._replace(bathers=10.0, arrivals_h=30.0, pump_kw=4.0, heat_available=1.0)

    def day(dt_s: float) -> Pool:
        water = pool.filled(THERAPY, 31.0, 60.0)
        for _ in range(round(86400.0 / dt_s)):
            water = pool.advance(water, THERAPY, at._replace(makeup_m3_h=pool.makeup(water, THERAPY)), dt_s)
        return water

    fine, coarse = day(10.0), day(300.0)
    assert coarse.water_t == pytest.approx(fine.water_t, abs=0.005)
    assert coarse.level_pct == pytest.approx(fine.level_pct, abs=0.05)
    assert 33.3 < fine.water_t < 33.7


def test_vapour_pressure_drives_as_in_the_hall() -> None:
    """The ratio that a hall keeps and the worked humidity are the same air."""
    assert vapour_kpa(STILL.air_ratio) == pytest.approx(HALL_KPA, rel=1e-9)
