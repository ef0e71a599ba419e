"""Models of pools, showers and tap water: rates [kW, m³/h, kg/h] in K intervals out of points and plan figures.

Every argument is an array (K,) or a number; arrays (K,) come back. NaN in, NaN out. Temperatures in °C, humidity in %.
"""

from typing import Final

import numpy as np

from sdanlegg.balance.moist_air import saturation_kpa, vapour_kpa
from sdanlegg.readings import FloatArray

WATER_KWH_M3_K: Final = 1.163
STEFAN_BOLTZMANN_KW: Final = 5.670374e-11  # kW/m²K⁴
KELVIN: Final = 273.15


def open_m2(area_m2: FloatArray, floor_m2: FloatArray, raised_factor: FloatArray, raised: FloatArray) -> FloatArray:
    """Area of open water [m²] that exchanges as much: of a raised floor (share, 0-1) the raised_factor is left."""
    return area_m2 - floor_m2 * (1.0 - raised_factor) * raised


def activity(bathers: FloatArray, busy_bathers: FloatArray, empty: FloatArray, busy: FloatArray) -> FloatArray:
    """Activity factor Fa: from `empty` to `busy` with the bathers, up to busy_bathers.

    Measured in two Norwegian pools: 0.50-0.57 unoccupied (477 hours), 0.7-0.8 occupied (75 lessons), where ASHRAE
    recommends 0.5 and 1.0.
    """
    return empty + (busy - empty) * np.clip(bathers / busy_bathers, 0.0, 1.0)


def evaporation(
    water_t: FloatArray, air_t: FloatArray, air_rh: FloatArray, area_m2: FloatArray, factor: FloatArray
) -> FloatArray:
    """Evaporation [kg/h] of open water by ASHRAE: 0.144 A (pw - pa) Fa, pressures in kPa; moist air gives none back."""
    drive = saturation_kpa(water_t) - vapour_kpa(air_t, air_rh)
    return 0.144 * area_m2 * factor * np.maximum(drive, 0.0)


def convection(water_t: FloatArray, air_t: FloatArray, area_m2: FloatArray, kw_m2_k: FloatArray) -> FloatArray:
    """Heat from water to air [kW]: h A (Tw - Ta), negative into the water; h 3-5 W/m²K over still water (textbooks)."""
    return kw_m2_k * area_m2 * (water_t - air_t)


def radiation(water_t: FloatArray, surface_t: FloatArray, area_m2: FloatArray, emissivity: FloatArray) -> FloatArray:
    """Heat from water to walls and ceiling [kW]: eps sigma A (Tw⁴ - Ts⁴), Stefan and Boltzmann; water's eps 0.95."""
    fourth: FloatArray = (water_t + KELVIN) ** 4 - (surface_t + KELVIN) ** 4
    return emissivity * STEFAN_BOLTZMANN_KW * area_m2 * fourth


def transmission(warm_t: FloatArray, cold_t: FloatArray, kw_k: FloatArray, beside: FloatArray) -> FloatArray:
    """Heat through walls, or with leaking air [kW]: UA (Tw - Tc), and what passes beside it."""
    return kw_k * (warm_t - cold_t) + beside


def standing_loss(warm_t: FloatArray, cold_t: FloatArray, kw_k: FloatArray, filled_pct: FloatArray) -> FloatArray:
    """Loss of a tank to its room [kW]: UA (T - Tr), as far as the tank is full (0-100 %)."""
    return kw_k * filled_pct / 100.0 * (warm_t - cold_t)


def share(each: FloatArray, constant: FloatArray) -> FloatArray:
    """Points, each times its factor, added up, and a constant: heat and vapour of people, light, pumps; water."""
    return each + constant


def stream(flow: FloatArray, hot_t: FloatArray, cold_t: FloatArray, kwh_per_m3_k: FloatArray) -> FloatArray:
    """Heat [kW] that a stream [m³/h] carries from one temperature to another: rho c q (Th - Tc)."""
    return kwh_per_m3_k * flow * (hot_t - cold_t)


def outflow(makeup: FloatArray, stored: FloatArray, water_t: FloatArray) -> FloatArray:
    """Heat above 0 °C [kW] in all water that leaves a store: what came in and did not stay [m³/h], at water_t."""
    return WATER_KWH_M3_K * (makeup - stored) * water_t


def enthalpy(water: FloatArray, water_t: FloatArray, second: FloatArray, second_t: FloatArray) -> FloatArray:
    """Heat above 0 °C [kW] in a stream of water [m³/h], or in two of them."""
    return WATER_KWH_M3_K * (water * water_t + second * second_t)


def first_served(given: FloatArray, first: FloatArray, others: FloatArray, alike: FloatArray) -> FloatArray:
    """Preheated water to who comes first [m³/h], of what a store gives (fresh water less stored).

    As long as there is water it gets all it draws. A store that is empty for a part of the interval gives less: with
    the weight `alike` (0-1) it is shared by what all draw.
    """
    given = np.maximum(given, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = np.where(first > 0.0, np.minimum(given / (first + others), 1.0) * first, 0.0 * given)
    return (1.0 - alike) * np.minimum(given, first) + alike * shared


def share_left(left: FloatArray, others: FloatArray) -> FloatArray:
    """Share (0-1) of what the others draw [m³/h] that is left for them of a store's water; they share alike."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(others > 0.0, np.clip(left / others, 0.0, 1.0), 0.0 * left)


def partly_warm(drawn: FloatArray, warm: FloatArray, cold_t: FloatArray, warm_t: FloatArray) -> FloatArray:
    """Heat above 0 °C [kW] in drawn water [m³/h], so much of it (m³/h) warm, the rest cold."""
    return WATER_KWH_M3_K * (drawn * cold_t + warm * (warm_t - cold_t))


def mixed_cold(hot: FloatArray, hot_t: FloatArray, cold_t: FloatArray, mixed_t: FloatArray) -> FloatArray:
    """Cold water [m³/h] that brings hot water down to mixed_t: the rule of mixing. Water too cold is left alone.

    NaN where the cold water is no colder than mixed_t.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        cold = hot * np.maximum(hot_t - mixed_t, 0.0) / (mixed_t - cold_t)
    return np.where(cold_t < mixed_t, cold, np.nan)


def not_full(level_pct: FloatArray, full_pct: FloatArray) -> FloatArray:
    """Overflow [m³/h] of a tank: none as long as its level stays under full_pct; above that nobody knows."""
    return np.where(level_pct < full_pct, 0.0, np.nan)
