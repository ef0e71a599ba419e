"""Greywater recovery: shower water and backwash through recuperator and heat pump, into a store of preheated water.

Greywater tank 12 m³ and store 6 m³, each mixed: dV/dt and dE/dt = in - out - loss, E = rho c V T; what leaves has the
temperature at the start of the step; what does not fit overflows, mixed. First law of the unit (`exchanger.py`): heat
to the fresh water = heat out of the drain + electricity. It runs from 30 % greywater to 10 %, rests while the store
is full (99 %, again under 90 %), the greywater under 12 °C, the unit off or cleaning; where contents or room end
within a step, it runs for a part of the step, and flows and powers are means. A biofilm takes 0.5 % of the heat
exchange for each hour of running until the daily cleaning (half an hour). 40 and 20 W/K to the room, by filling.
Engineering estimates.
"""

from typing import Final, NamedTuple

from simulators.plant import exchanger
from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.record import record
from simulators.plant.setpoints import GreywaterSetpoints

TANK_M3: Final = 12.0
STORE_M3: Final = 6.0
RESERVE_M3: Final = 0.06
LEAST_M3: Final = 0.05  # never pumped dry
START_M3, STOP_M3 = 0.3 * TANK_M3, 0.1 * TANK_M3
STORE_FULL_M3, STORE_AGAIN_M3 = 0.99 * STORE_M3, 0.9 * STORE_M3
COLDEST_T: Final = 12.0
TANK_LOSS_KW_K, STORE_LOSS_KW_K = 0.04, 0.02
ROOM_T: Final = 20.0
FILM_PER_H: Final = 0.005
CLEANING_H: Final = 0.5
OFF, RECOVERING, WAITING, CLEANING = 0, 1, 2, 3


class Greywater(NamedTuple):
    """Tank and store [m³, °C], and the flows (m³/h, °C, kW; means) of the last step."""

    dirty_m3: float
    dirty_t: float
    store_m3: float
    store_t: float
    mode: int
    film: float
    shower_kw: float
    backwash_m3_h: float
    backwash_kw: float
    drain_flow: float
    drain_out_t: float
    drain_kw: float
    overflow_m3_h: float
    overflow_kw: float
    loss_kw: float
    fresh_flow: float
    fresh_in_t: float
    fresh_out_t: float
    exchanged_kw: float
    condenser_kw: float
    heat_kw: float
    recovered_kw: float
    p_el: float
    tap_m3_h: float
    main_m3_h: float
    therapy_m3_h: float
    out_m3_h: float
    drawn_kw: float
    store_loss_kw: float
    run_h: float
    el_kwh: float
    cleaning_count: float


class Around(NamedTuple):
    """What the unit meets in a step: local hour, mains [°C], share of the heat exchange that a fault takes; and the
    greywater that comes, in m³/h and in kW above 0 °C. bypassing: the backwash passes the tank by, into the drain.
    """

    hour: float
    cold_t: float
    fouled: float
    shower_m3_h: float
    shower_kw: float
    backwash_m3_h: float
    backwash_kw: float
    bypassing: bool = False


# One of these, or its fields alone.
AnyAround = tuple[float, float, float, float, float, float, float, bool]


class Taken(NamedTuple):
    """Preheated water [m³/h] to tap water, main pool and therapy pool."""

    tap: float
    main: float
    therapy: float


def taken(g: Greywater, tap: float, main: float, therapy: float, dt_s: float) -> Taken:
    """What the store can give of these wishes [m³/h]: tap water first, both pools alike."""
    there = (g.store_m3 - RESERVE_M3) / (dt_s / 3600.0)
    if there >= tap + main + therapy:
        return record(Taken, (tap, main, therapy))
    if there <= tap:
        return Taken(max(0.0, there), 0.0, 0.0)
    share = (there - tap) / (main + therapy)
    return Taken(tap, share * main, share * therapy)


def _mode(g: Greywater, sp: GreywaterSetpoints, hour: float) -> int:
    if sp.enable < 0.5:
        return OFF
    if sp.cleaning_hour_sp <= hour < sp.cleaning_hour_sp + CLEANING_H:
        return CLEANING
    on = g.mode == RECOVERING
    full = g.store_m3 >= (STORE_FULL_M3 if on else STORE_AGAIN_M3)
    enough = g.dirty_m3 > (STOP_M3 if on else START_M3)
    return RECOVERING if enough and not full and g.dirty_t > COLDEST_T else WAITING


