"""A pool: evaporation, heat and water, with nothing made or lost.

Evaporation: ASHRAE's E = 0.144 A (pw - pa) Fa [kg/h, m², kPa] with the activity factors measured in two Norwegian
pools: 0.53 unoccupied (477 hours: 0.50-0.57), 0.75 occupied (75 lessons: 0.7-0.8). Where a floor is raised, a fifth of
it is left (estimate; 0.05 dry deck, 0.3 wet deck), and of convection and radiation alike (estimate).
Water: dV/dt = make-up - evaporation - splash - dilution - backwash - leak - overflow [m³/h]. V is the basin, full to
its gutter, and the balance tank; when that is empty the basin sinks, the leak with it, and the last tenth dries out.
Heat above water of 0 °C: d(cVT)/dt = heating + bathers + pump + c make-up T_m - E h_fg - h_c A (T - Ta)
- eps sigma A (T⁴ - Ts⁴) - UA (T - Tg) - c q T, q all water that leaves, vapour too. Bathers 60 W each, h_c 4 W/m²K,
eps 0.95, ground 18 °C, UA 0.5 W/m²K (estimates). One explicit step: flows are those of the state at its start.
Control (estimates of a supplier's choices): heater by a band of 0.3 K and at most 0.25 K/h; make-up by the tank's
level. Pool data: Holmen svømmehall. Splash 7.5 l a bather (estimate, 5-10), 12.5 l drained; with the backwash that
makes about DIN 19643's 30 l of fresh water a bather.
"""

from typing import Final, NamedTuple

from simulators.plant.moist_air import EVAPORATION_KWH_PER_KG, saturation_kpa, vapour_kpa
from simulators.plant.record import record

WATER_KWH_PER_M3_K: Final = 1.163
FACTOR_EMPTY: Final = 0.53
FACTOR_BUSY: Final = 0.75
RAISED_FACTOR: Final = 0.2
CONVECTION_KW_M2_K: Final = 0.004
RADIATION_KW_M2_K4: Final = 0.95 * 5.670374e-11
BATHER_KW: Final = 0.06
SPLASH_M3: Final = 0.0075
DILUTION_M3: Final = 0.0125
PUMP_HEAT_SHARE: Final = 0.6
GROUND_T: Final = 18.0
BAND_K: Final = 0.3
RATE_K_H: Final = 0.25
LEVEL_SP: Final = 75.0
LEVEL_BAND: Final = 40.0  # % of level from a closed to an open valve
DRY_SHARE: Final = 0.1
_KELVIN: Final = 273.15


class PoolPlan(NamedTuple):
    """Size and control of one pool: m², m³, °C, kW, kW/K; tank_m3 is the balance tank, valve_m3_h the fresh water's."""

    area_m2: float
    floor_area_m2: float
    volume_m3: float
    tank_m3: float
    water_t_sp: float
    heater_kw: float
    wall_kw_k: float
    busy_bathers: float
    share: float  # of the visitors who bathe here
    valve_m3_h: float


MAIN = PoolPlan(525.0, 197.0, 1050.0, 40.0, 27.5, 150.0, 0.35, 60.0, 0.80, 8.0)
THERAPY = PoolPlan(156.25, 156.25, 200.0, 14.0, 33.5, 70.0, 0.10, 15.0, 0.22, 4.0)


class Pool(NamedTuple):
    """Water of basin and tank [m³, °C], the tank's level [%] and the mean flows of the last step (kg/h, kW, m³/h)."""

    water_m3: float
    water_t: float
    level_pct: float
    evaporation_kg_h: float
    convection_kw: float
    radiation_kw: float
    walls_kw: float
    heat_kw: float
    bathers_kw: float
    pump_heat_kw: float
    makeup_kw: float
    outflow_kw: float
    makeup_m3_h: float
    splash_m3_h: float
    dilution_m3_h: float
    backwash_m3_h: float
    leak_m3_h: float
    overflow_m3_h: float


class PoolSurroundings(NamedTuple):
    """What a pool meets during a step; surface_t is that of walls and ceiling [°C], makeup_t the fresh water's."""

    air_t: float
    air_ratio: float
    surface_t: float
    bathers: float
    arrivals_h: float
    covered: float
    pump_kw: float
    backwash_m3: float
    makeup_m3_h: float
    makeup_t: float
    heat_available: float
    leak_m3_h: float


# One of these, or its fields alone.
AnyPoolSurroundings = tuple[float, float, float, float, float, float, float, float, float, float, float, float]


def filled(plan: PoolPlan, water_t: float, level_pct: float) -> Pool:
    """A pool at rest, its balance tank at a level."""
    held = plan.volume_m3 + plan.tank_m3 * level_pct / 100.0
    return Pool(held, water_t, level_pct, *(0.0,) * 15)


def evaporation(area_m2: float, water_t: float, vapour: float, factor: float) -> float:
    """Evaporation [kg/h] by the ASHRAE relation into air of a vapour pressure [kPa]; moist air gives nothing back."""
    drive = saturation_kpa(water_t) - vapour
    return 0.144 * area_m2 * factor * drive if drive > 0.0 else 0.0


def activity(plan: PoolPlan, bathers: float) -> float:
    """Activity factor between empty and busy."""
    busy = bathers / plan.busy_bathers
    return FACTOR_EMPTY + (FACTOR_BUSY - FACTOR_EMPTY) * (busy if busy < 1.0 else 1.0)


