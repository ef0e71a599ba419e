"""Pools, showers and tanks by hand: each model against a case worked out on paper."""

import numpy as np
import pytest

from sdanlegg.balance import models_water as water

AIR = np.array(30.0), np.array(55.0)


@pytest.mark.parametrize(
    ("water_t", "factor", "kg_m2_h"),
    [(27.5, 0.5, 0.10), (27.5, 1.0, 0.19), (33.5, 0.5, 0.20), (33.5, 1.0, 0.41)],
)
def test_evaporation_is_that_of_the_worked_examples(water_t: float, factor: float, kg_m2_h: float) -> None:
    """Air of 30 °C and 55 %: pw - pa is 1.34 kPa over 27.5 °C and 2.84 kPa over 33.5 °C."""
    rate = water.evaporation(np.array(water_t), *AIR, np.array(1.0), np.array(factor))
    assert float(rate) == pytest.approx(kg_m2_h, abs=0.006)


def test_a_raised_floor_leaves_a_fifth_of_its_area() -> None:
    """353 m² of 681 m² raised: as much as 681.25 - 353.25 · 0.8 = 398.65 m²."""
    area = water.open_m2(np.array(681.25), np.array(353.25), np.array(0.2), np.array([0.0, 0.5, 1.0]))
    assert area == pytest.approx([681.25, 539.95, 398.65])


def test_moist_air_gives_no_water_back() -> None:
    assert water.evaporation(np.array([10.0]), *AIR, np.array(525.0), np.array(0.5)).tolist() == [0.0]


def test_activity_grows_with_bathers_until_the_pool_is_busy() -> None:
    bathers = np.array([0.0, 30.0, 60.0, 200.0])
    factors = water.activity(bathers, np.array(60.0), np.array(0.53), np.array(0.75))
    assert factors == pytest.approx([0.53, 0.64, 0.75, 0.75])


def test_convection_and_radiation_turn_with_the_difference() -> None:
    """525 m² at 4 W/m²K and 2.5 K; black body radiation of 1 m²: sigma (300.65⁴ - 303.15⁴) = -15.6 W."""
    heat = water.convection(np.array(27.5), np.array([30.0, 25.0]), np.array(525.0), np.array(0.004))
    assert heat == pytest.approx([-5.25, 5.25])
    rays = water.radiation(np.array(27.5), np.array([30.0]), np.array(1.0), np.array(1.0))
    assert rays == pytest.approx([-0.01561], rel=1e-3)


def test_losses_follow_conductance_and_filling() -> None:
    assert float(water.transmission(np.array(27.5), np.array(18.0), np.array(0.35), np.array(1.0))) == pytest.approx(
        4.325
    )
    assert float(water.standing_loss(np.array(30.0), np.array(20.0), np.array(0.04), np.array(50.0))) == pytest.approx(
        0.2
    )


def test_heat_of_streams_counts_from_zero_degrees() -> None:
    """1 m³/h of 10 °C: 11.63 kW; 2 m³/h of which 0.5 is of 36 °C and the rest of 8 °C: 1.163 · (16 + 14) kW."""
    none = np.array(0.0)
    assert float(water.stream(np.array(1.0), np.array(10.0), none, np.array(1.163))) == pytest.approx(11.63)
    assert float(water.enthalpy(np.array(1.0), np.array(10.0), np.array(2.0), np.array(5.0))) == pytest.approx(23.26)
    assert float(water.outflow(np.array(1.5), np.array(0.5), np.array(10.0))) == pytest.approx(11.63)
    heat = water.partly_warm(np.array(2.0), np.array(0.5), np.array(8.0), np.array(36.0))
    assert float(heat) == pytest.approx(1.163 * 30.0)


def test_showers_mix_hot_and_cold() -> None:
    """Hot water of 62 °C, cold of 8 °C, showers of 38 °C: 24 to 30, so 0.8 m³ cold for each m³ hot."""
    cold = water.mixed_cold(np.array([1.0, 0.5]), np.array(62.0), np.array(8.0), np.array(38.0))
    assert cold == pytest.approx([0.8, 0.4])
    assert water.mixed_cold(np.array([1.0]), np.array(35.0), np.array(8.0), np.array(38.0)).tolist() == [0.0]
    assert np.isnan(water.mixed_cold(np.array([1.0]), np.array(62.0), np.array(38.0), np.array(38.0))).all()


def test_a_store_serves_the_first_and_then_the_others_alike() -> None:
    given, others = np.array([3.0, 1.0, 0.5, -1.0]), np.array(2.0)
    first = water.first_served(given, np.array(1.0), others, np.array(0.0))
    assert first.tolist() == [1.0, 1.0, 0.5, 0.0]
    assert water.share_left(given - first, others).tolist() == [1.0, 0.0, 0.0, 0.0]
    rationed = water.first_served(given, np.array(1.0), others, np.array(1.0))
    assert rationed == pytest.approx([1.0, 1.0 / 3.0, 0.5 / 3.0, 0.0])
    assert water.share_left(np.array([1.0]), np.array([0.0])).tolist() == [0.0]


def test_a_full_tank_may_run_over_and_then_nobody_knows() -> None:
    over = water.not_full(np.array([50.0, 94.9, 95.0, np.nan]), np.array(95.0))
    assert over[:2].tolist() == [0.0, 0.0]
    assert np.isnan(over[2:]).all()


def test_what_is_not_known_stays_unknown() -> None:
    nan = np.array([np.nan])
    one = np.array(1.0)
    assert np.isnan(water.evaporation(nan, *AIR, one, one)).all()
    assert np.isnan(water.evaporation(np.array([27.0]), *AIR, nan, one)).all()
    assert np.isnan(water.first_served(nan, one, one, one)).all()
    assert np.isnan(water.share_left(nan, one)).all()
    assert np.isnan(water.mixed_cold(nan, np.array(60.0), np.array(8.0), np.array(38.0))).all()
