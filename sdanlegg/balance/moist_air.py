"""Moist air at sea level, on arrays: saturation, humidity ratio, enthalpy. NaN in, NaN out.

Saturation pressure: Buck (1996), ps [kPa] = 0.61121 exp((18.678 - T/234.5) T/(257.14 + T)), T in °C. Humidity ratio
W = 0.622 p/(101.325 - p) [kg/kg dry air]. Enthalpy h = CP T + LATENT W [kWh/kg dry air] with one heat of evaporation,
that of 30 °C, so that vapour carries the same heat wherever it goes.
"""

from typing import Final

import numpy as np

from sdanlegg.readings import FloatArray

PRESSURE_KPA: Final = 101.325
LATENT: Final = 2430.0 / 3600.0  # kWh/kg, water at 30 °C
CP: Final = 1.028 / 3600.0  # kWh/kgK, dry air with 12 g/kg of vapour
AIR_KG_M3: Final = 1.2


def saturation_kpa(t: FloatArray) -> FloatArray:
    """Saturation pressure over water [kPa] at t [°C]."""
    pressure: FloatArray = 0.61121 * np.exp((18.678 - t / 234.5) * t / (257.14 + t))
    return pressure


def vapour_kpa(t: FloatArray, rh: FloatArray) -> FloatArray:
    """Pressure of the vapour [kPa] at t [°C] and a relative humidity [%]."""
    return saturation_kpa(t) * rh / 100.0


def ratio(t: FloatArray, rh: FloatArray) -> FloatArray:
    """Humidity ratio [kg/kg dry air] at t [°C] and a relative humidity [%]."""
    p = vapour_kpa(t, rh)
    return 0.622 * p / (PRESSURE_KPA - p)


def saturated(enthalpy: FloatArray, start_t: FloatArray) -> FloatArray:
    """Temperature [°C] of saturated air with an enthalpy [kWh/kg]; Newton's way from start_t, 1e-3 K in four steps."""
    t = start_t
    for _ in range(4):
        p = saturation_kpa(t)
        # d ln ps/dT of Buck's equation; dW/dT = W (1 + W/0.622) d ln ps/dT
        steep = ((18.678 - 2.0 * t / 234.5) - (18.678 - t / 234.5) * t / (257.14 + t)) / (257.14 + t)
        w = 0.622 * p / (PRESSURE_KPA - p)
        t = t - (CP * t + LATENT * w - enthalpy) / (CP + LATENT * w * (1.0 + w / 0.622) * steep)
    return t
