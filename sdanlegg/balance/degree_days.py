"""Degree days, and energy as it would have been in a normal year. Source: Statistics Norway's practice (see docs)."""

from math import sqrt
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import Figure
from sdanlegg.readings import FloatArray

BASE_T: Final = 17.0  # °C: daily mean below which a building is heated


def degree_days(outdoor_t: FloatArray, base_t: float = BASE_T) -> FloatArray:
    """Degree days (D,) [K d] of daily mean temperatures (D,) [°C]: max(0, base - t); NaN stays NaN."""
    return np.maximum(base_t - outdoor_t, 0.0)


def normalised(energy: Figure, share: Figure, days: float, normal_days: float) -> Figure:
    """Energy at normal temperature: E (1 - a) + E a GD_normal / GD (Statistics Norway).

    energy: of the period, in its unit; share a (0 to 1) of it that follows the outdoor temperature, with its interval;
    days, normal_days: degree days of the period and of a normal one [K d]. Energy and share are taken as independent.
    Without degree days in the period (GD = 0) nothing of it follows the temperature, and it stays as it is if the
    normal has none either; else the figure is not known.
    """
    if not days > 0.0:
        if days == 0.0 and normal_days == 0.0:
            return energy
        return Figure(float("nan"), float("nan"), float("nan"), energy.unit, 0.0)
    ratio = normal_days / days - 1.0
    value = energy.value * (1.0 + share.value * ratio)
    half = sqrt(
        ((1.0 + share.value * ratio) * (energy.high - energy.low) / 2.0) ** 2
        + (energy.value * ratio * (share.high - share.low) / 2.0) ** 2
    )
    return Figure(value, value - half, value + half, energy.unit, min(energy.coverage, share.coverage))
