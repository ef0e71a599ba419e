"""Tap water: preheated by the heat pumps, kept hot by the electric boiler in a stratified tank, circulated.

1. Cold water and water from the greywater store mix to the feed.
2. A plate exchanger brings the feed near the header: epsilon = N/(1 + N), N = 25 kW/K over the flow, equal flows.
3. Hot gas of the wells' heat pump, up to 12 % of its condenser heat, goes through a coil at the bottom of the tank:
   1.5 kW/K from 60 °C, stopped at 56 °C. (CoolProp: R134a at 0/50 °C and 65 to 70 % isentropic efficiency leaves at
   72-75 °C with 14-16 % of the heat above saturation.) So the lower half of the tank holds 50-55 °C without the boiler.
4. The boiler heats the upper half; what leaves the tank is never under the setpoint in ordinary use.
5. Circulation: 0.8 m³/h through pipes of 56 W/K in a room of 22 °C, 2.5 K at 65 °C (a fault adds kW at 65 °C).
The controller flushes hot once a week (whole tank to 70 °C, then 10 minutes at 3 m³/h through the shower heads) in the
night of the seventh day after the last one, or when asked. Sizes and powers are engineering estimates.
"""

from math import exp
from typing import Final, NamedTuple

from simulators.plant import boiler, showers, tank
from simulators.plant.faults import Faults
from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.record import record
from simulators.plant.setpoints import TapSetpoints
from simulators.plant.visitors import Crowd

EXCHANGER_KW_K: Final = 25.0
HOT_GAS_SHARE: Final = 0.12
HOT_GAS_T: Final = 60.0
COIL_KW_K: Final = 1.5
COIL_MOST_T: Final = 56.0
CIRCULATION_M3_H: Final = 0.8
CIRCULATION_KEEPS: Final = exp(-0.056 / (WATER_KWH_PER_M3_K * CIRCULATION_M3_H))
DESIGN_EXCESS_K: Final = 43.0
FLUSH_T: Final = 70.0
FLUSH_S: Final = 600.0
FLUSH_M3_H: Final = 3.0
FLUSH_HOUR: Final = 3.5
FLUSH_DAYS: Final = 7
IDLE, HEATING_UP, FLUSHING = 0, 1, 2


class TapWater(NamedTuple):
    """Tank temperatures from the top [°C] and what happened in the last step (m³/h, kW, °C; means)."""

    nodes: tuple[float, ...]
    boiling: bool
    peaking: bool
    draw_m3_h: float
    other_m3_h: float
    shower_m3_h: float
    shower_cold_m3_h: float
    store_m3_h: float
    drain_t: float
    room_kw: float
    cold_t: float
    feed_t: float
    preheat_t: float
    hot_t: float
    circulation_t: float
    header_kw: float
    coil_kw: float
    drawn_kw: float
    circulation_kw: float
    loss_kw: float
    boiler_tank_kw: float
    boiler_header_kw: float
    boiler_el_kw: float
    steps: int
    flush_state: int
    flush_left_s: float
    flush_count: float
    flush_day: int


class Feed(NamedTuple):
    """What reaches the tap water: mains [°C]; store [m³/h, °C]; header [°C], its share, its peak [°C]; hot gas [kW]."""

    cold_t: float
    store_m3_h: float
    store_t: float
    header_t: float
    available: float
    peak_t: float
    hot_gas_kw: float


# One of these, or its fields alone.
AnyFeed = tuple[float, float, float, float, float, float, float]


def demand(tap: TapWater, crowd: Crowd, cold_t: float, faults: Faults, dt_s: float) -> showers.Demand:
    """Water wished for in the coming step."""
    flush = FLUSH_M3_H * min(1.0, tap.flush_left_s / dt_s) if tap.flush_state == FLUSHING else 0.0
    return showers.demand(crowd, tap.nodes[0], cold_t, faults.shower_stuck_m3_h, flush)


def _flush(tap: TapWater, start: bool, crowd: Crowd, dt_s: float) -> tuple[int, float, float, int]:
    """State, seconds left, count and day of the last hot flush."""
    if tap.flush_state == IDLE:
        due = crowd.day - tap.flush_day >= FLUSH_DAYS and FLUSH_HOUR <= crowd.hour < FLUSH_HOUR + 1.0
        begin = start or due
        return (HEATING_UP if begin else IDLE, FLUSH_S if begin else 0.0, tap.flush_count,
                crowd.day if begin else tap.flush_day)  # fmt: skip
    if tap.flush_state == HEATING_UP:
        hot = tap.nodes[7] >= FLUSH_T
        return FLUSHING if hot else HEATING_UP, FLUSH_S, tap.flush_count, tap.flush_day
    left = tap.flush_left_s - dt_s
    if left > 0.0:
        return FLUSHING, left, tap.flush_count, tap.flush_day
    return IDLE, 0.0, tap.flush_count + 1.0, tap.flush_day


