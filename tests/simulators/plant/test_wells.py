"""The rock's memory against the infinite line source."""

from math import exp, log, pi

import pytest

from simulators.plant import wells
from simulators.plant.wells import BRINE_KWH_PER_M3_K, GROUND_T, METRES, RESISTANCE, TIME_S, Wells

REST = Wells((0.0,) * 6, GROUND_T, GROUND_T, 0.0, 0.0, 0.0)


def exponential_integral(x: float) -> float:
    """E1 by its series (x < 1) or continued fraction."""
    if x < 1.0:
        total, term = -0.5772156649015329 - log(x), 1.0
        for k in range(1, 60):
            term *= -x / k
            total -= term / k
        return total
    fraction = 0.0
    for n in range(200, 0, -1):
        fraction = n / (1.0 + n / (x + fraction))
    return exp(-x) / (x + fraction)


@pytest.mark.parametrize("hours", [1, 3, 10, 24, 100, 720, 8766, 87660, 219150])
def test_response_is_the_line_source(hours: int) -> None:
    t_s = 3600.0 * hours
    line_source = exponential_integral(0.07**2 / (4.0 * 1.3e-6 * t_s)) / (4.0 * pi * 3.0)
    assert wells.response(t_s) == pytest.approx(line_source, abs=0.0017)


def test_year_of_constant_extraction_follows_the_response() -> None:
    field = REST
    for _ in range(12):
        field = wells.advance(field, 30.0, 0.0, 20.0, 2_629_746.0)
    q = 30.0 * 1000.0 / METRES
    assert GROUND_T - wells.wall_t(field) == pytest.approx(q * wells.response(12 * 2_629_746.0), rel=1e-12)


def test_steps_may_be_split_without_changing_the_rock() -> None:
    one = wells.advance(REST, 80.0, 0.0, 20.0, 600.0)
    ten = REST
    for _ in range(10):
        ten = wells.advance(ten, 80.0, 0.0, 20.0, 60.0)
    assert ten.parts == pytest.approx(one.parts, rel=1e-12)


def test_brine_carries_what_the_rock_gives() -> None:
    field = wells.advance(REST, 80.0, 20.0, 20.0, 3600.0)
    carried = BRINE_KWH_PER_M3_K * 20.0 * (field.from_wells_t - field.to_wells_t)
    assert carried == pytest.approx(60.0, rel=1e-12)
    charging = wells.advance(REST, 0.0, 50.0, 20.0, 3600.0)
    assert charging.to_wells_t > charging.from_wells_t > GROUND_T


def test_standing_brine_takes_the_walls_temperature() -> None:
    field = wells.advance(REST._replace(to_wells_t=20.0), 0.0, 0.0, 0.0, 86400.0)
    assert field.to_wells_t == pytest.approx(GROUND_T)


def test_well_returns_average_to_the_fields() -> None:
    field = wells.advance(REST, 80.0, 0.0, 20.0, 3600.0)
    returns = [wells.well_return_t(field, i) for i in range(15)]
    groups = [wells.group_return_t(field, g) for g in range(3)]
    assert sum(returns) / 15 == pytest.approx(field.from_wells_t, abs=1e-3)
    assert sum(groups) / 3 == pytest.approx(sum(returns) / 15)
    assert len(set(returns)) == 15


def test_table_is_complete() -> None:
    assert len(RESISTANCE) == len(TIME_S) == len(REST.parts)
