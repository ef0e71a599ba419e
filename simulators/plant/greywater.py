"""Greywater recovery: shower water and backwash through a recuperator and a heat pump, into a store of preheated water.

Total COP (recuperator and heat pump) 9; drain cooled to 9 °C; up to 2.4 m³/h of greywater (engineering estimates).
First law: heat to the fresh water = heat taken from the drain + electricity. What leaves the store goes to the tap
water first, then to the pools' make-up; cold water fills the rest.
"""

from typing import Final, NamedTuple

from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.setpoints import GreywaterSetpoints

TANK_M3: Final = 12.0
STORE_M3: Final = 6.0
CAPACITY_M3_H: Final = 2.4
DRAIN_OUT_T: Final = 9.0
TOTAL_COP: Final = 9.0
SHOWER_DRAIN_T: Final = 31.0
BACKWASH_T: Final = 28.0
START_PCT, STOP_PCT = 30.0, 10.0
OFF, RECOVERING, WAITING, CLEANING = 0, 1, 2, 3


class Greywater(NamedTuple):
    """Tank [%] and its water [°C], store [%] and its water [°C], and the flows (m³/h, kW) of the last step."""

    dirty_pct: float
    dirty_t: float
    store_pct: float
    store_t: float
    mode: int
    drain_flow: float
    fresh_flow: float
    fresh_out_t: float
    out_m3_h: float
    drain_out_t: float
    heat_kw: float
    recovered_kw: float
    p_el: float
    run_h: float
    el_kwh: float
    cleaning_count: float


def _mode(g: Greywater, sp: GreywaterSetpoints, hour: float) -> int:
    if sp.enable < 0.5:
        return OFF
    if sp.cleaning_hour_sp <= hour < sp.cleaning_hour_sp + 0.5:
        return CLEANING
    full = g.store_pct >= (99.0 if g.mode == RECOVERING else 90.0)
    enough = g.dirty_pct > (STOP_PCT if g.mode == RECOVERING else START_PCT)
    return RECOVERING if enough and not full else WAITING


def taken(g: Greywater, wish_m3_h: float, dt_s: float) -> float:
    """Preheated water [m³/h] that the store can give of what is wished for."""
    return min(wish_m3_h, max(0.0, g.store_pct - 1.0) / 100.0 * STORE_M3 / (dt_s / 3600.0))


def _dirty_t(g: Greywater, inflow: tuple[float, float], filled_m3: float, dt_h: float) -> float:
    """Temperature of the greywater tank: mixed with what flows in, cooling slowly to the room."""
    showers, backwash = inflow[0] * dt_h, inflow[1]
    added = showers + backwash
    mixed = 0.0
    if added > 0.0:
        arriving_t = (showers * SHOWER_DRAIN_T + backwash * BACKWASH_T) / added
        mixed = added / max(filled_m3, added) * (arriving_t - g.dirty_t)
    return g.dirty_t + mixed - (g.dirty_t - 20.0) * dt_h / 60.0


def advance(
    g: Greywater,
    sp: GreywaterSetpoints,
    hour: float,
    cold_t: float,
    inflow: tuple[float, float],
    out_m3_h: float,
    dt_s: float,
) -> Greywater:
    """One step; inflow is (shower water [m³/h], backwash [m³ in the step]), out_m3_h leaves the store."""
    dt_h = dt_s / 3600.0
    mode = _mode(g, sp, hour)
    held = TANK_M3 * g.dirty_pct / 100.0
    drain = min(CAPACITY_M3_H, held / dt_h) if mode == RECOVERING else 0.0
    recovered = WATER_KWH_PER_M3_K * drain * max(0.0, g.dirty_t - DRAIN_OUT_T)
    heat = recovered * TOTAL_COP / (TOTAL_COP - 1.0)
    fresh = heat / (WATER_KWH_PER_M3_K * (sp.outlet_t_sp - cold_t))
    added = inflow[0] * dt_h + inflow[1]
    filled = min(TANK_M3, held - drain * dt_h + added)
    store = STORE_M3 * g.store_pct / 100.0 - out_m3_h * dt_h
    inlet = fresh * dt_h
    store_t = (g.store_t * store + sp.outlet_t_sp * inlet) / (store + inlet) if store + inlet > 0.0 else g.store_t
    on = mode == RECOVERING
    return Greywater(
        dirty_pct=100.0 * filled / TANK_M3,
        dirty_t=_dirty_t(g, inflow, filled, dt_h),
        store_pct=100.0 * (store + inlet) / STORE_M3,
        store_t=store_t,
        mode=mode,
        drain_flow=drain,
        fresh_flow=fresh,
        fresh_out_t=sp.outlet_t_sp if on else g.fresh_out_t + (22.0 - g.fresh_out_t) * min(1.0, dt_h),
        out_m3_h=out_m3_h,
        drain_out_t=DRAIN_OUT_T if on else g.drain_out_t + (20.0 - g.drain_out_t) * min(1.0, dt_h),
        heat_kw=heat,
        recovered_kw=recovered,
        p_el=heat - recovered,
        run_h=g.run_h + (dt_h if on else 0.0),
        el_kwh=g.el_kwh + (heat - recovered) * dt_h,
        cleaning_count=g.cleaning_count + (1.0 if mode == CLEANING != g.mode else 0.0),
    )
