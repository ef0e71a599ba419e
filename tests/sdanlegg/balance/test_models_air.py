"""Air units and pavement by hand, and moist air against its tables."""

import numpy as np
import pytest

from sdanlegg.balance import models_air as air
from sdanlegg.balance import moist_air


def unit(**changed: float) -> air.Unit:
    """A hall of 30 °C and 50 % in frost: 10,000 m³/h, 30 % of it from outdoors, no leaks."""
    shown = {"extract_t": 30.0, "extract_rh": 50.0, "outdoor_t": -5.0, "supply_flow": 10_000.0, "damper_pct": 30.0}
    return air.Unit(**{key: np.array([value]) for key, value in {**shown, "leak_kg_h": 0.0, **changed}.items()})


def test_moist_air_is_that_of_the_tables() -> None:
    """Steam tables: 4.247 kPa at 30 °C, 2.339 kPa at 20 °C; 30 °C and 50 %: 13.3 g/kg."""
    assert moist_air.saturation_kpa(np.array([30.0, 20.0])) == pytest.approx([4.247, 2.339], rel=2e-3)
    assert moist_air.ratio(np.array([30.0]), np.array([50.0])) == pytest.approx([0.01332], rel=2e-3)


@pytest.mark.parametrize("t", [1.0, 8.0, 15.0, 24.0, 30.0])
def test_saturated_air_is_found_by_its_enthalpy(t: float) -> None:
    held = moist_air.CP * t + moist_air.LATENT * moist_air.ratio(np.array([t]), np.array([100.0]))
    assert moist_air.saturated(held, np.array([15.0])) == pytest.approx([t], abs=1e-3)


def test_air_that_leaves_is_what_comes_in() -> None:
    """3,000 m³/h of 1.2 kg from outdoors, and 100 kg/h that leak; with the damper shut only the leaks."""
    assert air.leaving(unit(leak_kg_h=100.0)).tolist() == [3700.0]
    assert air.leaving(unit(leak_kg_h=100.0, damper_pct=0.0)).tolist() == [100.0]


def test_plates_drop_what_saturated_air_of_the_same_enthalpy_cannot_hold() -> None:
    """80 % recovered of 35 K: 28.8 kJ/kg less; 63.2 - 28.8 = 34.4 kJ/kg is saturated air of 12.2 °C and 8.9 g/kg."""
    dropped = air.plates(unit(), np.array([80.0]))
    assert dropped == pytest.approx([3600.0 * (0.01332 - 0.0089)], rel=0.03)
    assert air.plates(unit(damper_pct=0.0), np.array([80.0])).tolist() == [0.0]
    assert air.plates(unit(), np.array([10.0])).tolist() == [0.0]


def test_ventilation_takes_heat_at_the_exhaust_less_what_condensed_on_the_plates() -> None:
    heat = air.ventilation(unit(), np.array([10.0]), np.array([7.0]))
    assert heat == pytest.approx([3600.0 * 1.028 / 3600.0 * 12.0 - 10.0 * 0.675])


def test_condensing_is_what_the_plates_did_not_drop() -> None:
    assert air.condensing(np.array([4.0]), np.array([0.02])) == pytest.approx([16.0 * 0.675])
    assert air.condensing(np.array([30.0]), np.array([0.02])).tolist() == [0.0]


def test_exhaust_behind_a_wet_coil_is_no_moister_than_saturated() -> None:
    rh = np.array([90.0])
    dry = air.vented(unit(), np.array([30.0]), rh, np.array([100.0]))
    wet = air.vented(unit(), np.array([8.0]), rh, np.array([100.0]))
    outside = float(moist_air.ratio(np.array(-5.0), np.array(90.0)))
    assert dry == pytest.approx([3600.0 * (0.01332 - outside)], rel=5e-3)
    assert wet == pytest.approx([3600.0 * (0.00664 - outside)], rel=1e-2)


def test_snow_covers_what_is_not_heated() -> None:
    """650 m² of which 250 are heated: a quarter of the hour snow on them, deep snow beside them in the frost only."""
    snow, depth, t = np.array([0.0, 0.25, 0.0, 0.0]), np.array([0.0, 0.0, 40.0, 40.0]), np.array([0.0, 0.0, -2.0, 9.0])
    bare = air.bare_m2(np.array(650.0), 250.0 / 650.0 * snow, np.array(400.0 / 650.0), depth, t)
    assert bare == pytest.approx([650.0, 587.5, 250.0, 650.0])


def test_sun_sky_and_wind_on_the_pavement() -> None:
    """100 m²: 0.8 of 500 W/m²; 5 W/m²K to a sky 15 K colder; (5.7 + 3.8 · 2) W/m²K to air 10 K colder."""
    m2 = np.array(100.0)
    assert float(air.absorbed(np.array(500.0), m2, np.array(0.8))) == pytest.approx(40.0)
    assert float(air.sky(np.array(20.0), np.array(5.0), m2, np.array(5.0))) == pytest.approx(7.5)
    assert float(air.wind(np.array(20.0), np.array(10.0), m2, np.array(2.0))) == pytest.approx(13.3)


def test_a_pump_takes_the_cube_of_its_speed() -> None:
    assert air.pump(np.array([100.0, 50.0, 0.0]), np.array(1.6), np.array(3.0)) == pytest.approx([1.6, 0.2, 0.0])


def test_what_is_not_known_stays_unknown() -> None:
    for key in air.Unit._fields:
        gone = unit(**{key: np.nan})
        assert np.isnan(air.vented(gone, np.array([7.0]), np.array([90.0]), np.array([100.0]))).all(), key
        plates = air.plates(gone, np.array([80.0]))
        assert np.isnan(plates).all(), key
        assert np.isnan(air.ventilation(gone, plates, np.array([7.0]))).all(), key
