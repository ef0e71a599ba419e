"""Models of halls and their air units, of pavement and of pumps: rates [kW, kg/h] in K intervals.

Every argument is an array (K,) or a number; arrays (K,) come back. NaN in, NaN out. Temperatures in °C, humidity in %,
air flows in m³/h of 1.2 kg. An air unit: the hall's air passes the plates (recuperator), then the heat pump's cold
coil, and leaves; with the outdoor damper shut only what leaks in leaks out.
"""

from typing import Final, NamedTuple

import numpy as np

from sdanlegg.balance.moist_air import AIR_KG_M3, CP, LATENT, ratio, saturated
from sdanlegg.readings import FloatArray

DEEP_MM: Final = 15.0
THAWED_T: Final = 4.0
_OPEN_PCT: Final = 0.5  # a damper that shows less is shut


class Unit(NamedTuple):
    """What an air unit shows: air of the hall and outdoors, supply air, outdoor damper; leak_kg_h leaks in."""

    extract_t: FloatArray
    extract_rh: FloatArray
    outdoor_t: FloatArray
    supply_flow: FloatArray
    damper_pct: FloatArray
    leak_kg_h: FloatArray


def leaving(unit: Unit) -> FloatArray:
    """Air that leaves the hall [kg/h]: outdoor air that comes in through the unit, and what leaks in."""
    share = np.where(unit.damper_pct > _OPEN_PCT, unit.damper_pct, 0.0 * unit.damper_pct) / 100.0
    return AIR_KG_M3 * unit.supply_flow * share + unit.leak_kg_h


def plates(unit: Unit, recovery_pct: FloatArray) -> FloatArray:
    """Water from the plates [kg/h]: the exhaust loses what is recovered of its enthalpy; below its dew point, wet."""
    exhaust = leaving(unit)
    recovered = CP * (exhaust - unit.leak_kg_h) * recovery_pct / 100.0 * (unit.extract_t - unit.outdoor_t)
    inside = ratio(unit.extract_t, unit.extract_rh)
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(exhaust > 0.0, recovered / exhaust, 0.0 * recovered)
    wet_t = saturated(CP * unit.extract_t + LATENT * inside - lost, np.minimum(unit.extract_t, 15.0))
    return exhaust * np.maximum(inside - ratio(wet_t, np.full_like(wet_t, 100.0)), 0.0)


def ventilation(unit: Unit, plates_kg_h: FloatArray, exhaust_t: FloatArray) -> FloatArray:
    """Heat that leaves a hall with its air [kW]: cp m (Te - To) at the exhaust, less what condensing on plates gave."""
    return CP * leaving(unit) * (exhaust_t - unit.outdoor_t) - LATENT * plates_kg_h


def condensing(plates_kg_h: FloatArray, condensate: FloatArray) -> FloatArray:
    """Latent heat on the cold coil [kW]: all condensate [m³/h of water] but what the plates dropped."""
    return LATENT * np.maximum(1000.0 * condensate - plates_kg_h, 0.0)


def vented(unit: Unit, exhaust_t: FloatArray, outdoor_rh: FloatArray, exhaust_rh: FloatArray) -> FloatArray:
    """Vapour that leaves a hall with its air [kg/h]: m (We - Wo); behind plates and coil We is at most exhaust_rh's."""
    inside, outside = ratio(unit.extract_t, unit.extract_rh), ratio(unit.outdoor_t, outdoor_rh)
    exhaust = np.minimum(inside, ratio(exhaust_t, exhaust_rh))
    exhaust = np.where(unit.damper_pct > _OPEN_PCT, exhaust, inside)
    return leaving(unit) * (exhaust - outside)


def bare_m2(
    area_m2: FloatArray, snow: FloatArray, unheated: FloatArray, depth_mm: FloatArray, outdoor_t: FloatArray
) -> FloatArray:
    """Pavement without snow [m²]: less the share with snow, and the unheated share while snow lies in the frost.

    Snow that lies deeper than DEEP_MM under THAWED_T covers what is not heated (engineering estimates; the gauge of
    depth is off by 10 mm).
    """
    return area_m2 * (1.0 - snow - unheated * ((depth_mm > DEEP_MM) & (outdoor_t < THAWED_T)))


def absorbed(irradiance: FloatArray, bare_m2: FloatArray, absorptance: FloatArray) -> FloatArray:
    """Sun that bare pavement takes up [kW]: a A G, G in W/m²."""
    return 0.001 * absorptance * bare_m2 * irradiance


def sky(surface_t: FloatArray, sky_t: FloatArray, bare_m2: FloatArray, w_m2_k: FloatArray) -> FloatArray:
    """Radiation of bare pavement to the sky [kW]: h_r A (Ts - Tsky)."""
    return 0.001 * w_m2_k * bare_m2 * (surface_t - sky_t)


def wind(surface_t: FloatArray, outdoor_t: FloatArray, bare_m2: FloatArray, wind_m_s: FloatArray) -> FloatArray:
    """Heat of bare pavement to the air [kW]: (5.7 + 3.8 v) A (Ts - Ta), McAdams; v at the pavement [m/s]."""
    return 0.001 * bare_m2 * (5.7 + 3.8 * wind_m_s) * (surface_t - outdoor_t)


def pump(speed_pct: FloatArray, nominal_kw: FloatArray, exponent: FloatArray) -> FloatArray:
    """Electricity of a pump [kW] at a share of its nominal speed: by the law of affinity its cube."""
    power: FloatArray = nominal_kw * (np.maximum(speed_pct, 0.0) / 100.0) ** exponent
    return power
