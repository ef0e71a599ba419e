"""Rooms beside the halls: one node with radiators, heated floors, envelope, air change and what goes to the showers.

C dT/dt = space + floor + gains - envelope - ventilation - to hall 3. UA 0.33 kW/K, C 120 kWh/K (estimates for a
passive-house sports building). Floor heating by the weather, and from 25.8 °C in hall 3 down to two fifths at 26.6 °C,
which still dries the wet floors; nine tenths of it lie in the rooms that hall 3's air serves and go there, with what
passes the walls (0.15 kW/K). Air change after recovery 0.08 kW/K; windows open from 23.5 °C on, up to 1.5 kW/K at
25.5 °C, while it is colder outdoors. Light and loads: lighting.py; gains are what of them, of people and of the sun
stays in the rooms.
"""

from typing import Final, NamedTuple

from simulators.plant.lighting import cafe_kw, light_kw
from simulators.plant.record import record
from simulators.plant.visitors import Crowd
from simulators.plant.weather import Weather

ROOM_SP: Final = 21.5
ENVELOPE_KW_K: Final = 0.33
CAPACITY_KWH_K: Final = 120.0
CAPACITY_KJ_K: Final = 3600.0 * CAPACITY_KWH_K
RADIATOR_KW: Final = 45.0
FLOOR_KW: Final = 30.0
WET_SHARE: Final = 0.9
WALLS_KW_K: Final = 0.15
AIR_KW_K: Final = 0.08
WINDOWS_KW_K: Final = 1.5
REST_KW: Final = 3.6  # control, network, lift, outdoor light: no meter of their own
# Where the light's heat stays: hall 1, hall 2, hall 3; the rest in the rooms.
LIGHT_HALL1, LIGHT_HALL2, LIGHT_HALL3 = 0.3, 0.1, 0.2
LIGHT_ROOMS: Final = 1.0 - LIGHT_HALL1 - LIGHT_HALL2 - LIGHT_HALL3


class Building(NamedTuple):
    """Room temperature [°C], loads and flows of the last step [kW]."""

    room_t: float
    space_kw: float
    floor_kw: float
    light_kw: float
    cafe_kw: float
    gains_kw: float = 0.0
    envelope_kw: float = 0.0
    ventilation_kw: float = 0.0
    to_hall3_kw: float = 0.0


class RoomLoad(NamedTuple):
    """People in the house, share of its wish that the header gives, air of hall 3 [°C], fault of the light.

    daylight: whether the light is LED with daylight control.
    """

    people: float
    available: float
    hall3_t: float
    light_stuck: float
    daylight: bool = True


# One of these, or its fields alone.
AnyRoomLoad = tuple[float, float, float, float, bool]


def advance(b: Building, w: Weather, crowd: Crowd, load: AnyRoomLoad, dt_s: float) -> Building:
    """One step of the rooms (1 to 300 s)."""
    t, outdoor_t, ghi = b.room_t, w.outdoor_t, w.sky.ghi
    people, available, hall3_t, light_stuck, daylight = load
    light, cafe = light_kw(ghi, crowd, light_stuck, daylight), cafe_kw(crowd, people)
    space, floor, cool = 16.0 * (ROOM_SP + 0.5 - t), 7.0 + 0.35 * (12.0 - outdoor_t), (26.6 - hall3_t) / 0.8
    floor *= 0.4 + 0.6 * (cool if 0.0 < cool < 1.0 else 1.0 if cool > 0.0 else 0.0)
    space = available * (space if 0.0 < space < RADIATOR_KW else 0.0 if space <= 0.0 else RADIATOR_KW)
    floor = available * (floor if 0.0 < floor < FLOOR_KW else 0.0 if floor <= 0.0 else FLOOR_KW)
    gains = LIGHT_ROOMS * light + 0.3 * cafe + 0.02 * people + 0.004 * ghi
    envelope = ENVELOPE_KW_K * (t - outdoor_t)
    opened = 0.5 * (t - 23.5) if t > 23.5 and t > outdoor_t else 0.0
    vented = (AIR_KW_K + WINDOWS_KW_K * (opened if opened < 1.0 else 1.0)) * (t - outdoor_t)
    to_hall3 = WET_SHARE * floor + WALLS_KW_K * (t - hall3_t)
    power = space + floor + gains - envelope - vented - to_hall3
    room_t = t + power * dt_s / CAPACITY_KJ_K
    return record(Building, (room_t, space, floor, light, cafe, gains, envelope, vented, to_hall3))


def flows(b: Building) -> dict[str, float]:
    """Mean flows of the last step around the rooms [kW]."""
    return {
        "heat.space": b.space_kw,
        "heat.floor": b.floor_kw,
        "rooms.gains": b.gains_kw,
        "rooms.envelope": b.envelope_kw,
        "rooms.ventilation": b.ventilation_kw,
        "rooms.to_hall3": b.to_hall3_kw,
        "el.light": b.light_kw,
        "el.cafe": b.cafe_kw,
        "el.rest": REST_KW,
    }


def contents(b: Building) -> dict[str, float]:
    """Heat above 0 °C [kWh] in the rooms."""
    return {"rooms": CAPACITY_KWH_K * b.room_t}
