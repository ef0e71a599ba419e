"""The controller of an air-handling unit, as a supplier would make it: it measures, obeys its setpoints and orders.

Outdoor air by day at least 30 %, by night none. Above that the damper opens with the humidity, which at rest brings
(evaporation - condensate) / (W_hall - W_out), and to cool a hall that is too warm; never to dry with air as moist as
the hall's. By night the compressor dries first, the damper only far above the limit; the limit floats up by 8 % to at
most 64 % when the floors are raised. By day the compressor takes from the exhaust what the supply air wants, at least
45 % of its power as long as the header has room. Fans follow people, moisture or heat from 75 % to full flow. A hall
that is too warm lets outdoor air pass by the recuperator. Bands and running times of fans and dampers are estimates.
"""

from typing import Final

from simulators.plant.air_plan import AirPlan, AnyAirLoad
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
    if covered <= 0.0:
        return rh_sp
    most, rh = HIGHEST_RH if rh_sp < HIGHEST_RH else rh_sp, rh_sp + RAISED_RH * covered
    return rh if rh < most else most


def toward(now: float, target: float, most: float) -> float:
    """Target, or as near to it as a motor comes that moves at most so far in the step."""
    return target if -most <= target - now <= most else now + most if target > now else now - most


def orders(
    air: tuple[float, float, float, float, bool],
    plan: AirPlan, sp: AirSetpoints, load: AnyAirLoad, w: Weather, dt_s: float,
) -> Orders:  # fmt: skip
    """Orders for a step; air is t [°C] and ratio [kg/kg], flow, damper, whether the compressor runs."""
    t, ratio, flow, share, running = air
    day_flow, night_flow, _, _, evaporator_kw, coil_kw, gain_kw_k, _, busy, _, _, _ = plan
    _, _, _, people, is_open, _, surplus, _, covered, _, drying_lost, day_at_night = load
    mode_sp, supply_t_sp, rh_sp = sp
    mode, fan, damper = mode_now(mode_sp, is_open, day_at_night), day_flow * dt_s / FAN_S, dt_s / DAMPER_S
    if mode == OFF:
        return OFF, toward(flow, 0.0, fan), toward(share, 0.0, damper), 1.0, False, 0.0, 0.0, False
    rh = 100.0 * PRESSURE_KPA * ratio / ((0.622 + ratio) * saturation_kpa(t))
    excess = rh - (rh_sp if mode == DAY or covered <= 0.0 else night_rh(rh_sp, covered))
    too_warm, drier = t - supply_t_sp, w.ratio < ratio - 0.0005
    heat = gain_kw_k * (0.4 - too_warm)
    heat = heat if 0.0 < heat < coil_kw else 0.0 if heat <= 0.0 else coil_kw
    if mode == DAY:
        need, crowded, called = 0.25 * excess, people / busy, heat / coil_kw
        need = need if need > crowded else crowded
        need = need if need > called else called
        target = day_flow * (LEAST_DAY_FLOW + (1.0 - LEAST_DAY_FLOW) * (need if need < 1.0 else 1.0))
        outdoor = LEAST_OUTDOOR + (0.1 * (excess + 1.0) if drier and excess > -1.0 else 0.0)
    else:
        target, outdoor = night_flow, 0.12 * (excess - 3.0) if drier and excess > 3.0 else 0.0
    plates = 1.0
    if too_warm > 0.5 and w.outdoor_t < t:
        plates = 1.5 - too_warm if too_warm < 1.5 else 0.0
        outdoor += 0.5 * (too_warm - 1.0) if too_warm > 1.0 else 0.0
    level, held = _level(mode, excess, heat / (HP_GAIN * evaporator_kw), surplus, running)
    blocked = held or (level > 0.0 and drying_lost >= 1.0)
    flow, share = toward(flow, target, fan), toward(share, outdoor if outdoor < 1.0 else 1.0, damper)
    return mode, flow, share, plates, excess > -1.0, level, heat, blocked


def _level(mode: int, excess: float, heat: float, surplus: float, running: bool) -> tuple[float, bool]:
    """Level of the compressors, 0 or 0.15 to 1, and whether a hot header holds them; heat: the level the air wants."""
    wish = 0.25 * (excess + 1.0)
    if mode == DAY:
        header = HEADER_LEVEL * surplus
        wish = wish if wish > heat else heat
        wish = wish if wish > header else header
    least = STOP_LEVEL if running else START_LEVEL
    if wish < least:
        return 0.0, False
    level, most = wish if wish < 1.0 else 1.0, heat + surplus
    level = level if level < most else most
    return (level, False) if level >= least else (0.0, True)
