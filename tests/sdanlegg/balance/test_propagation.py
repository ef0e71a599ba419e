"""Intervals of sums, shares and ratios: by hand, and against draws from the same distribution."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sdanlegg.balance.propagation import (
    K_NORMAL,
    Quantity,
    add,
    factor,
    figure,
    number,
    ratio,
    scaled,
    share,
    sheet,
    summed,
    unknown,
    variance,
)
from tests.support.totals import terms, totals

# Three meters of which two share an error.
COVARIANCE = np.array([[4.0, 3.0, 0.0], [3.0, 9.0, 0.0], [0.0, 0.0, 1.0]])
THREE = sheet(totals({"a": 100.0, "b": 60.0, "c": 20.0}, covariance=COVARIANCE))
DRAWS = np.random.default_rng(1).multivariate_normal(THREE.amount, COVARIANCE, 400_000)


def test_a_sum_has_the_covariance_of_its_parts() -> None:
    quantity = summed(terms("a", "-b", "c"), THREE)
    assert quantity.value == 60.0
    assert variance(quantity, THREE) == pytest.approx(4 + 9 + 1 - 2 * 3)  # gᵀCg by hand
    shown = figure(quantity, THREE, "kWh")
    assert (shown.value, shown.unit, shown.coverage) == (60.0, "kWh", 1.0)
    assert (
        shown.high - shown.value == pytest.approx(K_NORMAL * math.sqrt(8.0)) == pytest.approx(shown.value - shown.low)
    )


def test_a_sum_of_nothing_is_nothing_and_known() -> None:
    shown = figure(summed((), THREE), THREE, "kWh")
    assert (shown.value, shown.low, shown.high, shown.coverage) == (0.0, 0.0, 0.0, 1.0)


def test_a_sum_with_an_unknown_flow_is_unknown_and_names_it() -> None:
    some = sheet(totals({"a": 1.0, "b": math.nan}))
    quantity = summed(terms("a", "b", "nowhere"), some)
    shown = figure(quantity, some, "kWh")
    assert math.isnan(shown.value)
    assert math.isnan(shown.low)
    assert shown.coverage == 0.0
    assert quantity.missing == ("b", "nowhere")


def test_a_flow_whose_uncertainty_is_unknown_gives_no_figure() -> None:
    some = sheet(totals({"a": 1.0}, covariance=np.array([[math.nan]])))
    assert figure(summed(terms("a"), some), some, "kWh").coverage == 0.0
    assert ratio(summed(terms("a"), some), number(some, 2.0), some, "1").coverage == 0.0


def test_an_unknown_neighbour_does_not_blank_a_sum_that_does_not_need_it() -> None:
    some = sheet(totals({"a": 5.0, "b": math.nan}, covariance=np.array([[1.0, math.nan], [math.nan, math.nan]])))
    assert figure(summed(terms("a"), some), some, "kWh").high == pytest.approx(5.0 + K_NORMAL)


@pytest.mark.parametrize(
    ("over", "under"), [(("a",), ("b",)), (("a", "-b"), ("a", "c")), (("b",), ("a", "b", "c")), (("c",), ("b", "c"))]
)
def test_a_ratio_covers_what_is_drawn(over: tuple[str, ...], under: tuple[str, ...]) -> None:
    top, bottom = summed(terms(*over), THREE), summed(terms(*under), THREE)
    shown = ratio(top, bottom, THREE, "1")
    drawn = (DRAWS @ top.gradient) / (DRAWS @ bottom.gradient)
    assert shown.value == pytest.approx(top.value / bottom.value)
    # An interval made of each draw's own two sums must hold the true ratio in 95 of 100 draws: Fieller's promise.
    misses = DRAWS @ (top.gradient - shown.value * bottom.gradient)
    misses /= math.sqrt(variance(add([top, scaled(bottom, -shown.value)], THREE), THREE))
    assert float(np.mean(np.abs(misses) <= K_NORMAL)) == pytest.approx(0.95, abs=0.002)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert shown.low == pytest.approx(low, rel=0.01)
    assert shown.high == pytest.approx(high, rel=0.01)


def test_fiellers_ends_by_hand() -> None:
    """10 ± 1 over 5 ± 1, independent: (25 - z²) r² - 100 r + (100 - z²) = 0."""
    some = sheet(totals({"a": 10.0, "b": 5.0}, {"a": 1.0, "b": 1.0}))
    shown = ratio(summed(terms("a"), some), summed(terms("b"), some), some, "1")
    z2 = 1.96**2
    low, high = sorted(np.roots([25 - z2, -100, 100 - z2]).real)
    assert (shown.low, shown.high) == pytest.approx((low, high))
    assert shown.value - shown.low < shown.high - shown.value  # a ratio leans to the side of a small denominator


def test_a_constant_denominator_only_scales() -> None:
    whole = summed(terms("a"), THREE)
    shown = ratio(whole, number(THREE, 50.0), THREE, "kWh/m²", 1000.0)
    plain = figure(whole, THREE, "kWh")
    assert (shown.value, shown.low, shown.high) == pytest.approx(
        [1000 * v / 50 for v in (100.0, plain.low, plain.high)]
    )


@pytest.mark.parametrize("bottom", [0.0, -5.0, 1.9, math.nan])
def test_a_denominator_that_may_be_zero_gives_nothing(bottom: float) -> None:
    some = sheet(totals({"a": 10.0, "b": bottom}, {"a": 1.0, "b": 1.0}))
    shown = ratio(summed(terms("a"), some), summed(terms("b"), some), some, "1")
    assert math.isnan(shown.value)
    assert math.isnan(shown.high)
    assert shown.coverage == 0.0


def test_a_share_of_a_sum_goes_as_drawn() -> None:
    whole, part, of = (summed(terms(*names), THREE) for names in (("c",), ("b",), ("a", "b")))
    shared = share(whole, part, of)
    drawn = DRAWS[:, 2] * DRAWS[:, 1] / (DRAWS[:, 0] + DRAWS[:, 1])
    assert shared.value == pytest.approx(20 * 60 / 160)
    assert math.sqrt(variance(shared, THREE)) == pytest.approx(float(drawn.std()), rel=0.01)


def test_shares_of_all_parts_are_the_whole_with_its_uncertainty() -> None:
    whole = summed(terms("c"), THREE)
    parts = [summed(terms(name), THREE) for name in ("a", "b")]
    together = add([share(whole, part, add(parts, THREE)) for part in parts], THREE)
    assert together.value == pytest.approx(whole.value)
    assert together.gradient == pytest.approx(whole.gradient)


def test_a_count_brings_its_own_variance() -> None:
    people = number(THREE, 200.0, 4.0)
    assert variance(people, THREE) == 16.0
    assert scaled(people, 2.0).own == 64.0
    assert figure(people, THREE, "pers.").high == pytest.approx(200 + K_NORMAL * 4)


def test_coverage_is_weighed_and_what_the_balance_alone_tells_has_no_say() -> None:
    covered = {"a": 0.5, "b": 1.0, "c": 0.0, "d": 0.8}
    some = sheet(totals({"a": 30.0, "b": 10.0, "c": 5.0, "d": 0.0}, coverage=covered))
    assert summed(terms("a", "b"), some).coverage == pytest.approx((30 * 0.5 + 10) / 40)
    assert summed(terms("a", "-b"), some).coverage == pytest.approx((30 * 0.5 + 10) / 40)
    assert summed(terms("a", "c"), some).coverage == 0.5
    assert summed(terms("c"), some).coverage == 1.0
    assert summed(terms("d"), some).coverage == 0.8


def test_adding_an_unknown_part_gives_an_unknown_sum() -> None:
    quantity = add([summed(terms("a"), THREE), unknown(THREE, ("lost",))], THREE)
    assert math.isnan(quantity.value)
    assert quantity.missing == ("lost",)
    nothing: list[Quantity] = []
    assert add(nothing, THREE).value == 0.0


def test_one_meters_even_error_takes_fewer_standard_uncertainties() -> None:
    """Even errors of ±10 and ±10: alone 1.645, two alike 1.90; with as much noise on top, near the normal 1.96."""
    fixed = np.diag([10.0, 10.0, 0.0]) / math.sqrt(3.0)
    noise = np.diag([0.0, 0.0, 25.0])
    three = totals({"a": 100.0, "b": 80.0, "c": 10.0}, covariance=fixed @ fixed.T + noise)
    some = sheet(replace(three, fixed=fixed, excess=np.full(3, -1.2)))
    alone, both, noisy = (summed(terms(*names), some) for names in (("a",), ("a", "-b"), ("c",)))
    assert figure(alone, some, "kWh").high - 100.0 == pytest.approx(9.5, rel=1e-3)
    assert factor(both.gradient, variance(both, some), some) == pytest.approx(1.902, abs=0.001)
    assert factor(noisy.gradient, variance(noisy, some), some) == pytest.approx(1.96)
    shown = ratio(alone, number(some, 10.0), some, "1")
    assert shown.high == pytest.approx(10.95, rel=1e-4)
    draws = np.random.default_rng(5).uniform([90.0, 70.0], [110.0, 90.0], (400_000, 2))
    low, high = np.quantile(draws[:, 0] / draws[:, 1], [0.025, 0.975])
    quotient = ratio(alone, summed(terms("b"), some), some, "1")
    held = np.mean((draws[:, 0] / draws[:, 1] >= quotient.low) & (draws[:, 0] / draws[:, 1] <= quotient.high))
    assert float(held) == pytest.approx(0.95, abs=0.01)
    assert (quotient.low, quotient.high) == pytest.approx((low, high), rel=0.02)
