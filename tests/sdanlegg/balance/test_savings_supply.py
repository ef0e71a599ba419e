"""What one more kilowatt-hour of heat costs in electricity."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from sdanlegg.balance.savings_series import exact, spread
from sdanlegg.balance.savings_supply import capacity_kw, electricity, smooth
from tests.support.savings import SUPPLY, known


def test_the_heat_pump_gives_it_at_its_own_cop() -> None:
    drawn = electricity(known({}, {}), exact(np.full(4, 12.0)), 1)
    assert drawn.amount == pytest.approx([3.0] * 4)


def test_above_its_capacity_the_boiler_does() -> None:
    assert capacity_kw(known({}, {})) == pytest.approx([120.0] * 4)
    drawn = electricity(known({}, {}), exact(np.full(4, 50.0)), 1)
    assert drawn.amount == pytest.approx([40.0 / 4.0 + 10.0] * 4)


def test_what_can_wait_is_spread() -> None:
    burst = np.array([0.0, 100.0, 0.0, 0.0])
    at_once = electricity(known({}, {}), exact(burst), 1).amount.sum()
    waiting = electricity(known({}, {}), exact(burst), 4).amount.sum()
    assert at_once == pytest.approx(10.0 + 60.0)
    assert waiting == pytest.approx(25.0)


def test_less_heat_spares_the_boiler_first() -> None:
    hall = known({}, {"boiler.header": 5.0})
    assert electricity(hall, exact(np.full(4, -9.0)), 1).amount == pytest.approx([-(5.0 + 1.0)] * 4)


def test_a_heat_pump_that_stands_leaves_all_to_the_boiler() -> None:
    hall = known({}, {"vp1.cond": 0.0, "vp1.el": 0.0})
    assert electricity(hall, exact(np.full(4, 9.0)), 1).amount == pytest.approx([9.0] * 4)


@pytest.mark.parametrize("flow", ["vp1.cond", "vp1.el"])
def test_a_heat_pump_of_which_nothing_is_known_gives_no_price(flow: str) -> None:
    assert np.isnan(electricity(known({}, {flow: nan}), exact(np.full(4, 9.0)), 1).amount).all()


def test_the_meters_of_the_heat_pump_are_part_of_the_error() -> None:
    drawn = electricity(known({}, {}, fixed=0.03), exact(np.full(4, 12.0)), 1)
    assert spread(drawn)[1] == pytest.approx(12.0 * np.hypot(0.03, 0.03))


def test_hot_gas_spares_the_boiler_at_low_load_only() -> None:
    supply = replace(SUPPLY, numbers={**SUPPLY.numbers, "hot_gas": 0.1})
    low = electricity(known({}, {"vp1.cond": 12.0, "vp1.el": 3.0}, supply=supply), exact(np.full(4, 12.0)), 1)
    high = electricity(known({}, {}, supply=supply), exact(np.full(4, 12.0)), 1)
    assert low.amount == pytest.approx([3.0 - 0.1 * 12.0 * 0.8] * 4)
    assert high.amount == pytest.approx([3.0] * 4)


def test_smoothing_keeps_the_sum_and_what_is_not_known() -> None:
    rate = np.array([0.0, nan, 8.0, 0.0, 0.0, 2.0])
    smoothed = smooth(rate, 3)
    assert np.nansum(smoothed) == pytest.approx(10.0)
    assert np.isnan(smoothed).tolist() == [False, True, False, False, False, False]
