"""The weather at an instant, from any source: the sun above the hall, a sky, and what follows from both."""

from collections.abc import Sequence
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
    light = ghi.tolist(), dni.tolist(), np.maximum(ghi - dni * up, 0.0).tolist()
    skies = map(
        Irradiance, *light, zip(*(axis.tolist() for axis in sun), strict=True), extraterrestrial(times).tolist()
    )
    return _moist(points, spans[:, PRECIP], list(skies), _cold_water_t(times))


def weather_at(t_s: float, latitude: float, longitude: float, source: Source) -> Weather:
    """Weather of a place [°N, °E] at t_s [s since 1970 UTC]."""
    return weather_over((t_s,), latitude, longitude, source)[0]


def _cold_water_t(t_s: FloatArray) -> FloatArray:
    """Mains water [°C]: 9 ± 2.3, coldest on 20 February."""
    return 9.0 - 2.3 * np.cos(2.0 * np.pi * (t_s / YEAR_S - 50.0 / 365.2425))


def _moist(points: FloatArray, precip: FloatArray, skies: list[Irradiance], cold_water_t: FloatArray) -> list[Weather]:
    """Weather of sampled points (outdoor and dew temperature, wind and its direction, pressure, cloud) and the rest."""
    outdoor_t, dew_t = points[:, 0].tolist(), np.minimum(points[:, 0], points[:, 1]).tolist()
    wind, wind_dir, air_p, cloud = points[:, 2:6].T.tolist()
    rh = [min(100.0, 100.0 * saturation_kpa(d) / saturation_kpa(t)) for d, t in zip(dew_t, outdoor_t, strict=True)]
    warm = np.where(points[:, 0] < 0.3, SNOW, np.where(points[:, 0] < 2.0, SLEET, RAIN))
    kind = np.where(precip > 0.0, warm, 0).tolist()
    ratio = map(humidity_ratio, outdoor_t, rh)
    return list(
        map(Weather, outdoor_t, dew_t, rh, ratio, wind, wind_dir, air_p, precip.tolist(), kind, cloud, skies,
            cold_water_t.tolist())
    )  # fmt: skip
