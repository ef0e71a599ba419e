"""Amounts with named errors."""

from math import hypot, sqrt

import numpy as np
import pytest

from sdanlegg.balance.savings_series import Series, exact, figure, spread, through, total


def test_the_same_error_adds_up_and_others_do_not() -> None:
    first = exact(np.full(4, 10.0)).unsure("meter", 0.1)
    second = exact(np.full(4, 5.0)).unsure("model", 0.2)
    value, sigma, seen = spread(total([first, second]))
    assert (value, seen) == (60.0, 1.0)
    assert sigma == pytest.approx(hypot(4.0, 4.0))
    assert spread(first.plus(first))[1] == pytest.approx(8.0)
    assert spread(first.plus(first, -1.0))[1] == 0.0


def test_an_error_through_a_model_is_its_difference() -> None:
    heat = through(
        {"flow": (np.full(3, 2.0), np.zeros(3)), "t": (np.full(3, 10.0), np.full(3, 0.5))}, lambda flow, t: flow * t
    )
    assert heat.amount.tolist() == [20.0] * 3
    assert list(heat.errors) == ["t"]
    assert spread(heat)[1] == pytest.approx(3.0)


def test_an_hour_that_is_not_known_counts_as_the_mean_of_the_others() -> None:
    amount = np.full(20, 3.0)
    amount[7] = np.nan
    value, sigma, seen = spread(exact(amount))
    assert value == pytest.approx(60.0)
    assert seen == pytest.approx(0.95)
    assert sigma == pytest.approx(60.0 * 0.05 / sqrt(3.0))


def test_too_little_is_no_figure() -> None:
    amount = np.full(10, 3.0)
    amount[:2] = np.nan
    shown = figure(exact(amount), "kWh")
    assert np.isnan([shown.value, shown.low, shown.high]).all()
    assert shown.coverage == 0.0
    assert figure(None, "m³").coverage == 0.0


def test_the_interval_is_of_95_per_cent() -> None:
    shown = figure(Series(np.array([100.0]), {"meter": np.array([10.0])}), "kWh", 0.5)
    assert [shown.low, shown.high, shown.coverage] == pytest.approx([80.4, 119.6, 0.5])
