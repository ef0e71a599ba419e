"""Hot water by the mixing rule, and what the drain keeps."""

import pytest

from simulators.plant import showers
from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.visitors import Crowd

CROWD = Crowd(60.0, 40.0, True, 6.5, 21.5, 12.0, 1, 2)
CLOSED = Crowd(0.0, 0.0, False, 6.5, 21.5, 23.0, 1, 2)


def test_a_visitor_takes_25_litres_in_two_halves() -> None:
    assert showers.flow(CROWD) == pytest.approx(0.025 * 0.5 * 100.0)


@pytest.mark.parametrize(("hot_t", "cold_t"), [(65.0, 4.0), (70.0, 12.0), (45.0, 8.0)])
def test_hot_and_cold_mix_to_38(hot_t: float, cold_t: float) -> None:
    wish = showers.demand(CROWD, hot_t, cold_t, 0.0, 0.0)
    water = wish.shower_hot + wish.shower_cold
    assert water == pytest.approx(showers.flow(CROWD))
    assert wish.shower_hot * hot_t + wish.shower_cold * cold_t == pytest.approx(38.0 * water)


def test_worked_example_of_the_mixing_rule() -> None:
    """65 °C and 8 °C: 30/57 of the water is hot."""
    wish = showers.demand(CROWD, 65.0, 8.0, 0.0, 0.0)
    assert wish.shower_hot / showers.flow(CROWD) == pytest.approx(30.0 / 57.0)


def test_a_cold_tank_gives_all_it_has() -> None:
    wish = showers.demand(CROWD, 30.0, 8.0, 0.0, 0.0)
    assert wish.shower_hot == pytest.approx(showers.flow(CROWD))
    assert wish.shower_cold == 0.0
    assert showers.drained(wish, 30.0, 8.0)[0] == pytest.approx(26.0 + 0.42 * 4.0)


def test_flush_is_hot_water_alone_and_a_stuck_shower_is_mixed() -> None:
    assert showers.demand(CLOSED, 70.0, 8.0, 0.0, 3.0) == showers.Demand(3.0, 0.0, 0.01)
    stuck = showers.demand(CLOSED, 68.0, 8.0, 0.6, 0.0)
    assert stuck == pytest.approx((0.3, 0.3, 0.01))


def test_drain_and_room_share_the_heat() -> None:
    wish = showers.demand(CROWD, 66.0, 8.0, 0.0, 0.5)
    drain_t, room_kw = showers.drained(wish, 66.0, 8.0)
    water = wish.shower_hot + wish.shower_cold
    brought = WATER_KWH_PER_M3_K * (wish.shower_hot * 66.0 + wish.shower_cold * 8.0)
    assert WATER_KWH_PER_M3_K * water * drain_t + room_kw == pytest.approx(brought)
    plain = showers.demand(CROWD, 66.0, 8.0, 0.0, 0.0)
    assert showers.drained(plain, 66.0, 8.0)[0] == pytest.approx(31.04)
    assert showers.drained(showers.Demand(0.0, 0.0, 0.1), 66.0, 8.0)[1] == 0.0
