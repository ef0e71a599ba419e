"""Air-handling unit and the hall it serves: one node of air with heat and moisture.

Heat: C dT/dt = coil + heat pump to air + gains + pool convection - envelope - outdoor air after recovery - what the
heat pump takes from recirculated air. Moisture: M dW/dt = evaporation + people - outdoor air - condensate. The heat
pump dehumidifies: it cools the extract air, half of it latent; heat = evaporator + compressor, to the air first, the
surplus to the header. Recovery 0.8, COP 4.8, 1.5 kW/(m³/s) of fan power at full flow (engineering estimates).
"""

from typing import Final, NamedTuple

from simulators.plant.moist_air import (
    AIR_KG_PER_M3,
    AIR_KWH_PER_M3_K,
    EVAPORATION_KWH_PER_KG,
    relative_humidity,
)
from simulators.plant.setpoints import MODE_AUTO, AirSetpoints
from simulators.plant.weather import Weather

RECOVERY: Final = 0.80
COP: Final = 4.8
LATENT_SHARE: Final = 0.5
HEAT_MASS: Final = 12.0  # air and the surfaces that follow it, in air volumes
MOISTURE_MASS: Final = 1.6
DAY_OUTDOOR: Final = 0.17
NIGHT_RH: Final = 6.0  # the setpoint floats up when the floors are raised
PERSON_VAPOUR_KG_H: Final = 0.08
PERSON_KW: Final = 0.07
OFF, NIGHT, DAY = 0, 1, 2


class AirPlan(NamedTuple):
    """One unit and its hall: m³, m³/h by day and night, kW, kW/K."""

    volume_m3: float
    day_flow: float
    night_flow: float
    evaporator_kw: float
    coil_kw: float
    envelope_kw_k: float
    gain_kw_k: float


MAIN = AirPlan(9000.0, 26000.0, 12000.0, 34.0, 120.0, 0.40, 35.0)
THERAPY = AirPlan(2400.0, 8000.0, 4000.0, 16.0, 50.0, 0.12, 14.0)
CHANGING = AirPlan(6000.0, 11000.0, 3000.0, 12.0, 70.0, 0.20, 25.0)


class Air(NamedTuple):
    """Hall air [°C, kg/kg] and what the unit did in the last step (m³/h, %, kW, kg/h), with its counters."""

    t: float
    ratio: float
    mode: int
    flow: float
    outdoor_share: float
    recovery: float
    hp_level: float
    supply_t: float
    exhaust_t: float
    fan_kw: float
    hp_p_el: float
    hp_air_kw: float
    hp_water_kw: float
    recovered_kw: float
    coil_kw: float
    condensate_kg_h: float
    fan_kwh: float
    hp_el_kwh: float
    hp_heat_kwh: float
    condensate_m3: float
    run_h: float


class AirLoad(NamedTuple):
    """What the hall puts on its air: kg/h of evaporation, kW of heat, people; and what the header offers and takes."""

    evaporation_kg_h: float
    heat_kw: float
    people: float
    open: bool
    available: float
    surplus: float


def unit_mode(sp: AirSetpoints, is_open: bool) -> int:
    """Mode now: what is selected, or by the opening hours."""
    if sp.mode_sp == MODE_AUTO:
        return DAY if is_open else NIGHT
    return int(sp.mode_sp)


def outdoor_share(mode: int, excess_rh: float) -> float:
    """Share of outdoor air: 17 % by day, none at night, more when the hall is too moist."""
    least = DAY_OUTDOOR if mode == DAY else 0.0
    return min(1.0, least + max(0.0, excess_rh - 2.0) / 12.0)


def compressor_level(mode: int, excess_rh: float, surplus: float) -> float:
    """Heat pump level 0 to 1: dehumidifies, and by day recovers from the extract air; nothing under a fifth."""
    level = min(1.0, max(0.0, (0.8 if mode == DAY else 0.1) + excess_rh / 8.0)) * (0.35 + 0.65 * surplus)
    return level if level >= 0.2 else 0.0


