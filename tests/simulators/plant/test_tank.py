"""The stratified tank by itself: first law over random draws, plug flow against what theory gives."""

from math import exp, factorial

import pytest
from CoolProp.CoolProp import PropsSI
from hypothesis import given
from hypothesis import strategies as st

from simulators.plant import tank
from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.tank import NODE_KWH_K, NODE_M3, NODES, Through

temperatures = st.floats(4.0, 75.0)
STEPS = st.sampled_from([1.0, 7.0, 60.0, 137.0, 300.0])


@given(
    st.lists(temperatures, min_size=NODES, max_size=NODES), st.floats(0.0, 40.0), temperatures, st.floats(0.0, 3.0),
    st.floats(0.5, 1.0), st.floats(0.0, 120.0), st.floats(0.0, 20.0), STEPS,
)  # fmt: skip
def test_first_law_and_no_overshoot(
    nodes: list[float],
    drawn: float,
    feed: float,
    circulated: float,
    kept: float,
    middle: float,
    bottom: float,
    dt_s: float,
) -> None:
    begun = tank.mixed(tuple(nodes))
    after = tank.advance(begun, Through(drawn, feed, circulated, kept), middle, bottom, dt_s)
    h = dt_s / 3600.0
    into = WATER_KWH_PER_M3_K * drawn * feed + middle + bottom
    gained = (into - after.drawn_kw - after.circulation_kw - after.loss_kw) * h
    turned = (into + after.drawn_kw + abs(after.circulation_kw) + abs(after.loss_kw)) * h
    assert tank.heat_kwh(after.nodes) - tank.heat_kwh(begun) == pytest.approx(gained, abs=1e-9 * turned + 1e-11)
    assert list(after.nodes) == sorted(after.nodes, reverse=True)
    heated = (middle + bottom) * h / NODE_KWH_K
    assert min(after.nodes) >= min(*begun, feed, tank.ROOM_T) - 1e-9
    assert max(after.nodes) <= max(*begun, feed, tank.ROOM_T) + heated + 1e-9


def test_one_node_a_step_is_plug_flow() -> None:
    """Displaced by just one node, every temperature moves up one place; several in one step likewise."""
    begun = (70.0, 65.0, 60.0, 55.0, 50.0, 45.0, 40.0, 35.0, 30.0, 25.0)
    for shift in (1, 3):
        drawn = shift * NODE_M3 * 3600.0 / 300.0
        after = tank.advance(begun, Through(drawn - 1e-9, 10.0, 0.0, 1.0), 0.0, 0.0, 300.0)
        expected = (*begun[shift:], *(10.0,) * shift)
        assert after.nodes == pytest.approx(expected, abs=0.05)  # conduction and loss of five minutes
        assert after.drawn_kw / (WATER_KWH_PER_M3_K * drawn) == pytest.approx(sum(begun[:shift]) / shift, abs=0.05)


@pytest.mark.parametrize("turned", [0.3, 0.7, 1.0, 1.3])
def test_small_steps_give_ten_tanks_in_series(turned: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cold front through N mixed cells after V/V_tank = x: sum over k < N of exp(-Nx) (Nx)^k / k! is still hot."""
    monkeypatch.setattr(tank, "LOSS_PER_H", 0.0)
    monkeypatch.setattr(tank, "CONDUCTION_PER_H", 0.0)
    nodes: tank.Nodes = (60.0,) * NODES
    steps = 2000
    drawn = turned * NODES * NODE_M3 / (steps * 10.0 / 3600.0)
    for _ in range(steps):
        nodes = tank.advance(nodes, Through(drawn, 10.0, 0.0, 1.0), 0.0, 0.0, 10.0).nodes
    x = NODES * turned
    left = sum(exp(-x) * x**k / factorial(k) for k in range(NODES))
    assert nodes[0] == pytest.approx(10.0 + 50.0 * left, abs=0.1)


def test_the_step_hardly_matters_for_what_is_drawn() -> None:
    """2 m³ drawn in an hour in steps of 300 s or of 1 s: the same heat within 1 %."""

    def heat(dt_s: float) -> float:
        nodes: tank.Nodes = (66.0,) * 5 + (54.0,) * 5
        total = 0.0
        for _ in range(round(3600.0 / dt_s)):
            after = tank.advance(nodes, Through(2.0, 45.0, 0.8, 0.94), 0.0, 0.0, dt_s)
            nodes, total = after.nodes, total + after.drawn_kw * dt_s / 3600.0
        return total

    assert heat(300.0) == pytest.approx(heat(1.0), rel=0.01)


def test_standing_tank_cools_by_its_time_constant() -> None:
    """Evenly warm: T - T_room falls by exp(-UA t / C), UA 4 W/K."""
    nodes: tank.Nodes = (65.0,) * NODES
    for _ in range(24 * 12):
        nodes = tank.advance(nodes, Through(0.0, 10.0, 0.0, 1.0), 0.0, 0.0, 300.0).nodes
    assert sum(nodes) / NODES == pytest.approx(22.0 + 43.0 * exp(-0.004 * 24.0 / (NODES * NODE_KWH_K)), abs=1e-3)


def test_conduction_flattens_a_slope_by_its_law() -> None:
    """Between a warm and a cold half 1.5 W/mK x 2 m² / 0.3 m = 10 W/K flow at the border."""
    begun = (60.0,) * 5 + (20.0,) * 5
    after = tank.advance(begun, Through(0.0, 10.0, 0.0, 1.0), 0.0, 0.0, 60.0).nodes
    upper = NODE_KWH_K * (sum(begun[:5]) - sum(after[:5])) * 60.0
    assert upper - 5 * 0.0004 * (60.0 - 22.0) == pytest.approx(0.010 * 40.0, rel=1e-3)


def test_what_lies_upside_down_mixes_with_what_it_rises_through() -> None:
    assert tank.mixed((50.0, 60.0, 40.0, 30.0, 20.0, 20.0, 20.0, 20.0, 20.0, 26.0)) == pytest.approx(
        (55.0, 55.0, 40.0, 30.0, 21.0, 21.0, 21.0, 21.0, 21.0, 21.0)
    )
    assert tank.mixed((10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0)) == pytest.approx((55.0,) * 10)


@pytest.mark.parametrize(("t", "within"), [(8.0, 0.003), (36.0, 0.01), (50.0, 0.015), (65.0, 0.021)])
def test_heat_capacity_of_water_beside_coolprop(t: float, within: float) -> None:
    kwh = PropsSI("D", "T", t + 273.15, "P", 4e5, "Water") * PropsSI("C", "T", t + 273.15, "P", 4e5, "Water")
    assert kwh / 3.6e6 == pytest.approx(WATER_KWH_PER_M3_K, rel=within)
