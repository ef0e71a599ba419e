"""Hot-water use: showers by visitors, other taps, the hot flush.

A visitor takes 25 litres of 38 °C, half on the way in and half on the way out: low-flow heads of 7 l/min for three and
a half minutes in pushes. Hot share by the mixing rule x = (T_mix - T_cold)/(T_hot - T_cold); a tank that is too cold
gives all it has, and the shower is cooler. What runs to the drain keeps 0.42 of its excess over the room's 26 °C: 31 °C
of 38. The rest stays in the changing rooms, about two thirds of it as vapour. Other taps (basins, kitchen, cleaning)
take 80 l/h of hot water in an open hall and 10 in a closed one. All engineering estimates.
"""

from typing import Final, NamedTuple

from simulators.plant.pool import WATER_KWH_PER_M3_K
from simulators.plant.record import record
from simulators.plant.visitors import Crowd

SHOWER_M3: Final = 0.025
SHOWER_T: Final = 38.0
ROOM_T: Final = 26.0
DRAIN_KEEPS: Final = 0.42
OTHER_OPEN_M3_H, OTHER_CLOSED_M3_H = 0.08, 0.01


class Demand(NamedTuple):
    """Water wished for [m³/h]: hot and cold to the showers, hot to other taps."""

    shower_hot: float
    shower_cold: float
    other: float


def flow(crowd: Crowd) -> float:
    """Mixed water that visitors take [m³/h]."""
    return SHOWER_M3 * 0.5 * (crowd.arrivals + crowd.departures)


def demand(crowd: Crowd, hot_t: float, cold_t: float, stuck_m3_h: float, flush_m3_h: float) -> Demand:
    """Demand with hot water of hot_t: mixed water of visitors and a stuck shower, and a flush of hot water alone."""
    water = flow(crowd) + stuck_m3_h
    hot = water * (SHOWER_T - cold_t) / (hot_t - cold_t) if hot_t > SHOWER_T else water
    return record(Demand, (hot + flush_m3_h, water - hot, OTHER_OPEN_M3_H if crowd.open else OTHER_CLOSED_M3_H))


def drained(wish: Demand, hot_t: float, cold_t: float) -> tuple[float, float]:
    """Temperature in the drain [°C] and heat left in the room [kW] of what the showers got."""
    hot, cold, _ = wish
    water = hot + cold
    if water <= 0.0:
        return ROOM_T, 0.0
    excess = (hot * hot_t + cold * cold_t) / water - ROOM_T
    return ROOM_T + DRAIN_KEEPS * excess, WATER_KWH_PER_M3_K * water * (1.0 - DRAIN_KEEPS) * excess
