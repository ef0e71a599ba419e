"""The controller of an air-handling unit, as a supplier would make it: it measures, obeys its setpoints and orders.

Outdoor air by day at least 30 %, by night none. Above that the damper opens with the humidity, which at rest brings
(evaporation - condensate) / (W_hall - W_out), and to cool a hall that is too warm; never to dry with air as moist as
the hall's. By night the compressor dries first, the damper only far above the limit; the limit floats up by 8 % to at
most 64 % when the floors are raised. By day the compressor takes from the exhaust what the supply air wants, at least
45 % of its power as long as the header has room. Fans follow people, moisture or heat from 75 % to full flow. A hall
that is too warm lets outdoor air pass by the recuperator. Bands and running times of fans and dampers are estimates.
"""

from typing import Final

from simulators.plant.air_plan import AirLoad, AirPlan
from simulators.plant.moist_air import PRESSURE_KPA, saturation_kpa
from simulators.plant.setpoints import MODE_AUTO, AirSetpoints
from simulators.plant.weather import Weather

OFF, NIGHT, DAY = 0, 1, 2
LEAST_OUTDOOR: Final = 0.30
LEAST_DAY_FLOW: Final = 0.75
RAISED_RH: Final = 8.0
HIGHEST_RH: Final = 64.0
HEADER_LEVEL: Final = 0.45
START_LEVEL: Final = 0.25
STOP_LEVEL: Final = 0.15
HP_GAIN: Final = 1.4  # more heat than a kilowatt from the coil gives to the air, so that a full header gets none
FAN_S: Final = 120.0  # from standstill to full flow
DAMPER_S: Final = 150.0

# mode; supply air [m³/h]; share of outdoor air, share of recovery wanted; whether to dry recirculated air; level of the
# compressors; heat wanted in the supply air [kW]; whether a hot header or a fault holds the compressors
Orders = tuple[int, float, float, float, bool, float, float, bool]


def mode_now(mode_sp: float, is_open: bool, day_at_night: float) -> int:
    """Mode: what is selected, or by the opening hours."""
    mode = (DAY if is_open else NIGHT) if mode_sp == MODE_AUTO else int(mode_sp)
    return DAY if mode == NIGHT and day_at_night > 0.0 else mode


def night_rh(rh_sp: float, covered: float) -> float:
    """Humidity [%] that the unit holds by night: it floats up with the floors raised."""
    return rh_sp if covered <= 0.0 else min(max(HIGHEST_RH, rh_sp), rh_sp + RAISED_RH * covered)


def toward(now: float, target: float, most: float) -> float:
    """Target, or as near to it as a motor comes that moves at most so far in the step."""
    return target if -most <= target - now <= most else now + most if target > now else now - most


def orders(
    air: tuple[float, float, float, float, bool],
    plan: AirPlan, sp: AirSetpoints, load: AirLoad, w: Weather, dt_s: float,
) -> Orders:  # fmt: skip
    """Orders for a step; air is t [°C] and ratio [kg/kg], flow, damper, whether the compressor runs."""
    t, ratio, flow, share, running = air
    mode_sp, air_t_sp, rh_sp = sp
    day_flow, night_flow, _, _, evaporator_kw, coil_kw, gain, _, busy, _, _, _ = plan
    mode = mode_now(mode_sp, load.open, load.day_at_night)
    if mode == OFF:
        flow = toward(flow, 0.0, day_flow * dt_s / FAN_S)
        return OFF, flow, toward(share, 0.0, dt_s / DAMPER_S), 1.0, False, 0.0, 0.0, False
    rh = 100.0 * PRESSURE_KPA * ratio / ((0.622 + ratio) * saturation_kpa(t))
    excess = rh - (rh_sp if mode == DAY else night_rh(rh_sp, load.covered))
    too_warm = t - air_t_sp
    heat = gain * (0.4 - too_warm)
    heat = heat if 0.0 < heat < coil_kw else 0.0 if heat <= 0.0 else coil_kw
    drier = w.ratio < ratio - 0.0005
    heat_level, surplus = heat / (HP_GAIN * evaporator_kw), load.surplus
    level = 0.25 * (excess + 1.0)
    if mode == DAY:
        need = max(load.people / busy, 0.25 * excess, heat / coil_kw)
        target = day_flow * (LEAST_DAY_FLOW + (1.0 - LEAST_DAY_FLOW) * min(1.0, need))
        outdoor = LEAST_OUTDOOR + (0.1 * (excess + 1.0) if drier and excess > -1.0 else 0.0)
        level = max(level, heat_level, HEADER_LEVEL * surplus)
    else:
        target, outdoor = night_flow, 0.12 * (excess - 3.0) if drier and excess > 3.0 else 0.0
    plates = 1.0
    if too_warm > 0.5 and w.outdoor_t < t:
        plates = max(0.0, 1.5 - too_warm)
        outdoor += 0.5 * max(0.0, too_warm - 1.0)
    least = STOP_LEVEL if running else START_LEVEL
    wanted, level = level >= least, min(level, 1.0, heat_level + surplus)
    blocked = wanted and (level < least or load.drying_lost >= 1.0)
    return (
        mode,
        toward(flow, target, day_flow * dt_s / FAN_S),
        toward(share, min(1.0, outdoor), dt_s / DAMPER_S),
        plates,
        excess > -1.0,
        level if level >= least else 0.0,
        heat,
        blocked,
    )
