"""Evaporation against the worked figures for air of 30 °C and 55 %, and the pool's balances."""

import pytest

from simulators.plant import pool
from simulators.plant.moist_air import humidity_ratio, saturation_kpa
from simulators.plant.pool import MAIN, THERAPY, Pool, PoolSurroundings

STILL = PoolSurroundings(
    air_t=30.0,
    air_ratio=humidity_ratio(30.0, 55.0),
    bathers=0.0,
    arrivals_h=0.0,
    covered=0.0,
    pump_kw=0.0,
    backwash_m3=0.0,
    makeup_t=10.0,
    heat_available=0.0,
)
WATER = Pool(27.5, 75.0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("water_t", "drive_kpa", "empty", "full"),
    [(27.5, 1.34, 0.10, 0.19), (33.5, 2.84, 0.20, 0.41)],
)
def test_evaporation_worked_figures(water_t: float, drive_kpa: float, empty: float, full: float) -> None:
    assert saturation_kpa(water_t) - 0.55 * saturation_kpa(30.0) == pytest.approx(drive_kpa, abs=0.005)
    assert pool.evaporation(1.0, water_t, 30.0, 55.0, 0.5) == pytest.approx(empty, abs=0.005)
    assert pool.evaporation(1.0, water_t, 30.0, 55.0, 1.0) == pytest.approx(full, abs=0.005)


def test_evaporation_stops_below_the_dew_point() -> None:
    assert pool.evaporation(525.0, 15.0, 30.0, 55.0, 1.0) == 0.0


def test_activity_between_the_measured_factors() -> None:
    assert pool.activity(MAIN, 0.0) == pytest.approx(0.53)
    assert pool.activity(MAIN, 1000.0) == pytest.approx(0.75)


def test_raised_floor_saves_what_the_factor_says() -> None:
    open_kg = pool.advance(WATER, MAIN, STILL, 60.0).evaporation_kg_h
    raised = pool.advance(WATER, MAIN, STILL._replace(covered=1.0), 60.0).evaporation_kg_h
    assert raised / open_kg == pytest.approx((525.0 - 0.8 * 197.0) / 525.0)
    therapy = [pool.advance(WATER, THERAPY, STILL._replace(covered=c), 60.0).evaporation_kg_h for c in (0.0, 1.0)]
    assert therapy[1] / therapy[0] == pytest.approx(0.2)


def test_one_kelvin_of_the_main_pool_is_1200_kwh() -> None:
    """Heat without any other exchange: air and water alike, saturated, nothing flows."""
    calm = STILL._replace(air_t=18.0, air_ratio=humidity_ratio(18.0, 100.0), bathers=100.0)
    before = WATER._replace(water_t=18.0)
    after = pool.advance(before, MAIN, calm, 60.0)
    heat_kwh = 100.0 * 0.06 / 60.0
    assert after.water_t - before.water_t == pytest.approx(heat_kwh / (1.163 * 1050.0), rel=1e-6)


def test_water_balance_of_the_balance_tank() -> None:
    low = WATER._replace(level_pct=60.0)
    at = STILL._replace(arrivals_h=50.0, backwash_m3=0.2)
    after = pool.advance(low, MAIN, at, 60.0)
    lost = after.evaporation_kg_h / 1000.0 + 0.020 * 50.0 * MAIN.share
    expected = 60.0 + 100.0 / MAIN.tank_m3 * ((after.makeup_m3_h - lost) / 60.0 - 0.2)
    assert after.makeup_m3_h > 0.0
    assert after.level_pct == pytest.approx(expected, rel=1e-12)


def test_no_make_up_into_a_full_tank() -> None:
    assert pool.makeup(WATER._replace(level_pct=80.0), MAIN) == 0.0


def test_heating_needs_a_warm_header() -> None:
    cold = WATER._replace(water_t=26.0)
    assert pool.advance(cold, MAIN, STILL, 60.0).heat_kw == 0.0
    assert pool.advance(cold, MAIN, STILL._replace(heat_available=1.0), 60.0).heat_kw == MAIN.heater_kw
