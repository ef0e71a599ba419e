"""The way of the air through a unit, up to where it is heated again.

Hall - extract fan - split. The exhaust (outdoor air and what leaks in) passes the recuperator, then the heat pump's
cold coil, and leaves. The rest goes round; when the hall is too moist and the exhaust does not fill the coil, part of
it passes the coil too. Then recirculated and outdoor air mix. With the outdoor damper shut, what leaks in leaks out.
Recuperator: effectiveness 0.90 at little to 0.75 at full outdoor flow (range of plates 0.75-0.9).
"""

from typing import Final

from simulators.plant.air_coils import CP, dry, recuperate
from simulators.plant.air_control import Orders
from simulators.plant.air_plan import AirPlan, AnyAirLoad
from simulators.plant.moist_air import AIR_KG_PER_M3, EVAPORATION_KWH_PER_KG
from simulators.plant.weather import Weather

LATENT: Final = EVAPORATION_KWH_PER_KG
BEST: Final = 0.90
FALL: Final = 0.15

# supply [kg/h]; its t [°C] and ratio before condenser and heating coil; what the outdoors gets [kg/h, °C, kg/kg];
# heat recovered [kW] and the recuperator's efficiency; water from the plates [kg/h]; heat [kW], water [kg/h] from the
# cold coil and its t [°C]
Streams = tuple[float, float, float, float, float, float, float, float, float, float, float, float]


def still(t: float, ratio: float, plan: AirPlan) -> Streams:
    """A unit at rest: the hall leaks."""
    return 0.0, t, ratio, plan.leak_kg_h, t, ratio, 0.0, 0.0, 0.0, 0.0, 0.0, t


def through(
    air: tuple[float, float], fan_kw: float, order: Orders, plan: AirPlan, load: AnyAirLoad, w: Weather
) -> Streams:
    """Air of a hall (t [°C], ratio [kg/kg]) through a running unit; half of the fans' heat comes into it first."""
    hall_t, ratio = air
    _, flow, share, plates, drying, level, _, _ = order
    _, _, _, _, _, _, _, _, _, recovery_lost, drying_lost, _ = load
    day_flow, _, drying_kg_h, leak_kg_h, evaporator_kw, _, _, _, _, _, _, _ = plan
    supply = AIR_KG_PER_M3 * flow
    outdoor, outdoor_t = supply * share, w.outdoor_t
    rest = supply - outdoor
    exhaust = outdoor + leak_kg_h if outdoor > 0.0 else 0.0
    t = hall_t + 0.5 * fan_kw / (CP * (rest + exhaust))
    h = CP * t + LATENT * ratio
    recovered, recovery, end_t, end_ratio, end_h = 0.0, 0.0, t, ratio, h
    if outdoor > 0.0:
        best = CP * outdoor * (t - outdoor_t)
        wish = best * (BEST - FALL * outdoor / (AIR_KG_PER_M3 * day_flow)) * plates * (1.0 - recovery_lost)
        recovered, end_t, end_ratio, end_h = recuperate(wish, exhaust, t, ratio)
        recovery = recovered / best if best != 0.0 else 0.0
        outdoor_t += recovered / (CP * outdoor)
    plates_kg, around = exhaust * (ratio - end_ratio), 0.0
    taken, coil_kg, coil_t = 0.0, 0.0, end_t
    if level > 0.0:
        if drying and exhaust < drying_kg_h:
            around = min(drying_kg_h - exhaust, rest)
        stream = exhaust + around
        if around > 0.0:
            end_h, end_ratio = (exhaust * end_h + around * h) / stream, (exhaust * end_ratio + around * ratio) / stream
        if stream > 0.0:
            taken, coil_kg, coil_t = dry(level * evaporator_kw * (1.0 - drying_lost), stream, end_h, end_ratio)
            end_ratio -= coil_kg / stream
            end_t = (end_h - taken / stream - LATENT * end_ratio) / CP
    rest -= around
    mixed_t = (rest * t + around * end_t + outdoor * outdoor_t) / supply
    mixed_ratio = (rest * ratio + around * end_ratio + outdoor * w.ratio) / supply
    if exhaust <= 0.0:
        exhaust, end_t, end_ratio = leak_kg_h, hall_t, ratio
    return (
        supply, mixed_t, mixed_ratio, exhaust, end_t, end_ratio, recovered, recovery, plates_kg, taken, coil_kg, coil_t,
    )  # fmt: skip
