"""Rooms beside the halls: space and floor heating, lighting with daylight control, café and saunas.

Rooms: C dT/dt = radiators + gains - UA (T - T_out), UA 0.33 kW/K, C 120 kWh/K (engineering estimates for a
passive-house sports building). Lighting 14 kW installed in use, 40 % less at full daylight.
"""

from typing import Final, NamedTuple

from simulators.plant.weather import Weather

ROOM_SP: Final = 21.5
ENVELOPE_KW_K: Final = 0.33
CAPACITY_KWH_K: Final = 120.0
RADIATOR_KW: Final = 45.0
REST_KW: Final = 3.6  # control, network, lift, outdoor light: no meter of their own


class Building(NamedTuple):
    """Room temperature [°C] and loads now [kW]."""

    room_t: float
    space_kw: float
    floor_kw: float
    light_kw: float
    cafe_kw: float


def lighting_kw(w: Weather, is_open: bool) -> float:
    """Lighting power [kW]: daylight saves up to 40 %."""
    return 14.0 * (1.0 - 0.4 * min(1.0, w.sky.ghi / 400.0)) if is_open else 1.4


def advance(b: Building, w: Weather, is_open: bool, people: float, available: float, dt_s: float) -> Building:
    """One step of the rooms."""
    light = lighting_kw(w, is_open)
    cafe = (7.4 + 0.012 * people) if is_open else 1.2
    space = available * min(RADIATOR_KW, max(0.0, 16.0 * (ROOM_SP + 0.5 - b.room_t)))
    floor = available * min(30.0, max(0.0, 7.0 + 0.35 * (12.0 - w.outdoor_t)))
    gains = space + 0.4 * light + 0.3 * cafe + 0.02 * people + 0.004 * w.sky.ghi + 0.1 * floor
    room_t = b.room_t + (gains - ENVELOPE_KW_K * (b.room_t - w.outdoor_t) - 2.0) * dt_s / 3600.0 / CAPACITY_KWH_K
    return Building(min(room_t, 26.0), space, floor, light, cafe)
