"""Tap water, greywater, pavement and air by themselves."""

import pytest

from simulators.plant import ahu, collector, greywater, tapwater
from simulators.plant.ahu import AirLoad
from simulators.plant.moist_air import relative_humidity
from simulators.plant.setpoints import (
    AirSetpoints,
    CollectorSetpoints,
    GreywaterSetpoints,
    TapSetpoints,
)
from simulators.plant.start import _air, _greywater, _tap
from simulators.plant.tapwater import Feed
from simulators.plant.visitors import Crowd
from simulators.plant.weather import SNOW, Weather, weather_at
from simulators.plant.weather_synthetic import Synthetic

SUMMER = weather_at(1_782_043_200.0, 59.86, 10.46, Synthetic(1))  # 2026-06-21 12:00 UTC
CROWD = Crowd(60.0, 60.0, True, 6.5, 21.5, 12.0, 1, 2)
FEED = Feed(8.0, 8.0, 46.0, 1.0, 0.0)


def tank_kwh(tap: tapwater.TapWater) -> float:
    return sum(1.163 * tapwater.NODE_M3 * t for t in tap.nodes)


def test_tank_closes_its_energy_balance() -> None:
    tap = _tap(8.0, 1.0)._replace(nodes=(60.0, 52.0, 50.0, 30.0, 20.0))
    after = tapwater.advance(tap, TapSetpoints(), CROWD, FEED, 60.0)
    drawn = 1.163 * after.draw_m3_h * (tap.nodes[0] - after.preheat_t)
    vvc = 1.163 * tapwater.CIRCULATION_M3_H * tapwater.CIRCULATION_LOSS_K
    loss = sum(tapwater.TANK_LOSS_KW_K * (t - 22.0) for t in tap.nodes)
    gained = after.boiler_tank_kw - drawn - vvc - loss
    assert after.boiler_tank_kw > 0.0
    assert tank_kwh(after) - tank_kwh(tap) == pytest.approx(gained / 60.0, abs=1e-9)
    assert list(after.nodes) == sorted(after.nodes, reverse=True)


def test_boiler_keeps_to_its_limit_and_serves_the_tank_first() -> None:
    cold = _tap(8.0, 1.0)._replace(nodes=(50.0, 50.0, 50.0, 50.0, 50.0))
    after = tapwater.advance(cold, TapSetpoints(boiler_limit_kw=130.0), CROWD, FEED._replace(peak_kw=500.0), 60.0)
    assert (after.boiler_tank_kw, after.boiler_header_kw) == (120.0, 10.0)
    assert after.boiler_el_kw == pytest.approx(130.0 / 0.99)


def test_hot_flush_heats_flushes_counts_and_ends() -> None:
    tap, sp = _tap(8.0, 1.0), TapSetpoints(flush_start=1.0)
    before, seen = tap.flush_count, set()
    for _ in range(240):
        tap = tapwater.advance(tap, sp, CROWD, FEED, 60.0)
        sp = sp._replace(flush_start=0.0)
        seen.add(tap.flush_state)
    assert seen == {tapwater.IDLE, tapwater.HEATING_UP, tapwater.FLUSHING}
    assert tap.flush_count == before + 1.0


def test_greywater_first_law_and_water_balance() -> None:
    g = _greywater(1.0)._replace(dirty_pct=60.0)
    after = greywater.advance(g, GreywaterSetpoints(), 12.0, 8.0, (1.0, 0.1), 0.5, 60.0)
    assert after.mode == greywater.RECOVERING
    assert after.heat_kw == pytest.approx(after.recovered_kw + after.p_el, rel=1e-12)
    assert after.heat_kw / after.p_el == pytest.approx(9.0)
    assert after.heat_kw == pytest.approx(1.163 * after.fresh_flow * (36.0 - 8.0))
    volume = greywater.TANK_M3 / 100.0 * (after.dirty_pct - g.dirty_pct)
    assert volume == pytest.approx((1.0 - after.drain_flow) / 60.0 + 0.1)
    store = greywater.STORE_M3 / 100.0 * (after.store_pct - g.store_pct)
    assert store == pytest.approx((after.fresh_flow - 0.5) / 60.0)


def test_greywater_waits_cleans_and_obeys() -> None:
    g = _greywater(1.0)._replace(dirty_pct=20.0)
    sp = GreywaterSetpoints()
    assert greywater.advance(g, sp, 12.0, 8.0, (0.0, 0.0), 0.0, 60.0).mode == greywater.WAITING
    cleaning = greywater.advance(g, sp, 3.1, 8.0, (0.0, 0.0), 0.0, 60.0)
    assert cleaning.mode == greywater.CLEANING
    assert cleaning.cleaning_count == g.cleaning_count + 1.0
    again = greywater.advance(cleaning, sp, 3.2, 8.0, (0.0, 0.0), 0.0, 60.0)
    assert again.cleaning_count == cleaning.cleaning_count
    assert greywater.advance(g, sp._replace(enable=0.0), 12.0, 8.0, (0.0, 0.0), 0.0, 60.0).mode == greywater.OFF


def test_pavement_charges_in_the_sun_and_melts_snow() -> None:
    warm = collector.Collector(35.0, 36.0, 0.0, 0.0, 0, 8.0, 8.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    sp = CollectorSetpoints()
    after = collector.advance(warm, sp, SUMMER, (8.0, 20.0, 1.0), 1.0, 60.0)
    assert after.mode == collector.MODE_CHARGE
    carried = collector.BRINE_KWH_PER_M3_K * after.flow * (after.fluid_out_t - after.fluid_in_t)
    assert after.solar_kw == pytest.approx(carried)
    assert after.fluid_out_t <= 20.0 + 1e-9
    assert collector.advance(warm, sp._replace(mode_sp=0.0), SUMMER, (8.0, 20.0, 1.0), 1.0, 60.0).solar_kw == 0.0

    winter: Weather = SUMMER._replace(outdoor_t=-3.0, precip=1.0, precip_type=SNOW)
    frozen = warm._replace(slab_t=-2.0, snow_mm=2.0)
    melting = collector.advance(frozen, sp, winter, (4.0, 20.0, 1.0), 1.0, 60.0)
    assert melting.mode == collector.MODE_MELT
    assert 0.0 < melting.melt_kw <= sp.max_power_sp
    assert collector.advance(frozen, sp, winter, (4.0, 20.0, 1.0), 0.0, 60.0).melt_kw == 0.0


def test_air_unit_first_law_and_humidity_control() -> None:
    load = AirLoad(80.0, 0.0, 30.0, True, 1.0, 1.0)
    a, sp = _air(30.0, 60.0, 1.0, 10.0), AirSetpoints()
    for _ in range(600):
        a = ahu.advance(a, ahu.MAIN, sp, load, SUMMER, 60.0)
        heat = a.hp_air_kw + a.hp_water_kw
        assert heat == pytest.approx(a.recovered_kw + a.hp_p_el, abs=1e-9)
    assert relative_humidity(a.t, a.ratio) < 62.0
    assert a.mode == ahu.DAY
    off = ahu.advance(a, ahu.MAIN, sp._replace(mode_sp=0.0), load, SUMMER, 60.0)
    assert (off.flow, off.fan_kw, off.hp_p_el, off.coil_kw) == (0.0, 0.0, 0.0, 0.0)
    night = ahu.advance(a, ahu.MAIN, sp, load._replace(open=False), SUMMER, 60.0)
    assert night.flow == ahu.MAIN.night_flow
