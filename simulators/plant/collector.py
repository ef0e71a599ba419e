"""Pavement collector of 650 m²: charges the wells with the sun on the asphalt, melts snow with heat from the header.

Slab node (engineering estimates): C dT/dt = a G + h_r (T_sky - T) + h_c (T_a - T) + ground - U_f (T - T_f) + melting
heat - snow. a 0.85, h_r 4.8, h_c 5.7 + 3.8 v, U_f 8 W/m²K, C 200 kJ/m²K; snow takes 93 W/m² per mm/h.
"""

from math import exp
from typing import Final, NamedTuple

from simulators.plant.setpoints import SLAB_AUTO, SLAB_CHARGE, SLAB_MELT, CollectorSetpoints
from simulators.plant.weather import Weather
from simulators.plant.wells import BRINE_KWH_PER_M3_K

AREA_M2: Final = 650.0
CAPACITY_KWH_K: Final = AREA_M2 * 200.0 / 3600.0
FLUID_KW_K: Final = AREA_M2 * 0.008
ABSORBED: Final = 0.85
FLOW_M3_H: Final = 20.0
PUMP_KW: Final = 1.6
MELT_KWH_M2_MM: Final = 0.0933
MELT_GAIN_KW_K: Final = 30.0
STOP_DT: Final = 4.0
MODE_OFF, MODE_CHARGE, MODE_MELT = 0, 2, 3


class Collector(NamedTuple):
    """Slab and surface [°C], snow and water on it [mm], the circuit's temperatures, flow [m³/h] and heat [kW] now."""

    slab_t: float
    surface_t: float
    snow_mm: float
    wet_mm: float
    mode: int
    fluid_in_t: float
    fluid_out_t: float
    flow: float
    solar_kw: float
    melt_kw: float
    pump_kw: float
    pump_run_h: float


def _charging(c: Collector, sp: CollectorSetpoints, source_t: float, max_t: float, flow_share: float) -> float:
    """Heat [kW] that the circuit brings to the wells' brine at source_t, 0 if it should rest."""
    if sp.mode_sp not in {SLAB_AUTO, SLAB_CHARGE}:
        return 0.0
    threshold = STOP_DT if c.mode == MODE_CHARGE else sp.start_dt_sp
    if c.slab_t - source_t < threshold:
        return 0.0
    stream = BRINE_KWH_PER_M3_K * FLOW_M3_H * flow_share
    heat = FLUID_KW_K * (c.slab_t - source_t) / (1.0 + FLUID_KW_K / (2.0 * stream))
    return max(0.0, min(heat, stream * (max_t - source_t)))


def _melting(c: Collector, sp: CollectorSetpoints, w: Weather, available: float) -> float:
    """Heat [kW] from the header to the slab, 0 if there is nothing to melt or it is too cold or warm."""
    if sp.mode_sp not in {SLAB_AUTO, SLAB_MELT} or not -12.0 < w.outdoor_t < 2.5:
        return 0.0
    if c.snow_mm < 0.05 and not (w.snow > 0.0 and w.precip > 0.2):
        return 0.0
    return available * min(sp.max_power_sp, max(0.0, MELT_GAIN_KW_K * (sp.melt_t_sp + 0.5 - c.slab_t)))


def _snow(c: Collector, w: Weather, dt_h: float) -> tuple[float, float, float]:
    """Snow [mm] and water [mm] left on the slab, and the heat [kW] that melting took."""
    snow, wet = c.snow_mm + w.snow * dt_h, c.wet_mm + w.rain * dt_h
    melted = min(snow, max(0.0, 10.0 * c.slab_t / 93.3) * dt_h)
    dried = (0.05 + 0.0004 * w.sky.ghi + 0.02 * max(0.0, c.slab_t)) * dt_h
    wet = min(2.0, max(0.0, wet + melted - dried))
    return snow - melted, wet, melted * MELT_KWH_M2_MM * AREA_M2 / dt_h


def advance(
    c: Collector, sp: CollectorSetpoints, w: Weather, wells: tuple[float, float, float], available: float, dt_s: float
) -> Collector:
    """One step; wells is (brine temperature [°C], highest charging temperature [°C], pump share 0-1)."""
    dt_h = dt_s / 3600.0
    source_t, max_t, share = wells
    melt = _melting(c, sp, w, available)
    solar = 0.0 if melt > 0.0 else _charging(c, sp, source_t, max_t, share)
    snow, wet, latent = _snow(c, w, dt_h)
    absorbed = (0.3 if snow > 1.0 else ABSORBED) * w.sky.ghi
    sky_t = w.outdoor_t - 12.0 * (1.0 - 0.8 * w.cloud)
    wind_h = 5.7 + 3.8 * w.wind
    air = absorbed + 4.8 * (sky_t - c.slab_t) + wind_h * (w.outdoor_t - c.slab_t) + 1.5 * (6.0 - c.slab_t)
    net = AREA_M2 * air / 1000.0 + melt - solar - latent
    slab_t = c.slab_t + net * dt_h / CAPACITY_KWH_K
    flow = FLOW_M3_H * (share if solar > 0.0 else 1.0 if melt > 0.0 else 0.0)
    fluid_in, fluid_out = _fluid(c, slab_t, source_t, solar, melt, flow, dt_s)
    return Collector(
        slab_t=slab_t,
        surface_t=slab_t + (absorbed * 0.02 + 0.15 * (w.outdoor_t - slab_t) if snow < 0.5 else -0.3 * max(0.0, slab_t)),
        snow_mm=snow,
        wet_mm=wet,
        mode=MODE_CHARGE if solar > 0.0 else MODE_MELT if melt > 0.0 else MODE_OFF,
        fluid_in_t=fluid_in,
        fluid_out_t=fluid_out,
        flow=flow,
        solar_kw=solar,
        melt_kw=melt,
        pump_kw=PUMP_KW * (flow / FLOW_M3_H) ** 3,
        pump_run_h=c.pump_run_h + (dt_h if flow > 0.0 else 0.0),
    )


def _fluid(
    c: Collector, slab_t: float, source_t: float, solar: float, melt: float, flow: float, dt_s: float
) -> tuple[float, float]:
    """Temperatures [°C] of the circuit into and out of the slab."""
    if solar > 0.0:
        return source_t, source_t + solar / (BRINE_KWH_PER_M3_K * flow)
    if melt > 0.0:
        mean = slab_t + melt / FLUID_KW_K
        half = 0.5 * melt / (BRINE_KWH_PER_M3_K * flow)
        return mean + half, mean - half
    drift = 1.0 - exp(-dt_s / 3600.0)
    return c.fluid_in_t + (slab_t - c.fluid_in_t) * drift, c.fluid_out_t + (slab_t - c.fluid_out_t) * drift
