"""Limits of the classes of meters against the standards' own examples."""

import numpy as np
import pytest

from sdanlegg.balance.classes import CLASSES, HEAT, parts
from sdanlegg.network import METERS, Carrier, Measurement

HOUR = np.array([1.0])


def sigma(meter: Measurement, carrier: Carrier, amount: float, volume: float | None = None) -> float:
    """Standard uncertainty of an hour's amount, as a share of it."""
    passed = None if volume is None else np.array([volume])
    found = parts(meter, carrier, np.array([amount]), HOUR, passed)
    return float(np.sqrt(sum(part[0] ** 2 for part in found))) / amount


@pytest.mark.parametrize(
    ("dt", "pair", "calculator"), [(3.0, 3.5, 1.5), (5.0, 2.3, 1.1), (10.0, 1.4, 0.8), (20.0, 0.95, 0.65)]
)
def test_heat_meters_err_more_at_small_differences(dt: float, pair: float, calculator: float) -> None:
    """EN 1434 class 2 at half its flow: flow 2.04 %, pair 0.5 + 3 · 3/dT, calculator 0.5 + 3/dT."""
    meter = Measurement("e", None, "EN1434-2", volume="v", nominal=10.0)
    found = parts(meter, "heat", np.array([1.163 * 5.0 * dt]), HOUR, np.array([5.0]))
    limits = [100.0 * float(part[0]) * 3.0**0.5 / (1.163 * 5.0 * dt) for part in found]
    assert limits == pytest.approx([2.04, pair, calculator])


def test_heat_meters_err_more_at_small_flows_up_to_five_per_cent() -> None:
    meter = Measurement("v", None, "EN1434-2", nominal=10.0)
    limits = [sigma(meter, "water", flow) * 3.0**0.5 for flow in (10.0, 1.0, 0.1, 0.01)]
    assert limits == pytest.approx([0.0202, 0.022, 0.04, 0.05])


def test_a_heat_meter_without_its_volume_is_taken_at_ten_kelvin() -> None:
    bare, told = Measurement("e", None, "EN1434-2"), Measurement("e", None, "EN1434-2", volume="v", nominal=10.0)
    assert sigma(bare, "heat", 58.15) == pytest.approx(sigma(told, "heat", 58.15, 5.0))
    assert sigma(told, "heat", 58.15, float("nan")) == pytest.approx(sigma(bare, "heat", 58.15))


@pytest.mark.parametrize(("kw", "limit"), [(5.0, 2.0), (0.35, 2.0), (0.17, 2.5), (0.05, 2.5)])
def test_electricity_of_class_b_errs_more_at_low_load(kw: float, limit: float) -> None:
    assert sigma(Measurement("e", None, "MID-B"), "electricity", kw) == pytest.approx(limit / 100.0 / 3.0**0.5)


def test_transformers_are_an_error_of_their_own_and_shift_the_low_load() -> None:
    meter = Measurement("e", None, "MID-C", extra=0.005, smallest=8.6)
    assert sigma(meter, "electricity", 70.0) == pytest.approx((0.01**2 + 0.005**2) ** 0.5 / 3.0**0.5)
    assert sigma(meter, "electricity", 4.0) == pytest.approx((0.013**2 + 0.005**2) ** 0.5 / 3.0**0.5)


@pytest.mark.parametrize(("m3_h", "limit"), [(1.0, 2.0), (0.16, 2.0), (0.1, 5.0), (0.01, 5.0)])
def test_water_meters_err_more_below_their_second_flow(m3_h: float, limit: float) -> None:
    assert sigma(Measurement("v", None, "ISO4064-2"), "water", m3_h) == pytest.approx(limit / 100.0 / 3.0**0.5)
    steady = Measurement("v", None, "ISO4064-2", smallest=0.0)
    assert sigma(steady, "water", m3_h) == pytest.approx(0.02 / 3.0**0.5)


@pytest.mark.parametrize(
    ("carrier", "limit"), [("electricity", 2.0), ("heat", 4.0), ("water", 0.75), ("moisture", 5.0)]
)
def test_a_controller_errs_by_what_it_measures(carrier: Carrier, limit: float) -> None:
    expected = pytest.approx(limit / 100.0 / 3.0**0.5)
    assert sigma(Measurement("e", None, "controller"), carrier, 10.0) == expected
    assert sigma(Measurement("e", None, None), carrier, 10.0) == expected


def test_nothing_passed_is_sure_and_nothing_known_stays_unknown() -> None:
    heat = Measurement("e", None, "EN1434-2", volume="v", nominal=10.0)
    amounts = np.array([0.0, np.nan])
    for meter, carrier in ((heat, "heat"), (Measurement("e", None, "MID-B"), "electricity")):
        for part in parts(meter, carrier, amounts, np.ones(2), np.array([0.0, np.nan])):  # type: ignore[arg-type]
            assert part[0] == 0.0
            assert np.isnan(part[1])


def test_every_class_that_a_file_may_name_has_its_limits() -> None:
    assert set(METERS) == {*HEAT, *CLASSES, "controller"}
