"""Air-handling unit and the hall it serves: one node of air with heat and moisture; heat pump, coil, fans.

The way of the air: air_streams.py, plates and cold coil: air_coils.py, controller: air_control.py, sizes: air_plan.py.

Hall: C dT/dt = pool or rooms + gains (light, people, sun, fans) + coil + heat pump to air - envelope - ventilation
- cooling; M dW/dt = evaporation + people - vented - condensate. Ventilation is what leaves at the exhaust's temperature
less what outdoor air brings and what condensing on the plates gives; cooling is the sensible part of what the cold coil
takes, condensing the latent part.

Heat pump: two circuits on one cold coil; one condenses in the supply air as far as the hall wants heat, the other gives
the rest to the water header. COP is half of Carnot's between the coil less 4 K and the hall's air plus 10 K, or the
header plus 8 K (design figures: 0.45-0.50 of Carnot, COP 4-6). Fans: SFP 2.2 kW/(m³/s) at full flow (1.5-2.5), at part
flow by the cube of the flow, a constant pressure and the drives' own loss. A person gives the air 70 W and 0.08 kg/h,
the header's water reaches the coil as far as it is warm. These figures are estimates.
"""

from typing import Final, NamedTuple

from simulators.plant.air_coils import CP
from simulators.plant.air_control import orders
from simulators.plant.air_plan import AirPlan, AnyAirLoad
from simulators.plant.air_streams import still, through
from simulators.plant.moist_air import AIR_KG_PER_M3, EVAPORATION_KWH_PER_KG
from simulators.plant.record import record
from simulators.plant.setpoints import AirSetpoints
from simulators.plant.weather import Weather

PERSON_VAPOUR_KG_H: Final = 0.08
PERSON_KW: Final = 0.07
CARNOT: Final = 0.5
ABOVE_AIR_K: Final = 10.0
ABOVE_HEADER_K: Final = 8.0
BELOW_COIL_K: Final = 4.0
LEAST_LIFT_K: Final = 10.0
WARMEST_SUPPLY_T: Final = 45.0
SFP: Final = 2.2  # kW/(m³/s)
FAN_KW_H: Final = SFP / 3600.0


class Air(NamedTuple):
    """Hall air [°C, kg/kg], the unit's counters, and what it did in the last step (means: m³/h, kW, kg/h).

    Temperatures are those of the air that the unit supplies and throws out; recovery is the recuperator's efficiency
    on the outdoor air after bypass and frost, 0 to 1; gains are light, people, sun and fans.
    """

    t: float
    ratio: float
    fan_kwh: float
    hp_el_kwh: float
    hp_heat_kwh: float
    condensate_m3: float
    run_h: float
    mode: int = 0
    flow: float = 0.0
    outdoor_share: float = 0.0
    recovery: float = 0.0
    hp_level: float = 0.0
    hp_blocked: bool = False
    supply_t: float = 0.0
    supply_ratio: float = 0.0
    exhaust_t: float = 0.0
    exhaust_ratio: float = 0.0
    coil_t: float = 0.0
    fan_kw: float = 0.0
    hp_p_el: float = 0.0
    hp_air_kw: float = 0.0
    hp_water_kw: float = 0.0
    recovered_kw: float = 0.0
    cooling_kw: float = 0.0
    condensing_kw: float = 0.0
    coil_kw: float = 0.0
    gains_kw: float = 0.0
    envelope_kw: float = 0.0
    ventilation_kw: float = 0.0
    evaporation_kg_h: float = 0.0
    people_kg_h: float = 0.0
    vented_kg_h: float = 0.0
    condensate_kg_h: float = 0.0


