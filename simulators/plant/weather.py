"""A synthetic Asker: weather as a function of seed and time.

Normals: mean 7.0 °C, half-range 10.5 K, coldest in mid-January, daily range 2 K in winter and 9 K in summer
(engineering estimates after the 1991-2020 normal of Oslo); 763 mm a year (Blindern); wind and pressure estimates.
"""

from dataclasses import dataclass
from math import cos, pi

from simulators.plant.chance import smooth
from simulators.plant.moist_air import dew_point, humidity_ratio
from simulators.plant.sun import Irradiance, irradiance, sun_vector

DAY_S = 86400.0
YEAR_S = 365.2425 * DAY_S
RAIN, SLEET, SNOW = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Weather:
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


def season(t_s: float, coldest_day: float) -> float:
    """Cosine of the year, 1 on the coldest day (days after 1 January), -1 half a year later."""
    return cos(2.0 * pi * (t_s / YEAR_S - coldest_day / 365.2425))


def weather_at(t_s: float, latitude: float, longitude: float, seed: int) -> Weather:
    """Weather of a place [°N, °E] at t_s [s since 1970 UTC]."""
    winter = season(t_s, 17.0)
    cloud = 0.70 + 0.60 * smooth(seed, 1, t_s, 1.4 * DAY_S) + 0.22 * smooth(seed, 2, t_s, 2400.0)
    cloud = min(1.0, max(0.0, cloud))
    solar_hour = (t_s / 3600.0 + longitude / 15.0) % 24.0
    day_swing = (2.75 - 1.75 * winter) * (1.25 - 0.5 * cloud) * cos(2.0 * pi * (solar_hour - 15.0) / 24.0)
    drift = (1.0 + 0.3 * winter) * (6.0 * smooth(seed, 3, t_s, 4.5 * DAY_S) + 2.2 * smooth(seed, 4, t_s, 1.3 * DAY_S))
    # Clear winter nights are colder, clear summer days warmer.
    outdoor_t = 7.0 - 10.5 * winter + day_swing + drift - 3.0 * winter * (0.6 - cloud)
    wet = 0.65 * smooth(seed, 5, t_s, 9.0 * 3600.0) + 0.35 * smooth(seed, 6, t_s, 2400.0) + 0.9 * (cloud - 0.75)
    precip = max(0.0, wet - 0.45) * 3.3
    kind = 0
    if precip > 0.0:
        kind = SNOW if outdoor_t < 0.3 else SLEET if outdoor_t < 2.0 else RAIN
    rh = 70.0 + 22.0 * (cloud - 0.4) - 3.2 * day_swing + 6.0 * winter + (10.0 if kind else 0.0)
    rh = min(100.0, max(28.0, rh))
    return Weather(
        outdoor_t=outdoor_t,
        dew_t=dew_point(outdoor_t, rh),
        rh=rh,
        ratio=humidity_ratio(outdoor_t, rh),
        wind=max(0.1, 2.9 + 2.4 * smooth(seed, 7, t_s, 6.0 * 3600.0) + 0.9 * smooth(seed, 8, t_s, 300.0)),
        wind_dir=(190.0 + 130.0 * smooth(seed, 9, t_s, 10.0 * 3600.0)) % 360.0,
        air_p=1.006 + 0.024 * smooth(seed, 10, t_s, 3.0 * DAY_S),
        precip=precip,
        precip_type=kind,
        cloud=cloud,
        sky=irradiance(sun_vector(t_s, latitude, longitude), cloud),
        cold_water_t=9.0 - 2.3 * season(t_s, 50.0),
    )
