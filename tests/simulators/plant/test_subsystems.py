"""Air by itself."""

import pytest

from simulators.plant import ahu
from simulators.plant.ahu import AirLoad
from simulators.plant.moist_air import relative_humidity
from simulators.plant.setpoints import (
    AirSetpoints,
)
from simulators.plant.start import _air
from simulators.plant.weather import weather_at
from simulators.plant.weather_synthetic import Synthetic

SUMMER = weather_at(1_782_043_200.0, 59.86, 10.46, Synthetic(1))  # 2026-06-21 12:00 UTC


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
