"""A pool: evaporation, heat and water balance.

Evaporation: ASHRAE's E = 0.144 A (pw - pa) Fa [kg/h, m², kPa] with the activity factors measured in Norwegian pools:
0.53 unoccupied, 0.75 occupied (a study of 75 lessons and 477 unoccupied hours gives 0.50-0.57 and 0.7-0.8).
Heat: C dT/dt = heating + bathers + pump - E h_fg - h_c A (Tw - Ta) - make-up - walls. Pool data: Holmen svømmehall.
"""

from typing import Final, NamedTuple

from simulators.plant.moist_air import EVAPORATION_KWH_PER_KG, saturation_kpa, vapour_kpa

WATER_KWH_PER_M3_K: Final = 1.163
FACTOR_EMPTY: Final = 0.53
FACTOR_BUSY: Final = 0.75
RAISED_FACTOR: Final = 0.2
CONVECTION_KW_M2_K: Final = 0.004
BATHER_KW: Final = 0.06
BATHER_M3: Final = (
    0.020  # dilution and splash for each bather who arrives; with the backwash about DIN 19643's 30 litres
)
PUMP_HEAT_SHARE: Final = 0.6
LEVEL_SP: Final = 75.0


class PoolPlan(NamedTuple):
    """Size and control of one pool: m², m³, °C, kW, kW/K; tank_m3 is the balance tank."""

    area_m2: float
    floor_area_m2: float
    volume_m3: float
    tank_m3: float
    water_t_sp: float
    heater_kw: float
    wall_kw_k: float
    busy_bathers: float
    share: float  # of the visitors who bathe here


MAIN = PoolPlan(525.0, 197.0, 1050.0, 40.0, 27.5, 150.0, 0.35, 60.0, 0.80)
THERAPY = PoolPlan(156.25, 156.25, 200.0, 14.0, 33.5, 70.0, 0.10, 15.0, 0.22)


class Pool(NamedTuple):
    """Water temperature [°C], balance tank level [%] and the flows of the last step."""

    water_t: float
    level_pct: float
    evaporation_kg_h: float
    convection_kw: float
    heat_kw: float
    makeup_m3_h: float


class PoolSurroundings(NamedTuple):
    """What a pool meets during a step; makeup_t is what its fresh water would have [°C]."""

    air_t: float
    air_ratio: float
    bathers: float
    arrivals_h: float
    covered: float
    pump_kw: float
    backwash_m3: float
    makeup_t: float
    heat_available: float


def evaporation(area_m2: float, water_t: float, air_t: float, rh: float, factor: float) -> float:
    """Evaporation [kg/h] from open water by the ASHRAE relation; never negative."""
    return _evaporation(area_m2, water_t, saturation_kpa(air_t) * rh / 100.0, factor)


def _evaporation(area_m2: float, water_t: float, vapour: float, factor: float) -> float:
    return max(0.0, 0.144 * area_m2 * factor * (saturation_kpa(water_t) - vapour))


def activity(plan: PoolPlan, bathers: float) -> float:
    """Activity factor between empty and busy."""
    return FACTOR_EMPTY + (FACTOR_BUSY - FACTOR_EMPTY) * min(1.0, bathers / plan.busy_bathers)


def makeup(pool: Pool, plan: PoolPlan) -> float:
    """Fresh water [m³/h] that the level controller of the balance tank lets in, at most 8."""
    return min(8.0, max(0.0, 0.25 * plan.tank_m3 * (LEVEL_SP - pool.level_pct) / 10.0))


def advance(pool: Pool, plan: PoolPlan, at: PoolSurroundings, dt_s: float) -> Pool:
    """One step of the pool; backwash_m3 leaves in it, fresh water flows in by the level of the balance tank."""
    dt_h = dt_s / 3600.0
    wet_m2 = plan.area_m2 - plan.floor_area_m2 * at.covered * (1.0 - RAISED_FACTOR)
    vapour = vapour_kpa(at.air_ratio)
    evaporated = _evaporation(wet_m2, pool.water_t, vapour, activity(plan, at.bathers))
    convection = CONVECTION_KW_M2_K * wet_m2 * (pool.water_t - at.air_t)
    fresh = makeup(pool, plan)
    lost = evaporated / 1000.0 + BATHER_M3 * at.arrivals_h * plan.share
    level = pool.level_pct + 100.0 / plan.tank_m3 * ((fresh - lost) * dt_h - at.backwash_m3)
    wish = plan.heater_kw * (plan.water_t_sp + 0.15 - pool.water_t) / 0.3
    heat = at.heat_available * min(plan.heater_kw, max(0.0, wish))
    gains = heat + BATHER_KW * at.bathers + PUMP_HEAT_SHARE * at.pump_kw
    losses = (
        evaporated * EVAPORATION_KWH_PER_KG
        + convection
        + WATER_KWH_PER_M3_K * fresh * (pool.water_t - at.makeup_t)
        + plan.wall_kw_k * (pool.water_t - 18.0)
    )
    return Pool(
        water_t=pool.water_t + (gains - losses) * dt_h / (WATER_KWH_PER_M3_K * plan.volume_m3),
        level_pct=level,
        evaporation_kg_h=evaporated,
        convection_kw=convection,
        heat_kw=heat,
        makeup_m3_h=fresh,
    )
