"""Moist air against psychrolib (ASHRAE Handbook of Fundamentals 2017), from frost to the warmest hall."""

from itertools import product

import psychrolib
import pytest

from simulators.plant.moist_air import (
    dew_point,
    enthalpy_kj_kg,
    humidity_ratio,
    relative_humidity,
    saturation_kpa,
    vapour_kpa,
)

PA = 101_325.0
HALL = [(float(t), float(rh)) for t, rh in product(range(0, 45, 3), (15, 35, 55, 75, 100))]


@pytest.fixture(autouse=True)
def _si_units() -> None:
    psychrolib.SetUnitSystem(psychrolib.SI)


def test_saturation() -> None:
    for t in range(45):
        assert 1000.0 * saturation_kpa(t) == pytest.approx(psychrolib.GetSatVapPres(t), rel=3e-4)


def test_humidity_ratio_vapour_pressure_and_back() -> None:
    for t, rh in HALL:
        ratio = psychrolib.GetHumRatioFromRelHum(t, rh / 100.0, PA)
        assert humidity_ratio(t, rh) == pytest.approx(ratio, rel=3e-4)
        assert 1000.0 * vapour_kpa(ratio) == pytest.approx(psychrolib.GetVapPresFromHumRatio(ratio, PA), rel=2e-4)
        assert relative_humidity(t, ratio) == pytest.approx(rh, abs=0.03)


def test_dew_point_above_frost() -> None:
    for t, rh in HALL:
        expected = psychrolib.GetTDewPointFromRelHum(t, rh / 100.0)
        if expected > 0.0:
            assert dew_point(t, rh) == pytest.approx(expected, abs=0.01)


def test_enthalpy() -> None:
    for t, rh in HALL:
        ratio = psychrolib.GetHumRatioFromRelHum(t, rh / 100.0, PA)
        assert 1000.0 * enthalpy_kj_kg(t, ratio) == pytest.approx(psychrolib.GetMoistAirEnthalpy(t, ratio), rel=1e-9)


def test_in_frost_humidity_is_over_water_as_weather_services_give_it() -> None:
    """Over supercooled water the pressure is higher than over ice, which psychrolib takes: by a tenth at -10 °C."""
    assert saturation_kpa(-10.0) / (psychrolib.GetSatVapPres(-10.0) / 1000.0) == pytest.approx(1.10, abs=0.01)


@pytest.mark.parametrize("t", [-30.0, -5.0, 12.0, 40.0])
@pytest.mark.parametrize("rh", [1.0, 40.0, 100.0])
def test_dew_point_is_the_inverse_of_saturation(t: float, rh: float) -> None:
    assert saturation_kpa(dew_point(t, rh)) == pytest.approx(saturation_kpa(t) * rh / 100.0, rel=1e-9)
