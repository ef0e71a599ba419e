"""Fifteen energy wells of 200 m: the memory of the rock and of the neighbours as a sum of first-order parts.

Borehole wall: T_b = T_g - sum x_k, tau_k dx_k/dt = R_k q - x_k with q [W/m] taken out; exact for heat that is constant
in a step, however long. The pairs (R_k, tau_k) are fitted by scripts/fit_wells.py to the g-function that pygfunction
2.3.1 gives for the field (equal wall temperatures, 3 x 5 wells 15 m apart, heads 2 m down): within 0.6 mK·m/W from one
hour to 50 years. Rock: lambda 3.0 W/mK, a 1.3e-6 m²/s, 8.2 °C over 200 m; bore 140 mm. Pattern, distance, depth of the
heads and the undisturbed temperature are estimates. A well without a heat load, 10 m beside the long side, feels the
same parts by REFERENCE (within 4 mK·m/W).

Fluid: T_f = T_b - q R_b, R_b = 0.10 mK/W (single U, water-filled). The brine holds no heat: what leaves the rock
reaches the machine in the same step; standing brine only drifts in what its sensors show.
"""

from functools import lru_cache
from math import cos, exp, pi, sin
from typing import Final, NamedTuple

from simulators.plant.record import record

PATTERN: Final = (3, 5)
SPACING_M, LENGTH_M, HEAD_M, RADIUS_M, REFERENCE_M = 15.0, 200.0, 2.0, 0.07, 10.0
CONDUCTIVITY, DIFFUSIVITY = 3.0, 1.3e-6
METRES: Final = 15 * LENGTH_M
GROUND_T: Final = 8.2
BOREHOLE_RESISTANCE: Final = 0.10
# Each part's time [s], and its weight at the wells' walls and at the reference well [mK/W].
TIME_S: Final = (5411.0, 38837.0, 281270.0, 2097554.0, 12464178.0, 171358980.0, 929106262.0)
RESISTANCE: Final = (0.04327, 0.05115, 0.05233, 0.05472, 0.02338, 0.17529, 0.50089)
REFERENCE: Final = (0.0, 0.0, 0.0, 0.0, -0.01734, 0.04832, 0.63028)
BRINE_KWH_PER_M3_K: Final = 965.0 * 4.2 / 3600.0  # 24-30 % ethanol
STANDING_S: Final = 1800.0
YEAR_S: Final = 365.2425 * 86400.0
# How well each well conducts beside the mean of its field, which is 1 (estimate).
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
    """Temperature drop of the borehole walls for 1 W/m extracted from every well during t_s [mK/W]."""
    return sum(r * (1.0 - exp(-t_s / tau)) for r, tau in zip(RESISTANCE, TIME_S, strict=True))


def wall_t(wells: Wells) -> float:
    """Mean temperature of the borehole walls [°C]."""
    return GROUND_T - sum(wells.parts)


def reference_t(wells: Wells) -> float:
    """Temperature [°C] of the well without a load beside the field."""
    return GROUND_T - sum(x * c / r for x, c, r in zip(wells.parts, REFERENCE, RESISTANCE, strict=True))


@lru_cache(maxsize=64)
def _shares(dt_s: float) -> tuple[tuple[float, float], ...]:
    """What is left of each part after dt_s, and what 1 W/m adds to it [mK/W]."""
    left = [exp(-dt_s / tau) for tau in TIME_S]
    return tuple((share, r * (1.0 - share)) for share, r in zip(left, RESISTANCE, strict=True))


@lru_cache(maxsize=64)
def _drift(dt_s: float) -> float:
    return 1.0 - exp(-dt_s / STANDING_S)


def advance(wells: Wells, extract_kw: float, charge_kw: float, flow: float, dt_s: float) -> Wells:
    """Take extract_kw out and put charge_kw in for dt_s; without a brine flow [m³/h] there can be no heat."""
    net = extract_kw - charge_kw
    q = net * (1000.0 / METRES)
    parts = tuple([x * left + q * gain for x, (left, gain) in zip(wells.parts, _shares(dt_s), strict=True)])
    wall = GROUND_T - sum(parts)
    if flow <= 0.0:
        drift = _drift(dt_s)
        to_t = wells.to_wells_t + (wall - wells.to_wells_t) * drift
        from_t = wells.from_wells_t + (wall - wells.from_wells_t) * drift
        return record(Wells, (parts, to_t, from_t, 0.0, extract_kw, charge_kw))
    mean = wall - q * BOREHOLE_RESISTANCE
    half = 0.5 * net / (BRINE_KWH_PER_M3_K * flow)
    return record(Wells, (parts, mean - half, mean + half, flow, extract_kw, charge_kw))


def seasoned(years: float, mean_kw: float, swing_kw: float, day: float) -> Wells:
    """The field after years of a mean load [kW] with a yearly swing [kW] around it, greatest in mid-January.

    day: days since 1 January. The swing is taken as having gone on for ever, the mean since the start.
    """
    q, swing = (kw * 1000.0 / METRES for kw in (mean_kw, swing_kw))
    phase = 2.0 * pi * (day - 15.0) / 365.2425
    parts = []
    for r, tau in zip(RESISTANCE, TIME_S, strict=True):
        lag = 2.0 * pi * tau / YEAR_S
        wave = (cos(phase) + lag * sin(phase)) / (1.0 + lag * lag)
        parts.append(r * (q * (1.0 - exp(-years * YEAR_S / tau)) + swing * wave))
    wall = GROUND_T - sum(parts)
    return Wells(tuple(parts), wall, wall, 0.0, 0.0, 0.0)


def well_return_t(wells: Wells, index: int) -> float:
    """Return temperature [°C] of one well (0 to 14): a better conductor gives more of the heat."""
    return wells.to_wells_t + (wells.from_wells_t - wells.to_wells_t) * WELL_FACTOR[index]


def group_return_t(wells: Wells, group: int) -> float:
    """Mean return temperature [°C] of the five wells of a group (0 to 2), which share its flow evenly."""
    return sum(well_return_t(wells, i) for i in range(5 * group, 5 * group + 5)) / 5.0


def flows(wells: Wells) -> dict[str, float]:
    """Heat [kW] of the last step between rock and brine."""
    return {"wells.extract": wells.extract_kw, "wells.charge": wells.charge_kw}
