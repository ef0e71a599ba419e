"""The greywater unit's recuperator and heat pump: from temperatures to flows and powers.

Counterflow: epsilon = (1 - exp(-N (1 - r)))/(1 - r exp(-N (1 - r))), N/(1 + N) at r = 1. Clean UA 5.3 kW/K: 0.66 at
2.4 m³/h both ways. Heat pump: COP = 0.5 T_c/(T_c - T_e), condensing 3 K over the fresh water out, evaporating 4 K
under the drain out (8 K more if fully fouled), at least 20 K apart; condenser up to 34 kW, what the clean unit needs.
Control: the drain's pump runs at 2.4 m³/h, fresh water leaves at its setpoint: as much of it as there is drain water,
or less where the condenser is at its limit or the drain would else be cooled under 7 °C. With D and F the flows in
kW/K, q = T_drain - T_cold, l = T_out - T_cold, e = epsilon of the fresh side, R = COP/(COP - 1):
F (l - e q) = R (D (T_drain - 7) - F e q), so F/D = R (T_drain - 7)/(l + (R - 1) e q). Engineering estimates; half
of Carnot is usual for heat pumps of this size.
"""

from math import exp
from typing import Final, NamedTuple

from simulators.plant.pool import WATER_KWH_PER_M3_K

DRAIN_M3_H: Final = 2.4
DRAIN_KW_K: Final = WATER_KWH_PER_M3_K * DRAIN_M3_H
CLEAN_KW_K: Final = 5.3
DRAIN_LEAST_T: Final = 7.0
CARNOT_SHARE: Final = 0.5
CONDENSING_K, EVAPORATING_K, FOULED_K = 3.0, 4.0, 8.0
CONDENSER_KW: Final = 34.0
LEAST_K: Final = 20.0
KELVIN: Final = 273.15


class Unit(NamedTuple):
    """While it runs: fresh water [m³/h], drain out [°C], heat of recuperator and condenser and electricity [kW]."""

    fresh_m3_h: float
    drain_out_t: float
    exchanged_kw: float
    condenser_kw: float
    el_kw: float


def effectiveness(ntu: float, ratio: float) -> float:
    """Counterflow effectiveness, of the smaller heat capacity flow; ratio is the smaller over the greater."""
    if ratio > 0.999999:
        return ntu / (1.0 + ntu)
    gone = exp(-ntu * (1.0 - ratio))
    return (1.0 - gone) / (1.0 - ratio * gone)


def cop(outlet_t: float, drain_out_t: float, fouled: float) -> float:
    """Coefficient of performance at fresh and drain water out [°C]."""
    condensing = outlet_t + CONDENSING_K
    evaporating = drain_out_t - EVAPORATING_K - FOULED_K * fouled
    return CARNOT_SHARE * (condensing + KELVIN) / max(LEAST_K, condensing - evaporating)


def run(drain_t: float, cold_t: float, outlet_t: float, fouled: float) -> Unit:
    """The unit at work; drain_t above 7 °C, cold_t under outlet_t, fouled 0 to 1 of the heat exchange lost."""
    lift, span = outlet_t - cold_t, drain_t - cold_t if drain_t > cold_t else 0.0
    ua = CLEAN_KW_K * (1.0 - fouled)
    perf = cop(outlet_t, DRAIN_LEAST_T, fouled)
    gain = perf / (perf - 1.0)
    ratio = coldest = 1.0
    warmed = 0.0
    for _ in range(2):
        warmed = effectiveness(ua / (DRAIN_KW_K * ratio), ratio) * span
        warmed = warmed if warmed < lift else lift
        coldest = gain * (drain_t - DRAIN_LEAST_T) / (lift + (gain - 1.0) * warmed)
        ratio = min(1.0, coldest, CONDENSER_KW / max(1.0, DRAIN_KW_K * (lift - warmed)))
    flow = DRAIN_KW_K * ratio
    exchanged, condenser = flow * warmed, flow * (lift - warmed)
    if ratio < coldest:
        perf = cop(outlet_t, drain_t - (exchanged + condenser / gain) / DRAIN_KW_K, fouled)
    el = condenser / perf
    return Unit(DRAIN_M3_H * ratio, drain_t - (exchanged + condenser - el) / DRAIN_KW_K, exchanged, condenser, el)