def advance(g: Greywater, sp: GreywaterSetpoints, at: AnyAround, out: Taken, dt_s: float) -> Greywater:
    """One step, in which out leaves the store."""
    hour, cold_t, fouled, shower_m3_h, shower_kw, backwash_m3_h, backwash_kw, bypassing = at
    if bypassing:
        return _passed_by(g, sp, at, out, dt_s)
    dt_h = dt_s / 3600.0
    dirty_m3, dirty_t, store_m3, store_t, was, film = g[:6]
    run_h, el_kwh, cleaning_count = g[-3:]
    tap, main, therapy = out
    mode, leaving, added = _mode(g, sp, hour), tap + main + therapy, shower_m3_h + backwash_m3_h
    drain = fresh = exchanged = condenser = el = ran_h = 0.0
    if mode == RECOVERING:
        unit = exchanger.run(dirty_t, cold_t, sp.outlet_t_sp, 1.0 - (1.0 - film) * (1.0 - fouled))
        room_m3 = STORE_M3 - store_m3 + leaving * dt_h
        ran_h = min(dt_h, (dirty_m3 - LEAST_M3) / exchanger.DRAIN_M3_H, room_m3 / unit.fresh_m3_h)
        part = ran_h / dt_h
        drain, fresh, exchanged = part * exchanger.DRAIN_M3_H, part * unit.fresh_m3_h, part * unit.exchanged_kw
        condenser, el = part * unit.condenser_kw, part * unit.el_kw
        drain_out_t, fresh_out_t = unit.drain_out_t, sp.outlet_t_sp
    else:
        drain_out_t = g.drain_out_t + (ROOM_T - g.drain_out_t) * dt_h
        fresh_out_t = g.fresh_out_t + (ROOM_T - g.fresh_out_t) * dt_h
    loss = TANK_LOSS_KW_K * dirty_m3 / TANK_M3 * (dirty_t - ROOM_T)
    brought = shower_kw + backwash_kw - loss
    drain_kw, drawn_kw = WATER_KWH_PER_M3_K * drain * dirty_t, WATER_KWH_PER_M3_K * leaving * store_t
    dirty_m3 += (added - drain) * dt_h
    dirty_t = _mixed_t(dirty_t, dirty_m3, added, brought, dt_h)
    overflow = (dirty_m3 - TANK_M3) / dt_h if dirty_m3 > TANK_M3 else 0.0
    store_loss = STORE_LOSS_KW_K * store_m3 / STORE_M3 * (store_t - ROOM_T)
    store_m3 += (fresh - leaving) * dt_h
    heat = exchanged + condenser
    store_t = _mixed_t(store_t, store_m3, fresh, WATER_KWH_PER_M3_K * fresh * cold_t + heat - store_loss, dt_h)
    return record(Greywater, (
        dirty_m3 - overflow * dt_h, dirty_t, store_m3, store_t, mode,
        0.0 if mode == CLEANING else film + FILM_PER_H * ran_h * (1.0 - film),
        shower_kw, backwash_m3_h, backwash_kw, drain, drain_out_t,
        drain_kw - heat + el, overflow, WATER_KWH_PER_M3_K * overflow * dirty_t,
        loss, fresh, cold_t, fresh_out_t, exchanged, condenser, heat, heat - el, el,
        tap, main, therapy, leaving, drawn_kw, store_loss,
        run_h + ran_h, el_kwh + el * dt_h, cleaning_count + (1.0 if mode == CLEANING != was else 0.0),
    ))  # fmt: skip


def _passed_by(g: Greywater, sp: GreywaterSetpoints, at: AnyAround, out: Taken, dt_s: float) -> Greywater:
    """One step in which the backwash goes to the drain beside the tank: it overflows as it comes."""
    hour, cold_t, fouled, shower_m3_h, shower_kw, backwash_m3_h, backwash_kw, _ = at
    after = advance(g, sp, (hour, cold_t, fouled, shower_m3_h, shower_kw, 0.0, 0.0, False), out, dt_s)
    return after._replace(
        backwash_m3_h=backwash_m3_h, backwash_kw=backwash_kw,
        overflow_m3_h=after.overflow_m3_h + backwash_m3_h, overflow_kw=after.overflow_kw + backwash_kw,
    )  # fmt: skip


def _mixed_t(t: float, m3: float, added_m3_h: float, heat_kw: float, dt_h: float) -> float:
    """Temperature [°C] of what became m3 by adding water and heat, and by what left at t."""
    return t + (heat_kw / WATER_KWH_PER_M3_K - added_m3_h * t) * dt_h / m3 if m3 > 0.0 else t


def flows(g: Greywater) -> dict[str, float]:
    """Flows of the last step: heat in kW, water in m³/h."""
    return {
        "water.grey_fresh": g.fresh_flow,
        "store.tap": g.tap_m3_h,
        "store.main": g.main_m3_h,
        "store.therapy": g.therapy_m3_h,
        "grey.drain": g.drain_flow,
        "grey.overflow": g.overflow_m3_h,
        "grey.shower_heat": g.shower_kw,
        "grey.backwash_heat": g.backwash_kw,
        "grey.drain_heat": g.drain_kw,
        "grey.overflow_heat": g.overflow_kw,
        "grey.loss": g.loss_kw,
        "gv1.recovered": g.recovered_kw,
        "gv1.el": g.p_el,
        "gv1.heat": g.heat_kw,
        "store.fresh_heat": WATER_KWH_PER_M3_K * g.fresh_flow * g.fresh_in_t,
        "store.drawn_heat": g.drawn_kw,
        "store.loss": g.store_loss_kw,
    }


def contents(g: Greywater) -> dict[str, float]:
    """Water [m³] and heat above 0 °C [kWh] in tank and store."""
    return {
        "grey.water": g.dirty_m3,
        "grey.heat": WATER_KWH_PER_M3_K * g.dirty_m3 * g.dirty_t,
        "store.water": g.store_m3,
        "store.heat": WATER_KWH_PER_M3_K * g.store_m3 * g.store_t,
    }
