"""Rules of the closed hall: what should be up, off, shut or slow when nobody is there.

Each takes a View and gives a Signal (K,); NaN in a point it needs: not active. Evaporation by ASHRAE, 0.144 A (pw - pa)
Fa [kg/h, m², kPa]; saturation by Buck; 0.68 kWh is the latent heat of a kilogram.
"""

from typing import Final

import numpy as np

from sdanlegg.balance.findings.view import Signal, View
from sdanlegg.readings import FloatArray

LATENT_KWH_KG: Final = 0.68
WATER_KWH_M3_K: Final = 1.163


def saturation_kpa(t: FloatArray) -> FloatArray:
    """Saturation pressure [kPa] of water at t [°C] (Buck)."""
    return np.asarray(0.61121 * np.exp((18.678 - t / 234.5) * t / (257.14 + t)))


def evaporation_kg_h(view: View, area_m2: float, factor: FloatArray | float) -> FloatArray:
    """Vapour (K,) from open water of area_m2 into the air of a hall: roles water_t, air_t, air_rh."""
    vapour = view.mean("air_rh") / 100.0 * saturation_kpa(view.mean("air_t"))
    drive = saturation_kpa(view.mean("water_t")) - vapour
    return np.asarray(0.144 * area_m2 * factor * np.maximum(drive, 0.0))


def floor_down(view: View) -> Signal:
    """A movable floor is not raised though the hall has long been closed."""
    depth = view.mean("depth")
    active = view.settled() & (depth > view.limit("raised_mm"))
    kept = evaporation_kg_h(view, view.limit("floor_m2"), view.limit("activity")) * view.limit("kept_share")
    heat = LATENT_KWH_KG * kept * view.hours.length_h
    expected = np.full(len(depth), view.limit("raised_mm"))
    return Signal(active, depth, expected, "mm", heat=heat, water=kept * view.hours.length_h / 1000.0)


def power_on(view: View) -> Signal:
    """Something that should rest draws power: more than most_kw, where rest_kw is usual."""
    power = view.mean("power")
    active = view.settled() & (power > view.limit("most_kw"))
    expected = np.full(len(power), view.limit("rest_kw"))
    return Signal(active, power, expected, "kW", electricity=(power - expected) * view.hours.length_h)


def air_by_day(view: View) -> Signal:
    """An air unit moves more than its night's air; fans by the affinity law, power with the cube of the flow."""
    flow, expected = view.mean("flow"), np.full(len(view.hours.length_h), view.limit("night_m3_h"))
    active = view.settled() & (flow > (1.0 + view.limit("above")) * expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        spare = 1.0 - np.minimum(1.0, expected / flow) ** 3
    return Signal(active, flow, expected, "m³/h", electricity=view.mean("fan_kw") * spare * view.hours.length_h)


def water_runs(view: View) -> Signal:
    """Warm water runs though nobody is there; the cold that is mixed with it by the temperatures of the mixed water."""
    flow, hot, cold = view.mean("hot_flow"), view.mean("hot_t"), view.mean("cold_t")
    expected = np.full(len(flow), view.limit("rest_m3_h"))
    active = view.settled() & (flow > view.limit("most_m3_h"))
    warm = (flow - expected) * view.hours.length_h
    with np.errstate(divide="ignore", invalid="ignore"):
        mixed = warm * (hot - cold) / (view.limit("mixed_t") - cold)
    return Signal(active, flow, expected, "m³/h", heat=WATER_KWH_M3_K * warm * (hot - cold), water=mixed)
