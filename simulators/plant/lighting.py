"""Loads by opening hours: lighting with daylight control, café and saunas.

Light: 16 kW of LED (3 W for each of 5,300 m²), on from three quarters of an hour before opening, when the staff come,
to an hour after closing, for cleaning; a tenth burns through the night. Four fifths of it stand where daylight comes in
and are dimmed, at most to a tenth, by what the sky gives of the 300 lux wanted (EN 12193, swimming, class II):
daylight factor 0.02, 110 lm for each watt of global light. Over the synthetic year that takes 39 % of what would burn
without; the hall's figure is about 40 % for LED and daylight control together. Saunas: 9 kW for the hour before
opening, then 5 kW; café: 1.2 kW of cold storage always, 2.6 kW while open and 12 W for each visitor. Powers, shares and
hours are estimates; the design's yearly figures are about 60 MWh for light and 55 for café, saunas and equipment.
"""

from typing import Final

from simulators.plant.visitors import Crowd

INSTALLED_KW: Final = 16.0
FLUORESCENT_KW: Final = 26.5  # 5 W/m²: what the hall would have without LED (estimate)
DAYLIT: Final = 0.8
DARKEST: Final = 0.1
NIGHT_SHARE: Final = 0.1
WANTED_LUX: Final = 300.0
LUX_PER_W_M2: Final = 0.02 * 110.0


def light_kw(ghi: float, crowd: Crowd, stuck: float, daylight: bool = True) -> float:
    """Power [kW] at a global irradiance [W/m²]; stuck is the fault that all burns, at any hour.

    daylight: whether LED with daylight control hang there; fluorescent tubes burn by the same hours in full.
    """
    if not daylight:
        return FLUORESCENT_KW * (1.0 if stuck > 0.0 or staffed(crowd) else NIGHT_SHARE)
    if stuck > 0.0:
        return INSTALLED_KW
    if not staffed(crowd):
        return NIGHT_SHARE * INSTALLED_KW
    burning = 1.0 - LUX_PER_W_M2 * ghi / WANTED_LUX
    return INSTALLED_KW * (1.0 - DAYLIT + DAYLIT * (burning if burning > DARKEST else DARKEST))


def staffed(crowd: Crowd) -> bool:
    """Whether someone is at work in the hall, to open, run or clean it."""
    return crowd.opens < crowd.closes and crowd.opens - 0.75 <= crowd.hour < crowd.closes + 1.0


def cafe_kw(crowd: Crowd, people: float) -> float:
    """Power of café and saunas [kW]."""
    if crowd.open:
        return 8.8 + 0.012 * people
    return 10.2 if crowd.opens - 1.0 <= crowd.hour < crowd.opens < crowd.closes else 1.2
