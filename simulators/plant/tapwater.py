"""Tap water: cold or preheated water, lifted by the header, topped by the electric boiler in a stratified tank.

Tank of 5 nodes of 1.2 m³, plug flow from below, mixing on inversion. Circulation (VVC) 0.8 m³/h, 2.5 K loss. Showers:
25 litres of 38 °C a visitor, half on the way in and half on the way out; 0.08 m³/h of hot water for the rest of an open
hall (engineering estimates). The boiler switches in steps of 30 kW; it also helps the header at peak.
"""

from math import ceil
from typing import Final, NamedTuple

from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.setpoints import TapSetpoints
from simulators.plant.visitors import Crowd

NODE_M3: Final = 1.2
STEP_KW: Final = 30.0
BOILER_EFFICIENCY: Final = 0.99
CIRCULATION_M3_H: Final = 0.8
CIRCULATION_LOSS_K: Final = 2.5
SHOWER_M3: Final = 0.025
SHOWER_T: Final = 38.0
TANK_LOSS_KW_K: Final = 0.004
FLUSH_T: Final = 70.0
FLUSH_S: Final = 600.0
FLUSH_M3_H: Final = 3.0
IDLE, HEATING_UP, FLUSHING = 0, 1, 2


class TapWater(NamedTuple):
    """Tank temperatures from the top [°C] and what happened in the last step (m³/h, kW, °C)."""

    nodes: tuple[float, ...]
    boiling: bool
    draw_m3_h: float
    shower_m3_h: float
    shower_cold_m3_h: float
    cold_t: float
    preheat_t: float
    header_kw: float
    boiler_tank_kw: float
    boiler_header_kw: float
    boiler_el_kw: float
    steps: int
    flush_state: int
    flush_left_s: float
    flush_count: float


class Feed(NamedTuple):
    """Water that will flow into the tank: mains [°C], after greywater recovery [°C], the header [°C] and its share."""

    cold_t: float
    feed_t: float
    header_t: float
    available: float
    peak_kw: float


def shower_flow(crowd: Crowd) -> float:
    """Mixed water to the showers [m³/h]."""
    return SHOWER_M3 * 0.5 * (crowd.arrivals + crowd.departures)


def shower_hot(tap: TapWater, crowd: Crowd, cold_t: float) -> float:
    """Hot water to the showers [m³/h] by the mixing rule."""
    hot = max(tap.nodes[0], SHOWER_T + 1.0)
    return shower_flow(crowd) * (SHOWER_T - cold_t) / (hot - cold_t)


def draw(tap: TapWater, crowd: Crowd, cold_t: float) -> float:
    """Hot water drawn [m³/h]: showers, other uses, hot flush."""
    flush = FLUSH_M3_H if tap.flush_state == FLUSHING else 0.0
    return shower_hot(tap, crowd, cold_t) + (0.08 if crowd.open else 0.01) + flush


def _flush(tap: TapWater, start: bool, dt_s: float) -> tuple[int, float, float]:
    """State, seconds left and count of the hot flush."""
    if tap.flush_state == IDLE:
        return (HEATING_UP, FLUSH_S, tap.flush_count) if start else (IDLE, 0.0, tap.flush_count)
    if tap.flush_state == HEATING_UP:
        return (FLUSHING if tap.nodes[0] >= FLUSH_T else HEATING_UP), FLUSH_S, tap.flush_count
    left = tap.flush_left_s - dt_s
    return (FLUSHING, left, tap.flush_count) if left > 0.0 else (IDLE, 0.0, tap.flush_count + 1.0)


def _boiler(tap: TapWater, sp: TapSetpoints, peak_kw: float) -> tuple[bool, float, float, int]:
    """Whether the tank calls, heat to tank and header [kW], steps in."""
    target = max(sp.tank_t_sp, FLUSH_T + 1.5) if tap.flush_state != IDLE else sp.tank_t_sp
    sensed = tap.nodes[1]
    boiling = sensed < target - 1.5 or (tap.boiling and sensed < target + 0.5)
    tank = min(4.0, max(1.0, ceil((target - sensed) / 1.5))) * STEP_KW if boiling else 0.0
    tank = min(tank, sp.boiler_limit_kw)
    peak = min(ceil(peak_kw / STEP_KW) * STEP_KW, sp.boiler_limit_kw - tank) if peak_kw > 0.0 else 0.0
    return boiling, tank, peak, ceil((tank + peak) / STEP_KW)


def advance(tap: TapWater, sp: TapSetpoints, crowd: Crowd, feed: Feed, dt_s: float) -> TapWater:
    """One step of tank, circulation, boiler and flush."""
    dt_h = dt_s / 3600.0
    drawn = draw(tap, crowd, feed.cold_t)
    preheated = feed.feed_t + feed.available * 0.95 * max(0.0, feed.header_t - 1.0 - feed.feed_t)
    boiling, tank_kw, peak_kw, steps = _boiler(tap, sp, feed.peak_kw)
    moved = drawn * dt_h / NODE_M3
    nodes = list(tap.nodes)
    below = [*nodes[1:], preheated]
    per_k = WATER_KWH_PER_M3_K * NODE_M3
    nodes = [
        t + moved * (lower - t) - TANK_LOSS_KW_K * (t - 22.0) * dt_h / per_k
        for t, lower in zip(nodes, below, strict=True)
    ]
    nodes[0] -= WATER_KWH_PER_M3_K * CIRCULATION_M3_H * CIRCULATION_LOSS_K * dt_h / per_k
    nodes[2] += tank_kw * dt_h / per_k
    state, left, count = _flush(tap, sp.flush_start >= 0.5, dt_s)
    return TapWater(
        nodes=_mixed(nodes),
        boiling=boiling,
        draw_m3_h=drawn,
        shower_m3_h=shower_flow(crowd),
        shower_cold_m3_h=shower_flow(crowd) - shower_hot(tap, crowd, feed.cold_t),
        cold_t=feed.cold_t,
        preheat_t=preheated,
        header_kw=WATER_KWH_PER_M3_K * drawn * (preheated - feed.feed_t),
        boiler_tank_kw=tank_kw,
        boiler_header_kw=peak_kw,
        boiler_el_kw=(tank_kw + peak_kw) / BOILER_EFFICIENCY,
        steps=steps,
        flush_state=state,
        flush_left_s=left,
        flush_count=count,
    )


def _mixed(nodes: list[float]) -> tuple[float, ...]:
    """Same heat, no node warmer than the one above it: neighbours that lie upside down are averaged."""
    blocks: list[tuple[float, int]] = []
    for t in nodes:
        mean, size = t, 1
        while blocks and blocks[-1][0] < mean:
            above, count = blocks.pop()
            mean, size = (mean * size + above * count) / (size + count), size + count
        blocks.append((mean, size))
    return tuple(mean for mean, size in blocks for _ in range(size))