def _kept(lost_kw: float) -> float:
    """Share of the excess over the room that water keeps on its way through the circulation pipes."""
    return max(0.0, CIRCULATION_KEEPS - lost_kw / (WATER_KWH_PER_M3_K * CIRCULATION_M3_H * DESIGN_EXCESS_K))


def advance(
    tap: TapWater, sp: TapSetpoints, crowd: Crowd, wish: showers.Demand, feed: AnyFeed, faults: Faults, dt_s: float
) -> TapWater:
    """One step of tank, preheating, circulation, boiler and flush."""
    nodes = tap.nodes
    hot, cold, other = wish
    cold_t, store_m3_h, store_t, header_t, available, _, hot_gas = feed
    draw = hot + other
    feed_t = cold_t + store_m3_h / draw * (store_t - cold_t)
    flow = WATER_KWH_PER_M3_K * draw
    warmer = header_t - feed_t
    plate = flow * available * EXCHANGER_KW_K / (EXCHANGER_KW_K + flow) * warmer if warmer > 0.0 else 0.0
    bottom_t, coil = nodes[9], 0.0
    if bottom_t < COIL_MOST_T:
        coil = COIL_KW_K * (HOT_GAS_T - bottom_t)
        coil = coil if coil < hot_gas else hot_gas
    boiling, peaking, tank_kw, header_kw, el_kw, steps = _heater(tap, sp, feed, faults, dt_s)
    lost = faults.circulation_lost_kw
    kept = _kept(lost) if lost else CIRCULATION_KEEPS
    preheat_t = feed_t + plate / flow
    through = draw, preheat_t, CIRCULATION_M3_H, kept
    lowest = tank_kw if tap.flush_state == HEATING_UP else 0.0
    after, drawn_kw, circulation_kw, loss_kw = tank.advance(nodes, through, tank_kw - lowest, coil + lowest, dt_s)
    hot_t = drawn_kw / flow
    drain_t, room_kw = showers.drained(wish, hot_t, cold_t)
    state, left, count, day = _flush(tap, sp.flush_start >= 0.5, crowd, dt_s)
    return record(TapWater, (
        after, boiling, peaking, draw, other, hot + cold, cold, store_m3_h, drain_t, room_kw, cold_t, feed_t, preheat_t,
        hot_t, tank.ROOM_T + kept * (hot_t - tank.ROOM_T), plate + coil, coil, drawn_kw, circulation_kw, loss_kw,
        tank_kw, header_kw, el_kw, steps, state, left, count, day,
    ))  # fmt: skip


def _heater(tap: TapWater, sp: TapSetpoints, feed: AnyFeed, faults: Faults, dt_s: float) -> boiler.Boiler:
    """The boiler's controller goes by the third node, or by the whole tank before a flush."""
    t, least, nodes = tap.nodes[2], sp.tank_t_sp, 5
    _, _, _, header_t, _, peak_t, _ = feed
    if tap.flush_state != IDLE:
        least = max(least, FLUSH_T)
        if tap.flush_state == HEATING_UP:
            t, nodes = tap.nodes[7], tank.NODES
    warm = t >= least + boiler.START_K and header_t >= peak_t
    if warm and not (tap.boiling or tap.peaking or faults.boiler_stuck_kw):
        return boiler.AT_REST
    call = boiler.Call(t, least, nodes, header_t, peak_t, sp.boiler_limit_kw, faults.boiler_stuck_kw)
    return boiler.advance(tap.boiling, tap.peaking, call, dt_s)


def hot_gas_kw(condenser_kw: float) -> float:
    """Hot gas [kW] that a heat pump of so much heat has for the coil."""
    return HOT_GAS_SHARE * condenser_kw


def flows(tap: TapWater) -> dict[str, float]:
    """Flows of the last step: heat in kW, water in m³/h."""
    return {
        "tap.feed": WATER_KWH_PER_M3_K * tap.draw_m3_h * tap.feed_t,
        "tap.preheat": tap.header_kw,
        "tap.drawn": tap.drawn_kw,
        "tap.circulation": tap.circulation_kw,
        "tap.loss": tap.loss_kw,
        "boiler.el": tap.boiler_el_kw,
        "boiler.tank": tap.boiler_tank_kw,
        "boiler.header": tap.boiler_header_kw,
        "boiler.loss": tap.boiler_el_kw - tap.boiler_tank_kw - tap.boiler_header_kw,
        "water.tap_cold": tap.draw_m3_h - tap.store_m3_h,
        "tap.hot_water": tap.draw_m3_h,
        "water.shower_hot": tap.draw_m3_h - tap.other_m3_h,
        "water.hot_other": tap.other_m3_h,
        "water.shower_cold": tap.shower_cold_m3_h,
        "shower.drain": tap.shower_m3_h,
    }


def contents(tap: TapWater) -> dict[str, float]:
    """Heat above 0 °C [kWh]."""
    return {"tap.tank": tank.heat_kwh(tap.nodes)}
