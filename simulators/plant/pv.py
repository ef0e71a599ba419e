"""Solar cells in three places: light on the planes, reflection, cell temperature, losses, inverter.

Light: Perez and others (sun.py). Reflection of glass by angle: Martin and Ruiz, Prog. Photovolt. 13 (2005) 75, a_r
0.16, also for what comes from sky and ground. Cell T = Ta + 0.9 G (1 - 0.165)/U (PVsyst's form; U 29 free, 25 on the
roof, 15 with an insulated back). Pdc = Pdc0 G/1000 (1 + gamma (Tc - 25)), gamma -0.4 %/K. Losses: those of PVWatts v5
(soiling 2, shading 3, mismatch 2, wiring 2, connections 0.5, light-induced 1.5, nameplate 1 %) without its 3 % of
outages, which here are faults, and without snow, which has a model of its own. Inverter curve of PVWatts v5, nominal
0.96. No ageing.

Sizes from the hall's areas of 270 W modules: roof 54 kWp east and west, south wall 31 kWp, bike sheds 4.3 kWp; tilts of
10° are estimates. Snow hides flat modules (outdoors.py) and brightens the ground before the wall: albedo 0.18 bare,
0.55 under snow in a town (estimates).
"""

from collections.abc import Mapping
from math import cos, exp, pi, sin
from typing import Final, NamedTuple

from simulators.plant import sun
from simulators.plant.faults import SOUND, Faults
from simulators.plant.outdoors import Outdoors
from simulators.plant.record import record
from simulators.plant.sun import Light, Vector
from simulators.plant.weather import Weather

KEPT: Final = 0.98 * 0.97 * 0.98 * 0.98 * 0.995 * 0.985 * 0.99
GAMMA: Final = -0.004
HEATING: Final = 0.9 * (1.0 - 0.165)
ALBEDO_BARE, ALBEDO_SNOW = 0.18, 0.55
WHITE_MM: Final = 5.0  # snow [mm of water] that whitens the ground
NOMINAL, REFERENCE = 0.96, 0.9637
REFLECTION: Final = 0.16
_AT_NORMAL: Final = 1.0 - exp(-1.0 / REFLECTION)


class Plane(NamedTuple):
    """Modules of one direction: normal, peak [kWp]; their view of dome, band and ground, also through the glass."""

    normal: Vector
    kwp: float
    dome: float
    band: float
    ground: float
    dome_in: float
    band_in: float
    ground_in: float


class Array(NamedTuple):
    """One inverter's modules: planes, their peak power [kWp], U of the cells [W/m²K], whether snow lies on them."""

    planes: tuple[Plane, ...]
    peak_kw: float
    inverter_kw: float
    u: float
    flat: bool


class Production(NamedTuple):
    """One inverter now: irradiance of its plane [W/m²], module temperature [°C], direct and alternating power [kW]."""

    irradiance: float
    module_t: float
    dc_kw: float
    ac_kw: float


def passed(facing: float) -> float:
    """Share of the light from one direction that the glass lets in, by the cosine of its angle; 1 at right angles."""
    return (1.0 - exp(-facing / REFLECTION)) / _AT_NORMAL


def passed_diffuse(tilt_deg: float) -> tuple[float, float]:
    """Share that the glass lets in of light from the whole sky and from the whole ground."""
    b = tilt_deg * pi / 180.0

    def share(turn: float) -> float:
        return 1.0 - exp(-(4.0 / (3.0 * pi) + (0.5 * REFLECTION - 0.154) * turn) * turn / REFLECTION)

    ground = share(sin(b) + (b - sin(b)) / (1.0 - cos(b))) if b > 0.0 else 0.0
    return share(sin(b) + (pi - b - sin(b)) / (1.0 + cos(b))), ground


def plane(tilt_deg: float, azimuth_deg: float, kwp: float) -> Plane:
    """A plane by its tilt from horizontal and azimuth from north by east [°]."""
    normal, (sky_in, ground_in) = sun.normal(tilt_deg, azimuth_deg), passed_diffuse(tilt_deg)
    dome, band, ground = 0.5 * (1.0 + normal[2]), sin(tilt_deg * pi / 180.0), 0.5 * (1.0 - normal[2])
    return Plane(normal, kwp, dome, band, ground, dome * sky_in, band * sky_in, ground * ground_in)


ROOF: Final = Array((plane(10.0, 90.0, 27.0), plane(10.0, 270.0, 27.0)), 54.0, 50.0, 25.0, True)
WALL: Final = Array((plane(90.0, 180.0, 31.0),), 31.0, 30.0, 15.0, False)
BIKES: Final = Array((plane(10.0, 180.0, 4.3),), 4.3, 4.0, 29.0, True)
ARRAYS: Final = {"roof": ROOF, "wall": WALL, "bikes": BIKES}


def albedo(snow_mm: float) -> float:
    """Of the ground under so much snow [mm of water]."""
    white = snow_mm / WHITE_MM
    return ALBEDO_BARE + (ALBEDO_SNOW - ALBEDO_BARE) * (white if white < 1.0 else 1.0)


def produce(array: Array, lit: Light, outdoor_t: float, kept: float) -> Production:
    """Production in this light; kept: share that snow and dirt leave."""
    beam, dome, band, ground, (east, north, up) = lit
    total = within = 0.0
    for (e, n, u), kwp, view, edge, floor, view_in, edge_in, floor_in in array.planes:
        facing = east * e + north * n + up * u
        diffuse, diffuse_in = dome * view + band * edge, dome * view_in + band * edge_in
        if diffuse < 0.0:
            diffuse = diffuse_in = 0.0
        diffuse += ground * floor
        diffuse_in += ground * floor_in
        if facing > 0.0:
            direct = beam * facing
            diffuse += direct
            diffuse_in += direct * passed(facing)
        total += kwp * diffuse
        within += kwp * diffuse_in
    g = total / array.peak_kw
    module_t = outdoor_t + HEATING * g / array.u
    dc = within * 0.001 * (1.0 + GAMMA * (module_t - 25.0)) * KEPT * kept
    rated = array.inverter_kw / NOMINAL
    dc = dc if dc < rated else rated
    z = dc / rated
    if z < 0.006:
        return record(Production, (g, module_t, 0.0, 0.0))
    return record(Production, (g, module_t, dc, dc * NOMINAL / REFERENCE * (-0.0162 * z - 0.0059 / z + 0.9858)))


def advance(w: Weather, o: Outdoors, faults: Faults = SOUND) -> dict[str, Production]:
    """Production of every array under this weather with snow as it lies."""
    t, sky = w.outdoor_t, w.sky
    if sky.ghi <= 0.0:
        dark = record(Production, (0.0, t, 0.0, 0.0))
        return {"roof": dark, "wall": dark, "bikes": dark}
    lit = sun.light(sky, albedo(o.snow_mm))
    clean, hidden, snow = 1.0 - faults.soiling_pv, o.hidden, faults.snow_on_pv
    bare = clean * (1.0 - (snow if snow > hidden else hidden))
    return {
        "roof": produce(ROOF, lit, t, bare),
        "wall": produce(WALL, lit, t, clean),
        "bikes": produce(BIKES, lit, t, bare),
    }


def flows(made: Mapping[str, Production]) -> dict[str, float]:
    """Alternating power [kW] of the last step."""
    return {f"pv.{name}": p.ac_kw for name, p in made.items()}
