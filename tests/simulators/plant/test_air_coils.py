"""Plates, cold coil and mixing against psychrolib and the worked examples of ASHRAE Fundamentals (2017), chapter 1."""

from itertools import product

import psychrolib
import pytest

from simulators.plant import air_plan
from simulators.plant.air_coils import BYPASS, COLDEST_T, CP, FROST_T, dry, enthalpy, recuperate, saturated_t
from simulators.plant.air_streams import through
from simulators.plant.moist_air import AIR_KG_PER_M3, EVAPORATION_KWH_PER_KG, humidity_ratio
from tests.support.air import SUMMER, load

PA = 101_325.0
HALL = [(float(t), float(rh)) for t, rh in product((24, 27, 30, 33), (25, 40, 55, 64))]


@pytest.fixture(autouse=True)
def _si_units() -> None:
    psychrolib.SetUnitSystem(psychrolib.SI)


def test_saturated_temperature_by_enthalpy() -> None:
    for t in range(1, 36):
        h = enthalpy(t, psychrolib.GetSatHumRatio(t, PA))
        assert saturated_t(h) == pytest.approx(t, abs=0.02)


def test_cooling_coil_of_ashrae_example_3() -> None:
    """5 m³/s of 30 °C and 50 % to saturation at 10 °C: 198 kW and 0.0325 kg/s of water."""
    air = 5.0 / 0.877 * 3600.0
    ratio = humidity_ratio(30.0, 50.0)
    assert ratio == pytest.approx(0.0133, rel=0.01)
    taken, water, coil_t = dry(198.0, air / (1.0 - BYPASS), enthalpy(30.0, ratio), ratio)
    assert taken == 198.0
    assert coil_t == pytest.approx(10.0, abs=0.2)
    assert water / 3600.0 == pytest.approx(0.0325, rel=0.02)


def test_mixing_of_ashrae_example_4() -> None:
    """2 m³/s at 4 °C, 2 °C wet bulb, and 6.25 m³/s at 25 °C and 50 %: 19.5 °C, 14.6 °C wet bulb."""
    outdoor, inside = 2.535, 7.284
    weather = SUMMER._replace(outdoor_t=4.0, ratio=psychrolib.GetHumRatioFromTWetBulb(4.0, 2.0, PA))
    plan = air_plan.MAIN._replace(leak_kg_h=0.0)
    order = 2, (outdoor + inside) * 3600.0 / AIR_KG_PER_M3, outdoor / (outdoor + inside), 0.0, False, 0.0, 0.0, False
    supply, t, ratio, *_ = through((25.0, humidity_ratio(25.0, 50.0)), 0.0, order, plan, load(), weather)
    assert supply == pytest.approx((outdoor + inside) * 3600.0)
    assert t == pytest.approx(19.5, abs=0.1)
    assert psychrolib.GetTWetBulbFromHumRatio(t, ratio, PA) == pytest.approx(14.6, abs=0.1)


@pytest.mark.parametrize(("t", "rh"), HALL)
@pytest.mark.parametrize("kw", [2.0, 10.0, 25.0, 200.0])
def test_cold_coil_states(t: float, rh: float, kw: float) -> None:
    """Inlet, outlet and condensate differ by what the coil takes; a coil in its range makes no fog."""
    stream, ratio = 5400.0, humidity_ratio(t, rh)
    taken, water, coil_t = dry(kw, stream, enthalpy(t, ratio), ratio)
    end_ratio = ratio - water / stream
    end_t = (enthalpy(t, ratio) - taken / stream - EVAPORATION_KWH_PER_KG * end_ratio) / CP
    h_in, h_out = (psychrolib.GetMoistAirEnthalpy(*state) / 1000.0 for state in ((t, ratio), (end_t, end_ratio)))
    drained = water * 4.19 * end_t / 3600.0
    assert taken == pytest.approx(stream * (h_in - h_out) / 3600.0 - drained, rel=0.03)
    assert 0.0 <= taken <= kw
    assert coil_t >= COLDEST_T - 0.01
    # With the coil at its coldest the straight line to moist air runs just outside of saturation.
    assert end_ratio < (1.1 if kw > 100.0 else 1.0) * psychrolib.GetSatHumRatio(end_t, PA)
    dew = psychrolib.GetTDewPointFromHumRatio(t, ratio, PA)
    assert (water > 0.0) == (coil_t < dew) or abs(coil_t - dew) < 0.05
    if water > 0.0:
        assert psychrolib.GetSatHumRatio(coil_t, PA) == pytest.approx(
            (end_ratio - BYPASS * ratio) / (1.0 - BYPASS), rel=3e-3
        )


@pytest.mark.parametrize(("t", "rh"), HALL)
@pytest.mark.parametrize("outdoor_t", [-25.0, -5.0, 12.0, 38.0])
def test_plates(t: float, rh: float, outdoor_t: float) -> None:
    exhaust, ratio = 8000.0, humidity_ratio(t, rh)
    wish = 0.85 * CP * exhaust * (t - outdoor_t)
    given, end_t, end_ratio, end_h = recuperate(wish, exhaust, t, ratio)
    assert given == pytest.approx(exhaust * (enthalpy(t, ratio) - enthalpy(end_t, end_ratio)), rel=1e-9)
    assert end_h == pytest.approx(enthalpy(end_t, end_ratio), rel=1e-12)
    assert end_ratio <= ratio
    dry_t = t - given / (CP * exhaust)
    if end_ratio < ratio:
        assert psychrolib.GetSatHumRatio(end_t, PA) == pytest.approx(end_ratio, rel=4e-3)
        assert dry_t < psychrolib.GetTDewPointFromHumRatio(t, ratio, PA)
        assert end_t >= FROST_T - 0.01
    else:
        assert end_t == dry_t
    assert given == wish or psychrolib.GetSatHumRatio(FROST_T, PA) == pytest.approx(end_ratio, rel=4e-3) or end_t > 2.0


def test_moist_air_spares_the_plates_from_frost_and_dry_air_does_not() -> None:
    wish = 0.87 * CP * 3000.0 * 46.0
    assert recuperate(wish, 3000.0, 30.0, humidity_ratio(30.0, 55.0))[0] == wish
    assert recuperate(wish, 3000.0, 26.0, humidity_ratio(26.0, 25.0))[0] < wish
