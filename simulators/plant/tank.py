"""Stratified hot-water tank: ten nodes from the top, 6 m³, 3 m high.

Each node: rho c V dT/dt = flow from below + conduction to its neighbours + heat put in - loss to the room; nodes that
lie upside down mix. Water drawn at the top is replaced at the bottom; circulation leaves at the top and returns in
the fourth node. Plug flow: upwind, in as many parts that no node is displaced more than once in a part, so any step
and draw keep between the temperatures that flow in. 1.5 W/mK between nodes (water, wall and eddies), 4 W/K in all to
the room (engineering estimates). 1.163 kWh/m³K throughout (CoolProp: 1.166 at 8 °C, 1.148 at 50, 1.140 at 65).
"""

from typing import Final, NamedTuple

from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.record import record

Nodes = tuple[float, ...]
NODES: Final = 10
NODE_M3: Final = 0.6
NODE_KWH_K: Final = WATER_KWH_PER_M3_K * NODE_M3
ROOM_T: Final = 22.0
LOSS_PER_H: Final = 0.0004 / NODE_KWH_K
CONDUCTION_PER_H: Final = 0.0015 * 2.0 / 0.3 / NODE_KWH_K


class Drawn(NamedTuple):
    """Tank after a step, and what left it in the mean: heat in the water drawn, to circulation and room [kW]."""

    nodes: Nodes
    drawn_kw: float
    circulation_kw: float
    loss_kw: float


class Through(NamedTuple):
    """What goes through the tank: m³/h drawn, its replacement [°C], m³/h circulating, share of its excess kept."""

    drawn_m3_h: float
    feed_t: float
    circulated_m3_h: float
    kept: float


# One of these, or its fields alone.
AnyThrough = tuple[float, float, float, float]


def advance(nodes: Nodes, through: AnyThrough, middle_kw: float, bottom_kw: float, dt_s: float) -> Drawn:
    """One step with heat put into the fifth and the lowest node [kW]."""
    drawn, _, circulated, kept = through
    dt_h = dt_s / 3600.0
    parts = 1 + int((drawn + circulated) * dt_h / NODE_M3)
    hottest, warmth = nodes[0], sum(nodes)
    nodes = _part(nodes, through, middle_kw, bottom_kw, dt_h / parts)
    for _ in range(1, parts):
        hottest, warmth = hottest + nodes[0], warmth + sum(nodes)
        nodes = _part(nodes, through, middle_kw, bottom_kw, dt_h / parts)
    top = hottest / parts
    return record(Drawn, (
        nodes,
        WATER_KWH_PER_M3_K * drawn * top,
        WATER_KWH_PER_M3_K * circulated * (1.0 - kept) * (top - ROOM_T),
        LOSS_PER_H * NODE_KWH_K * (warmth / parts - NODES * ROOM_T),
    ))  # fmt: skip


def _part(nodes: Nodes, through: AnyThrough, middle_kw: float, bottom_kw: float, h: float) -> Nodes:
    """Nodes after h hours in which no node is displaced more than once."""
    drawn_m3_h, feed_t, circulated_m3_h, kept = through
    t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 = nodes
    a = drawn_m3_h * h / NODE_M3
    c = circulated_m3_h * h / NODE_M3
    k, loss, heat = CONDUCTION_PER_H * h, LOSS_PER_H * h, h / NODE_KWH_K
    up, b = a + k, a + c + k  # from below: by flow and conduction
    gone = loss * ROOM_T
    left = 1.0 - loss
    d1, d2, d3, d4, d5, d6, d7, d8, d9 = (
        t1 - t0, t2 - t1, t3 - t2, t4 - t3, t5 - t4, t6 - t5, t7 - t6, t8 - t7, t9 - t8
    )  # fmt: skip
    n0 = t0 * left + gone + b * d1
    n1 = t1 * left + gone + b * d2 - k * d1
    n2 = t2 * left + gone + b * d3 - k * d2
    n3 = t3 * left + gone + up * d4 - k * d3 + c * (ROOM_T + kept * (t0 - ROOM_T) - t3)
    n4 = t4 * left + gone + up * d5 - k * d4 + heat * middle_kw
    n5 = t5 * left + gone + up * d6 - k * d5
    n6 = t6 * left + gone + up * d7 - k * d6
    n7 = t7 * left + gone + up * d8 - k * d7
    n8 = t8 * left + gone + up * d9 - k * d8
    n9 = t9 * left + gone + a * (feed_t - t9) - k * d9 + heat * bottom_kw
    after = (n0, n1, n2, n3, n4, n5, n6, n7, n8, n9)
    return after if n0 >= n1 >= n2 >= n3 >= n4 >= n5 >= n6 >= n7 >= n8 >= n9 else mixed(after)


def mixed(nodes: Nodes) -> Nodes:
    """Same heat, no node warmer than the one above it: what lies upside down is averaged with what it rises through."""
    t = list(nodes)
    for i in range(1, NODES):
        if t[i] > t[i - 1]:
            first, heat = i, t[i]
            mean = heat
            while first > 0 and t[first - 1] < mean:
                first -= 1
                heat += t[first]
                mean = heat / (i - first + 1)
            t[first : i + 1] = [mean] * (i - first + 1)
    return tuple(t)


def heat_kwh(nodes: Nodes) -> float:
    """Heat above 0 °C [kWh]."""
    return NODE_KWH_K * sum(nodes)