def advance(a: Air, plan: AirPlan, sp: AirSetpoints, load: AirLoad, w: Weather, dt_s: float) -> Air:
    """One step of hall air and unit."""
    dt_h = dt_s / 3600.0
    mode = unit_mode(sp, load.open)
    flow = plan.day_flow if mode == DAY else plan.night_flow if mode == NIGHT else 0.0
    excess = relative_humidity(a.t, a.ratio) - sp.rh_sp - (0.0 if mode == DAY else NIGHT_RH)
    outdoor = outdoor_share(mode, excess) if flow > 0.0 else 0.0
    level = compressor_level(mode, excess, load.surplus) if flow > 0.0 else 0.0
    recovery = RECOVERY * min(1.0, max(0.0, (sp.supply_t_sp + 1.5 - a.t) / 1.0))
    fan, cooling = _fan_kw(plan, flow), level * plan.evaporator_kw
    hp_heat = cooling * COP / (COP - 1.0)
    wish = min(plan.coil_kw, max(0.0, plan.gain_kw_k * (sp.supply_t_sp + 0.4 - a.t))) if flow > 0.0 else 0.0
    hp_air = min(hp_heat, wish)
    coil = (wish - hp_air) * load.available
    condensate = cooling * LATENT_SHARE / EVAPORATION_KWH_PER_KG
    sensible = cooling * (1.0 - LATENT_SHARE)
    stream, inward = AIR_KWH_PER_M3_K * flow, 1.0 - outdoor
    heat = (
        hp_air + coil + load.heat_kw + PERSON_KW * load.people
        - plan.envelope_kw_k * (a.t - w.outdoor_t)
        - stream * outdoor * (1.0 - recovery) * (a.t - w.outdoor_t)
        - inward * sensible
    )  # fmt: skip
    vapour = (
        load.evaporation_kg_h + PERSON_VAPOUR_KG_H * load.people
        - AIR_KG_PER_M3 * (flow * outdoor + 0.05 * plan.volume_m3) * (a.ratio - w.ratio)
        - inward * condensate
    )  # fmt: skip
    mixed_t = a.t - outdoor * (1.0 - recovery) * (a.t - w.outdoor_t)
    return Air(
        t=a.t + heat * dt_h / (HEAT_MASS * AIR_KWH_PER_M3_K * plan.volume_m3),
        ratio=max(0.001, a.ratio + vapour * dt_h / (MOISTURE_MASS * AIR_KG_PER_M3 * plan.volume_m3)),
        mode=mode, flow=flow, outdoor_share=outdoor, recovery=recovery if outdoor > 0.0 else 0.0, hp_level=level,
        supply_t=mixed_t + (hp_air + coil - inward * sensible) / stream if stream > 0.0 else a.t,
        exhaust_t=a.t - recovery * (a.t - w.outdoor_t) * min(1.0, 4.0 * outdoor) - sensible / max(stream, 1.0),
        fan_kw=fan, hp_p_el=hp_heat - cooling, hp_air_kw=hp_air, hp_water_kw=hp_heat - hp_air,
        recovered_kw=cooling, coil_kw=coil, condensate_kg_h=condensate,
        fan_kwh=a.fan_kwh + fan * dt_h, hp_el_kwh=a.hp_el_kwh + (hp_heat - cooling) * dt_h,
        hp_heat_kwh=a.hp_heat_kwh + hp_heat * dt_h, condensate_m3=a.condensate_m3 + condensate * dt_h / 1000.0,
        run_h=a.run_h + (dt_h if flow > 0.0 else 0.0),
    )  # fmt: skip


def _fan_kw(plan: AirPlan, flow: float) -> float:
    """Power [kW] of both fans; pressure falls nearly with the square of the flow."""
    return 1.5 * flow / 3600.0 * (flow / plan.day_flow) ** 1.6 if flow > 0.0 else 0.0
