"""Moist air at sea-level pressure: saturation, humidity ratio, relative humidity. Buck's equation (1996)."""

from math import exp, log, sqrt
from typing import Final

PRESSURE_KPA: Final = 101.325
EVAPORATION_KWH_PER_KG: Final = 2430.0 / 3600.0  # latent heat at 30 °C
AIR_KWH_PER_M3_K: Final = 1.2 * 1.006 / 3600.0
AIR_KG_PER_M3: Final = 1.2


def saturation_kpa(t: float) -> float:
    """Saturation pressure over water [kPa] at t [°C]."""
    return 0.61121 * exp((18.678 - t / 234.5) * t / (257.14 + t))


def vapour_kpa(ratio: float) -> float:
    """Partial pressure of the vapour [kPa] at a humidity ratio [kg/kg dry air]."""
    return PRESSURE_KPA * ratio / (0.622 + ratio)


def humidity_ratio(t: float, rh: float) -> float:
    """Humidity ratio [kg/kg] at t [°C] and rh [%]."""
    p = saturation_kpa(t) * rh / 100.0
    return 0.622 * p / (PRESSURE_KPA - p)


def relative_humidity(t: float, ratio: float) -> float:
    """Relative humidity [%], at most 100, at t [°C] and a humidity ratio [kg/kg]."""
    return min(100.0, 100.0 * vapour_kpa(ratio) / saturation_kpa(t))


def dew_point(t: float, rh: float) -> float:
    """Dew point over water [°C] at t [°C] and rh [%], at least 1: the inverse of saturation_kpa."""
    exponent = log(max(rh, 1.0) / 100.0) + (18.678 - t / 234.5) * t / (257.14 + t)
    b = 18.678 - exponent
    return 117.25 * (b - sqrt(b * b - 4.0 * 257.14 * exponent / 234.5))


def enthalpy_kj_kg(t: float, ratio: float) -> float:
    """Enthalpy [kJ/kg dry air] above dry air and water at 0 °C, at t [°C] and a humidity ratio [kg/kg] (ASHRAE)."""
    return 1.006 * t + ratio * (2501.0 + 1.86 * t)