def open_m2(plan: PoolPlan, covered: float) -> float:
    """Area [m²] of open water that would evaporate as much, with a share of the floor raised."""
    return plan.area_m2 - plan.floor_area_m2 * (1.0 - RAISED_FACTOR) * covered


def makeup(pool: Pool, plan: PoolPlan) -> float:
    """Fresh water [m³/h] that the level controller of the balance tank calls for."""
    valve = (LEVEL_SP - pool.level_pct) / LEVEL_BAND
    return plan.valve_m3_h * (valve if 0.0 < valve < 1.0 else 1.0 if valve > 0.0 else 0.0)


def heating(pool: Pool, plan: PoolPlan) -> float:
    """Heat [kW] that the controller calls for: by its band, at most the heater's and what warms the pool too fast."""
    most = plan.heater_kw
    wish = most * (0.5 + (plan.water_t_sp - pool.water_t) / BAND_K)
    if wish <= 0.0:
        return 0.0
    largest = RATE_K_H * WATER_KWH_PER_M3_K * plan.volume_m3
    largest = largest if largest < most else most
    return wish if wish < largest else largest


def advance(pool: Pool, plan: PoolPlan, at: AnyPoolSurroundings, dt_s: float) -> Pool:
    """One step of the pool; backwash_m3 leaves in it, what the balance tank cannot hold flows over."""
    dt_h = dt_s / 3600.0
    held, t = pool[:2]
    air_t, air_ratio, surface_t, bathers, arrivals, covered, pump_kw, backwash_m3, fresh, fresh_t, available, leak = at
    _, _, volume_m3, tank_m3, _, _, wall_kw_k, _, share, _ = plan
    bottom = DRY_SHARE * volume_m3
    low = held / bottom if held < bottom else 1.0
    wet = low * open_m2(plan, covered)
    evaporated = evaporation(wet, t, vapour_kpa(air_ratio), activity(plan, bathers))
    convection = CONVECTION_KW_M2_K * wet * (t - air_t)
    squared, surface_squared = (t + _KELVIN) ** 2, (surface_t + _KELVIN) ** 2
    radiation = RADIATION_KW_M2_K4 * wet * (squared * squared - surface_squared * surface_squared)
    walls = low * wall_kw_k * (t - GROUND_T)
    heat = available * heating(pool, plan)
    bathers_kw = low * BATHER_KW * bathers
    pump_heat = PUMP_HEAT_SHARE * pump_kw
    came = low * share * arrivals
    splash, dilution, backwash = SPLASH_M3 * came, DILUTION_M3 * came, backwash_m3 / dt_h
    if held < volume_m3:
        leak *= held / volume_m3
    out = splash + dilution + backwash + leak + evaporated / 1000.0
    left = held + (fresh - out) * dt_h
    over = left - volume_m3 - tank_m3
    overflow = 0.0
    if over > 0.0:
        overflow = over / dt_h
        out += overflow
        left = held + (fresh - out) * dt_h
    makeup_kw = WATER_KWH_PER_M3_K * fresh * fresh_t
    outflow_kw = WATER_KWH_PER_M3_K * out * t
    gained = heat + bathers_kw + pump_heat + makeup_kw
    lost = evaporated * EVAPORATION_KWH_PER_KG + convection + radiation + walls + outflow_kw
    return record(Pool, (
        left,
        (held * t + (gained - lost) * dt_h / WATER_KWH_PER_M3_K) / left,
        100.0 * (left - volume_m3) / tank_m3,
        evaporated, convection, radiation, walls, heat, bathers_kw, pump_heat, makeup_kw, outflow_kw,
        fresh, splash, dilution, backwash, leak, overflow,
    ))  # fmt: skip


def floor_saves_kw(pool: Pool, plan: PoolPlan, covered: float) -> float:
    """Latent heat [kW] that a raised floor keeps in the water now, against open water under the same air."""
    open_now = open_m2(plan, covered)
    return pool.evaporation_kg_h * (plan.area_m2 / open_now - 1.0) * EVAPORATION_KWH_PER_KG


def flows(pool: Pool, name: str) -> dict[str, float]:
    """Heat [kW], water [m³/h] and vapour [kg/h] of the last step, by flow."""
    figures = {
        "heating": pool.heat_kw,
        "bathers": pool.bathers_kw,
        "pump_heat": pool.pump_heat_kw,
        "makeup_heat": pool.makeup_kw,
        "evaporation_heat": pool.evaporation_kg_h * EVAPORATION_KWH_PER_KG,
        "convection": pool.convection_kw,
        "radiation": pool.radiation_kw,
        "walls": pool.walls_kw,
        "outflow_heat": pool.outflow_kw,
        "makeup": pool.makeup_m3_h,
        "evaporation_water": pool.evaporation_kg_h / 1000.0,
        "splash": pool.splash_m3_h,
        "dilution": pool.dilution_m3_h,
        "backwash": pool.backwash_m3_h,
        "leak": pool.leak_m3_h,
        "overflow": pool.overflow_m3_h,
        "evaporation": pool.evaporation_kg_h,
    }
    return {f"{name}.{flow}": figure for flow, figure in figures.items()}


def contents(pool: Pool, name: str) -> dict[str, float]:
    """Heat above water of 0 °C [kWh] and water [m³] in the pool, by node."""
    return {f"{name}.heat": WATER_KWH_PER_M3_K * pool.water_m3 * pool.water_t, f"{name}.water": pool.water_m3}
