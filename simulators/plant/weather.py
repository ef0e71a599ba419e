"""The weather at an instant, from any source: the sun above the hall, a sky, and what follows from both."""

from collections.abc import Sequence
from math import cos, pi
from typing import Final, NamedTuple

import numpy as np

from simulators.plant.chance import FloatArray
from simulators.plant.moist_air import humidity_ratio, saturation_kpa
from simulators.plant.sun import Irradiance, Vectors, clear_sky, extraterrestrial, sun_vectors
from simulators.plant.weather_block import DIRECT, FLAT, GLOBAL, PRECIP, Source, read
from simulators.plant.weather_synthetic import YEAR_S, by_month

RAIN, SLEET, SNOW = 1, 2, 3
# Linke turbidity by month from January at the hall (SoDa's world map, Remund and others 2003, as pvlib tabulates it).
TURBIDITY: Final = (2.55, 2.85, 3.00, 3.25, 3.60, 3.60, 3.95, 4.10, 3.90, 3.25, 3.00, 2.05)


class Weather(NamedTuple):
    """Outdoors now: °C, % RH, kg/kg, m/s, °, bar, mm/h (water), W/m²; cold_water_t is the mains [°C]."""

    outdoor_t: float
    dew_t: float
    rh: float
    ratio: float
    wind: float
    wind_dir: float
    air_p: float
    precip: float
    precip_type: int
    cloud: float
    sky: Irradiance
    cold_water_t: float

    @property
    def snow(self) -> float:
        """Part of the precipitation that lies as snow [mm/h of water]; sleet is half snow."""
        return self.precip * (1.0 if self.precip_type == SNOW else 0.5 if self.precip_type == SLEET else 0.0)

    @property
    def rain(self) -> float:
        """Part of the precipitation that runs off [mm/h]."""
        return self.precip - self.snow


def clear_sky_at(t_s: FloatArray, latitude: float, longitude: float) -> tuple[Vectors, FloatArray, FloatArray]:
    """Vectors to the sun, and global horizontal and direct normal irradiance [W/m²] if the sky were clear."""
    sun = sun_vectors(t_s, latitude, longitude)
    ghi, dni = clear_sky(sun[2], extraterrestrial(t_s), by_month(t_s, np.array(TURBIDITY)))
    return sun, ghi, dni


def weather_over(t_s: Sequence[float] | FloatArray, latitude: float, longitude: float, source: Source) -> list[Weather]:
    """Weather of a place [°N, °E] at each of the instants t_s [s since 1970 UTC]."""
    times = np.asarray(t_s, np.float64)
    points, spans = read(source, times)
    sun, clear_ghi, clear_dni = clear_sky_at(times, latitude, longitude)
    up = np.maximum(sun[2], 0.0)
    ghi = spans[:, GLOBAL] * clear_ghi + spans[:, FLAT]
    # What is direct cannot be more than all.
    dni = np.where(up > 0.0, np.minimum(spans[:, DIRECT] * clear_dni, ghi / np.maximum(up, 1e-9)), 0.0)
    light = ghi.tolist(), dni.tolist(), (ghi - dni * up).tolist(), extraterrestrial(times).tolist()
    skies = zip(*light, *(axis.tolist() for axis in sun), strict=True)
    rows = zip(times.tolist(), points.tolist(), spans[:, PRECIP].tolist(), skies, strict=True)
    return [
        _weather(t, point, fall, Irradiance(g, n, max(d, 0.0), (e, s, u), o))
        for t, point, fall, (g, n, d, o, e, s, u) in rows
    ]


def weather_at(t_s: float, latitude: float, longitude: float, source: Source) -> Weather:
    """Weather of a place [°N, °E] at t_s [s since 1970 UTC]."""
    return weather_over((t_s,), latitude, longitude, source)[0]


def _weather(t_s: float, point: list[float], precip: float, sky: Irradiance) -> Weather:
    outdoor_t, dew_t, wind, wind_dir, air_p, cloud = point
    dew_t = min(outdoor_t, dew_t)
    rh = min(100.0, 100.0 * saturation_kpa(dew_t) / saturation_kpa(outdoor_t))
    kind = 0
    if precip > 0.0:
        kind = SNOW if outdoor_t < 0.3 else SLEET if outdoor_t < 2.0 else RAIN
    return Weather(
        outdoor_t=outdoor_t,
        dew_t=dew_t,
        rh=rh,
        ratio=humidity_ratio(outdoor_t, rh),
        wind=wind,
        wind_dir=wind_dir,
        air_p=air_p,
        precip=precip,
        precip_type=kind,
        cloud=cloud,
        sky=sky,
        cold_water_t=9.0 - 2.3 * cos(2.0 * pi * (t_s / YEAR_S - 50.0 / 365.2425)),
    )
