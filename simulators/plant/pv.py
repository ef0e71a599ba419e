"""Solar cells in three places: plane irradiance, cell temperature, losses, inverter.

Pdc = Pdc0 G/1000 (1 + gamma (Tc - 25)), gamma -0.4 %/K; system losses 14 % (PVWatts); inverter curve of PVWatts v5
(nominal 0.96, reference 0.9637); cell T = Ta + 0.9 G/U (U 29 free, 15 insulated back; PVsyst's form). Sizes from the
hall's areas: roof 54 kWp east and west at 10°, south wall 31 kWp, bike sheds 4.3 kWp. Snow hides flat modules.
"""

from typing import Final, NamedTuple

from simulators.plant.sun import Vector, normal, on_plane
from simulators.plant.weather import Weather

LOSS: Final = 0.86
GAMMA: Final = -0.004
ALBEDO_BARE, ALBEDO_SNOW = 0.18, 0.55


class Array(NamedTuple):
    """One inverter's modules: planes with their peak power [kWp], cell U [W/m²K], whether snow lies on them."""

    planes: tuple[tuple[Vector, float], ...]
    inverter_kw: float
    u: float
    flat: bool


ROOF: Final = Array(((normal(10.0, 90.0), 27.0), (normal(10.0, 270.0), 27.0)), 50.0, 25.0, True)
WALL: Final = Array(((normal(90.0, 180.0), 31.0),), 30.0, 15.0, False)
BIKES: Final = Array(((normal(10.0, 180.0), 4.3),), 4.0, 29.0, True)
ARRAYS: Final = {"roof": ROOF, "wall": WALL, "bikes": BIKES}


class Production(NamedTuple):
    """One inverter now: irradiance of its plane [W/m²], module temperature [°C], direct and alternating power [kW]."""

    irradiance: float
    module_t: float
    dc_kw: float
    ac_kw: float


def _ac(dc_kw: float, array: Array) -> float:
    rated = array.inverter_kw / 0.96
    z = dc_kw / rated
    if z < 0.005:
        return 0.0
    efficiency = 0.96 / 0.9637 * (-0.0162 * z - 0.0059 / z + 0.9858)
    return min(array.inverter_kw, max(0.0, dc_kw * efficiency))


def produce(array: Array, w: Weather, snow_mm: float) -> Production:
    """Production under this weather with this much snow [mm water] lying on flat ground."""
    albedo = ALBEDO_SNOW if snow_mm > 2.0 else ALBEDO_BARE
    peak = sum(kwp for _, kwp in array.planes)
    g = sum(on_plane(w.sky, plane, albedo) * kwp for plane, kwp in array.planes) / peak
    module_t = w.outdoor_t + 0.9 * g / array.u
    cover = min(1.0, snow_mm / 4.0) if array.flat else 0.0
    dc = peak * g / 1000.0 * (1.0 + GAMMA * (module_t - 25.0)) * LOSS * (1.0 - cover)
    ac = _ac(max(0.0, dc), array)
    return Production(g, module_t, dc if ac > 0.0 else 0.0, ac)
