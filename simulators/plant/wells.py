"""Fifteen energy wells of 200 m: the rock's memory as a sum of first-order parts.

Borehole wall: T_b = T_g - sum x_k, with tau_k dx_k/dt = R_k q - x_k. The pairs (R_k, tau_k) are fitted to the infinite
line source E1(r²/4at)/(4 pi lambda) for lambda 3.0 W/mK, a 1.3e-6 m²/s, r 70 mm: within 1.6 mK·m/W from one hour to
25 years. Fluid: T_f = T_b - q R_b, R_b = 0.10 mK/W (single U, water-filled). Undisturbed 8.2 °C over 200 m.
"""

from math import exp
from typing import Final, NamedTuple

METRES: Final = 15 * 200.0
GROUND_T: Final = 8.2
BOREHOLE_RESISTANCE: Final = 0.10
RESISTANCE: Final = (0.03528, 0.05976, 0.06044, 0.05896, 0.06233, 0.07922)
TIME_S: Final = (4320.0, 32400.0, 345600.0, 3110400.0, 31536000.0, 378432000.0)
BRINE_KWH_PER_M3_K: Final = 965.0 * 4.2 / 3600.0  # 24-30 % ethanol
# How well each well conducts beside the mean of its field (engineering estimate).
WELL_FACTOR: Final = (1.06, 0.97, 1.02, 0.94, 1.01, 1.08, 0.99, 0.95, 1.03, 0.98, 0.92, 1.04, 1.0, 0.96, 1.05)


class Wells(NamedTuple):
    """Temperature parts of the rock [K], the brine's temperatures [°C], flow [m³/h] and heat [kW] of the last step."""

    parts: tuple[float, ...]
    to_wells_t: float
    from_wells_t: float
    flow: float
    extract_kw: float
    charge_kw: float


def response(t_s: float) -> float:
    """Temperature drop of the borehole wall for 1 W/m extracted during t_s [mK/W]."""
    return sum(r * (1.0 - exp(-t_s / tau)) for r, tau in zip(RESISTANCE, TIME_S, strict=True))


def wall_t(wells: Wells) -> float:
    """Mean temperature of the borehole wall [°C]."""
    return GROUND_T - sum(wells.parts)


def advance(wells: Wells, extract_kw: float, charge_kw: float, flow: float, dt_s: float) -> Wells:
    """Take extract_kw out and put charge_kw in for dt_s at a brine flow [m³/h]; exact for constant heat."""
    q = (extract_kw - charge_kw) * 1000.0 / METRES
    parts = tuple(
        r * q + (x - r * q) * exp(-dt_s / tau) for x, r, tau in zip(wells.parts, RESISTANCE, TIME_S, strict=True)
    )
    wall = GROUND_T - sum(parts)
    if flow <= 0.0:
        # Standing brine drifts to the wall's temperature.
        drift = 1.0 - exp(-dt_s / 1800.0)
        to_t = wells.to_wells_t + (wall - wells.to_wells_t) * drift
        from_t = wells.from_wells_t + (wall - wells.from_wells_t) * drift
        return Wells(parts, to_t, from_t, 0.0, extract_kw, charge_kw)
    mean = wall - q * BOREHOLE_RESISTANCE
    half = 0.5 * (extract_kw - charge_kw) / (BRINE_KWH_PER_M3_K * flow)
    return Wells(parts, mean - half, mean + half, flow, extract_kw, charge_kw)


def well_return_t(wells: Wells, index: int) -> float:
    """Return temperature [°C] of one well (0 to 14): a better conductor gives more of the heat."""
    return wells.to_wells_t + (wells.from_wells_t - wells.to_wells_t) * WELL_FACTOR[index]


def group_return_t(wells: Wells, group: int) -> float:
    """Mean return temperature [°C] of the five wells of a group (0 to 2)."""
    return sum(well_return_t(wells, i) for i in range(5 * group, 5 * group + 5)) / 5.0
