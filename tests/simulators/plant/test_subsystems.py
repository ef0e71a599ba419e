"""Pavement and air by themselves."""

import pytest

from simulators.plant import ahu, collector
from simulators.plant.ahu import AirLoad
from simulators.plant.moist_air import relative_humidity
from simulators.plant.setpoints import (
    AirSetpoints,
    CollectorSetpoints,
)
from simulators.plant.start import _air
from simulators.plant.weather import SNOW, Weather, weather_at
from simulators.plant.weather_synthetic import Synthetic

SUMMER = weather_at(1_782_043_200.0, 59.86, 10.46, Synthetic(1))  # 2026-06-21 12:00 UTC


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
