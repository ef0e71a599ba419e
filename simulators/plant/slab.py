"""A square metre of heated pavement: a node at the pipes below a surface without a capacity of its own.

Surface: a G + h_r (T_sky - T_s) + h_c (T_a - T_s) - evaporation = U_s (T_s - T); node: C dT/dt = U_s (T_s - T) - ground
- melting below snow + fluid. Every term is a flow [W/m²] that both sides use, so heat is neither made nor lost at any
step up to 300 s.

- a 0.85 less 15 % of parked cars' shade; h_r 4.8; sky 12 K below the air when clear, 2.4 K when overcast (estimates).
- h_c = 5.7 + 3.8 v, with 0.6 of the wind of the mast at the height of the pavement (logarithmic profile, 1 m : 10 m).
- U_s 17 W/m²K: 70 mm of asphalt of 1.2 W/mK. C 200 kJ/m²K. Ground 1 W/m²K towards 7 °C (estimates).
- Water evaporates by Lewis' relation E = h_c/c_p (W_s - W_a), W_s straight from the air's temperature on.
- Snow covers the surface from 0.5 mm of water on and keeps sun and air from it. A node above 0 °C melts it from below
  by U_s T, 93.3 Wh a kg; air and sun melt it from above as on the ground beside, with heat that never enters the slab.
- Above a film of 0.3 mm water drains. Water that freezes in the film is not followed: neither its heat nor its ice.
"""

from typing import Final, NamedTuple

from simulators.plant.outdoors import thaw_mm_h
from simulators.plant.record import record
from simulators.plant.weather import Weather

ABSORBED: Final = 0.85 * 0.85
SURFACE_W_K: Final = 17.0
SKY_W_K: Final = 4.8
SURFACE_AND_SKY_W_K: Final = SURFACE_W_K + SKY_W_K
GROUND_W_K: Final = 1.0
GROUND_T: Final = 7.0
CAPACITY_WH_K: Final = 200.0 / 3.6
WIND_SHARE: Final = 0.6
COVERED_MM: Final = 0.5
LEAST_COVER: Final = 0.1  # the last flakes
FILM_MM: Final = 0.3
MELT_WH_MM: Final = 93.3
EVAPORATION_WH_MM: Final = 694.0  # 2,500 kJ/kg at 0 °C
LEWIS_MM_H: Final = 3600.0 / 1006.0  # mm/h for each W/m²K and kg/kg
LEWIS_WH_H: Final = LEWIS_MM_H * EVAPORATION_WH_MM


class Slab(NamedTuple):
    """Node and surface [°C], snow and water [mm], flows of the last step: heat [W/m²], water [mm/h].

    Heat: in absorbed and fluid; out sky, air, ground and latent (melting and evaporation). Water: melted (snow to
    water), dried (to the air), drained.
    """

    t: float
    surface_t: float
    snow_mm: float
    wet_mm: float
    absorbed: float
    fluid: float
    sky: float
    air: float
    ground: float
    latent: float
    melted: float
    dried: float
    drained: float


class Sky(NamedTuple):
    """What the weather does to any square metre: see `sky`."""

    absorbed: float
    radiant_t: float
    outdoor_t: float
    convection: float
    pull: float
    moist_w: float
    moist_w_k: float
    snow: float
    rain: float
    thaw: float


def sky(w: Weather) -> Sky:
    """Sun taken up [W/m²], sky and air [°C], h_c [W/m²K], what pulls a dry surface [W/m²]; evaporation at the air's
    temperature [W/m²] and its growth by the surface's [W/m²K]; falling snow and rain, and thaw from above [mm/h].
    """
    t, _, rh, ratio, wind, _, _, precip, _, cloud, light, _ = w
    radiant_t = t - 12.0 * (1.0 - 0.8 * cloud)
    convection = 5.7 + 3.8 * WIND_SHARE * wind
    absorbed = ABSORBED * light.ghi
    saturated = ratio * 100.0 / rh
    latent = LEWIS_WH_H * convection
    snow = w.snow if precip > 0.0 else 0.0
    return record(Sky, (
        absorbed, radiant_t, t, convection, absorbed + SKY_W_K * radiant_t + convection * t,
        latent * (saturated - ratio), latent * saturated * 4098.0 / (t + 237.3) ** 2, snow, precip - snow,
        thaw_mm_h(w),
    ))  # fmt: skip


def _surface(t: float, s: Sky, most: float, free: float) -> tuple[float, float]:
    """Free surface [°C] above a node at t, and what dries from all of it: at most so much [mm/h], never less than 0."""
    _, _, outdoor_t, convection, dry_pull, moist_w, moist_w_k, _, _, _ = s
    stiffness = SURFACE_AND_SKY_W_K + convection
    pull = SURFACE_W_K * t + dry_pull
    if most <= 0.0 or free <= 0.0:
        return pull / stiffness, 0.0
    moist_t = (pull - moist_w + moist_w_k * outdoor_t) / (stiffness + moist_w_k)
    dried = free * (moist_w + moist_w_k * (moist_t - outdoor_t)) / EVAPORATION_WH_MM
    dried = dried if 0.0 < dried < most else most if dried > 0.0 else 0.0
    return (pull - dried * EVAPORATION_WH_MM / free) / stiffness, dried


def advance(slab: Slab, s: Sky, fluid: float, dt_s: float) -> Slab:
    """One step under s with heat [W/m²] from the fluid, negative if it takes heat."""
    dt_h = dt_s / 3600.0
    t, _, snow_mm, wet_mm = slab[:4]
    sun, radiant_t, outdoor_t, convection, _, _, _, snow, rain, thaw = s
    fallen = snow_mm + snow * dt_h
    free = 1.0
    left = melting = melted = below = 0.0
    if fallen > 0.0:
        cover = 0.5 * (snow_mm + fallen) / COVERED_MM
        free -= cover if LEAST_COVER < cover < 1.0 else 1.0 if cover > LEAST_COVER else LEAST_COVER
        below = SURFACE_W_K * t * (1.0 - free) / MELT_WH_MM if t > 0.0 else 0.0
        at_most = fallen / dt_h
        below = below if below < at_most else at_most
        melted = below + thaw
        melted = melted if melted < at_most else at_most
        melting = below * MELT_WH_MM
        left = fallen - melted * dt_h if melted < at_most else 0.0
    water = wet_mm + (melted + rain) * dt_h
    surface_t, dried = _surface(t, s, water / dt_h, free)
    evaporating = dried * EVAPORATION_WH_MM
    water -= dried * dt_h
    drained = (water - FILM_MM) / dt_h if water > FILM_MM else 0.0
    absorbed = free * sun
    to_sky = free * SKY_W_K * (surface_t - radiant_t)
    to_air = free * convection * (surface_t - outdoor_t)
    ground = GROUND_W_K * (t - GROUND_T)
    latent = melting + evaporating
    return record(Slab, (
        t + (absorbed + fluid - to_sky - to_air - ground - latent) * dt_h / CAPACITY_WH_K,
        surface_t if free > 0.5 else t if t < 0.0 else 0.0,
        left, water - drained * dt_h, absorbed, fluid, to_sky, to_air, ground, latent, melted,
        dried, drained,
    ))  # fmt: skip
