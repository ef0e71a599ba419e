"""What happens to moist air in the recuperator and on the heat pump's cold coil.

Enthalpy h = cp t + L W [kWh/kg dry air]: cp 1.028 kJ/kgK is dry air with 12 g/kg of vapour, L 2,430 kJ/kg the latent
heat that the pools lose for each kilogram, so that heat and water are exchanged in the same numbers everywhere.

Recuperator (plates): the outdoor air takes effectiveness · cp · (extract - outdoor). What the exhaust loses brings it
down its line of enthalpy; below the dew point it goes on along saturation and drops water.
Cold coil: the air that touches it leaves saturated at the apparatus dew point, BYPASS of it passes untouched (the
textbooks' picture of a coil; a bypass of 0.12 is an estimate for six rows). A coil above the dew point stays dry.
"""

from typing import Final

from simulators.plant.moist_air import EVAPORATION_KWH_PER_KG, humidity_ratio

CP: Final = 1.028 / 3600.0  # kWh/kgK
BYPASS: Final = 0.12
FROST_T: Final = 2.0  # exhaust that would leave the plates colder lets outdoor air pass them by
COLDEST_T: Final = 3.0  # apparatus dew point at which the compressor is held back, so that no ice grows


def enthalpy(t: float, ratio: float) -> float:
    """Enthalpy [kWh/kg dry air] of air at t [°C] with a humidity ratio [kg/kg]."""
    return CP * t + EVAPORATION_KWH_PER_KG * ratio


FROST: Final = enthalpy(FROST_T, humidity_ratio(FROST_T, 100.0))
COLDEST: Final = enthalpy(COLDEST_T, humidity_ratio(COLDEST_T, 100.0))


def saturated_t(h: float) -> float:
    """Temperature [°C] of saturated air with an enthalpy [kWh/kg]: a polynomial, within 0.004 K from 0 to 36 °C."""
    k = 3600.0 * h
    return -5.83963134 + k * (
        0.684678041 + k * (-5.58631590e-3 + k * (3.47623272e-5 + k * (-1.31014743e-7 + k * 2.18098284e-10)))
    )


def recuperate(wish_kw: float, exhaust: float, t: float, ratio: float) -> tuple[float, float, float, float]:
    """Exhaust [kg/h, > 0] at t [°C] and ratio [kg/kg] gives heat to outdoor air, at most until it would freeze.

    Returns the heat given [kW; negative if the outdoor air is the warmer], and the exhaust's temperature, ratio and
    enthalpy behind the plates.
    """
    h = CP * t + EVAPORATION_KWH_PER_KG * ratio
    most = exhaust * (h - FROST)
    given = wish_kw if wish_kw < most else most if most > 0.0 else 0.0
    left = h - given / exhaust
    dry_t, wet_t = t - given / (exhaust * CP), saturated_t(left)
    if dry_t >= wet_t:
        return given, dry_t, ratio, left
    return given, wet_t, (left - CP * wet_t) / EVAPORATION_KWH_PER_KG, left


def dry(wish_kw: float, stream: float, h: float, ratio: float) -> tuple[float, float, float]:
    """Cold coil in a stream [kg/h, > 0] that enters with an enthalpy h [kWh/kg] and a ratio [kg/kg].

    Returns the heat taken [kW], at most what the coldest coil takes; water dropped [kg/h]; and the coil's temperature
    [°C], which is the apparatus dew point where it is wet.
    """
    touched = stream * (1.0 - BYPASS)
    most = touched * (h - COLDEST)
    taken = wish_kw if wish_kw < most else most if most > 0.0 else 0.0
    at_coil = h - taken / touched
    t = saturated_t(at_coil)
    coil_ratio = (at_coil - CP * t) / EVAPORATION_KWH_PER_KG
    if coil_ratio >= ratio:
        return taken, 0.0, (at_coil - EVAPORATION_KWH_PER_KG * ratio) / CP
    return taken, touched * (ratio - coil_ratio), t