def advance(a: Air, plan: AirPlan, sp: AirSetpoints, load: AnyAirLoad, w: Weather, dt_s: float) -> Air:
    """One step of hall air and unit (1 to 300 s)."""
    t, ratio, fan_kwh, hp_el_kwh, hp_heat_kwh, condensate_m3, run_h, _, flow, share, _, level = a[:12]
    evaporation, exchanged, light, people, _, available, _, header_t, _, _, _, _ = load
    day_flow, _, _, _, _, _, _, envelope_kw_k, _, sun_m2, heat_kwh_k, moisture_kg = plan
    outdoor_t, dt_h = w.outdoor_t, dt_s / 3600.0
    order = orders((t, ratio, flow, share, level > 0.0), plan, sp, load, w, dt_s)
    mode, flow, share, _, _, level, heat, blocked = order
    running = flow > 0.0
    fan = _fan_kw(day_flow, flow) if running else 0.0
    (
        supply, supply_t, supply_ratio, leaving, exhaust_t, exhaust_ratio,
        recovered, recovery, plates_kg, taken, coil_kg, cold_t,
    ) = through((t, ratio), fan, order, plan, load, w) if running else still(t, ratio, plan)  # fmt: skip
    most = CP * supply * (WARMEST_SUPPLY_T - supply_t)
    heat = heat if heat < most else most if most > 0.0 else 0.0
    hp_air, hp_water = _condensed(taken, heat, cold_t, t, header_t) if taken > 0.0 else (0.0, 0.0)
    hp_heat = hp_air + hp_water
    hp_el, coil, condensing = hp_heat - taken, (heat - hp_air) * available, EVAPORATION_KWH_PER_KG * coil_kg
    if running:
        supply_t += (hp_air + coil + 0.5 * fan) / (CP * supply)
    gains = light + PERSON_KW * people + 0.001 * sun_m2 * w.sky.ghi + fan
    envelope, cooling = envelope_kw_k * (t - outdoor_t), taken - condensing
    ventilation = CP * leaving * (exhaust_t - outdoor_t) - EVAPORATION_KWH_PER_KG * plates_kg
    breath, vented, condensate = PERSON_VAPOUR_KG_H * people, leaving * (exhaust_ratio - w.ratio), plates_kg + coil_kg
    kept = (
        t + (exchanged + gains + hp_air + coil - envelope - ventilation - cooling) * dt_h / heat_kwh_k,
        ratio + (evaporation + breath - vented - condensate) * dt_h / moisture_kg,
        fan_kwh + fan * dt_h, hp_el_kwh + hp_el * dt_h, hp_heat_kwh + hp_heat * dt_h,
        condensate_m3 + 0.001 * condensate * dt_h, run_h + dt_h if running else run_h,
    )  # fmt: skip
    done = (
        mode, flow, share, recovery, level if taken > 0.0 else 0.0, blocked, supply_t, supply_ratio, exhaust_t,
        exhaust_ratio, cold_t, fan, hp_el, hp_air, hp_water, recovered, cooling, condensing, coil, gains, envelope,
        ventilation, evaporation, breath, vented, condensate,
    )  # fmt: skip
    return record(Air, kept + done)


def _condensed(taken_kw: float, heat_kw: float, cold_t: float, t: float, header_t: float) -> tuple[float, float]:
    """Heat to the supply air, as far as it is wanted, and to the header [kW], from what the cold coil takes."""
    air = 1.0 - 1.0 / cop(t + ABOVE_AIR_K, cold_t)
    to_air = taken_kw / air
    if to_air <= heat_kw:
        return to_air, 0.0
    return heat_kw, (taken_kw - heat_kw * air) / (1.0 - 1.0 / cop(header_t + ABOVE_HEADER_K, cold_t))


def cop(condensing_t: float, cold_t: float) -> float:
    """COP of a compressor that condenses at a temperature [°C] and evaporates below its cold coil's."""
    lift = condensing_t - cold_t + BELOW_COIL_K
    return CARNOT * (condensing_t + 273.15) / (lift if lift > LEAST_LIFT_K else LEAST_LIFT_K)


def _fan_kw(day_flow: float, flow: float) -> float:
    """Power [kW] of both fans and their drives."""
    part = flow / day_flow
    return FAN_KW_H * day_flow * (0.03 + part * (0.15 + 0.82 * part * part))


def extract_flow(a: Air, plan: AirPlan) -> float:
    """Air out of the hall through the unit [m³/h]: with the outdoor damper open, what leaks in goes with it."""
    return a.flow + plan.leak_kg_h / AIR_KG_PER_M3 if a.outdoor_share > 0.0 and a.flow > 0.0 else a.flow


def flows(a: Air, number: int) -> dict[str, float]:
    """Mean flows of the last step around hall and unit 1, 2 or 3 [kW; moisture and water kg/h]."""
    hall, unit = f"hall{number}", f"ahu{number}"
    showers = {"hall3.showers": a.evaporation_kg_h} if number == 3 else {}
    return showers | {
        f"{unit}.fan_el": a.fan_kw,
        f"{unit}.hp_el": a.hp_p_el,
        f"{unit}.hp_air": a.hp_air_kw,
        f"{unit}.hp_water": a.hp_water_kw,
        f"{unit}.cooling": a.cooling_kw,
        f"{unit}.condensing": a.condensing_kw,
        f"{unit}.coil": a.coil_kw,
        f"{unit}.condensate": a.condensate_kg_h,
        f"{hall}.gains": a.gains_kw,
        f"{hall}.envelope": a.envelope_kw,
        f"{hall}.ventilation": a.ventilation_kw,
        f"{hall}.people": a.people_kg_h,
        f"{hall}.vented": a.vented_kg_h,
    }


def contents(a: Air, plan: AirPlan, number: int) -> dict[str, float]:
    """Heat above 0 °C [kWh] and vapour [kg] in hall 1, 2 or 3."""
    return {f"hall{number}": plan.heat_kwh_k * a.t, f"hall{number}.moisture": plan.moisture_kg * a.ratio}
