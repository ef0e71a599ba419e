"""Sizes of the three air-handling units and their halls, and what bears on one of them in a step.

All sizes are estimates, chosen by the design's figures: 2 to 4 air changes an hour in use (4-5 in common halls; here
the fans follow demand), about half of it by night. A hall's heat is stored in its air and in the surfaces that follow
it, together 12 volumes of air; its moisture in 1.6. Air leaks through the envelope 0.03 times an hour (passive house).
"""

from typing import Final, NamedTuple

from simulators.plant.air_coils import CP
from simulators.plant.moist_air import AIR_KG_PER_M3

HEAT_MASS: Final = 12.0
MOISTURE_MASS: Final = 1.6
LEAK_H: Final = 0.03


class AirPlan(NamedTuple):
    """One unit and its hall: m³/h by day and by night; kg/h through the coil when drying and through leaks; kW, kW/K.

    gain is the heating controller's; busy the people that call for full flow; sun_m2 the glass that the sun meets,
    times what it lets through. The hall's stores: kWh/K, and kg of dry air that hold its vapour.
    """

    day_flow: float
    night_flow: float
    drying_kg_h: float
    leak_kg_h: float
    evaporator_kw: float
    coil_kw: float
    gain_kw_k: float
    envelope_kw_k: float
    busy: float
    sun_m2: float
    heat_kwh_k: float
    moisture_kg: float


class AirLoad(NamedTuple):
    """What a hall and the plant put on a unit in a step.

    Evaporation [kg/h]; kW that come from pool or rooms, and from light; people; whether the hall is open; what the
    header gives (0-1), what it has room for (0-1) and its temperature [°C]; share of the pool's floor that is raised;
    faults.
    """

    evaporation_kg_h: float
    exchanged_kw: float
    light_kw: float
    people: float
    open: bool
    available: float
    surplus: float
    header_t: float
    covered: float
    recovery_lost: float
    drying_lost: float
    day_at_night: float


# One of these, or its fields alone.
AnyAirLoad = tuple[float, float, float, float, bool, float, float, float, float, float, float, float]


def _hall(volume_m3: float, plan: AirPlan) -> AirPlan:
    air = AIR_KG_PER_M3 * volume_m3
    return plan._replace(leak_kg_h=LEAK_H * air, heat_kwh_k=HEAT_MASS * CP * air, moisture_kg=MOISTURE_MASS * air)


MAIN: Final = _hall(9000.0, AirPlan(30000.0, 12000.0, 6000.0, 0.0, 40.0, 120.0, 35.0, 0.40, 120.0, 8.0, 0.0, 0.0))
THERAPY: Final = _hall(2400.0, AirPlan(9500.0, 4000.0, 2640.0, 0.0, 16.0, 50.0, 14.0, 0.12, 35.0, 2.0, 0.0, 0.0))
CHANGING: Final = _hall(6000.0, AirPlan(13000.0, 3000.0, 2400.0, 0.0, 12.0, 70.0, 25.0, 0.20, 80.0, 0.0, 0.0, 0.0))
