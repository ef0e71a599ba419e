"""Where the sun is, and what it gives a plane. Low-precision solar coordinates (US Naval Observatory, 0.01°)."""

from dataclasses import dataclass
from math import asin, atan2, cos, degrees, exp, pi, radians, sin

J2000_S = 946_728_000.0  # 2000-01-01 12:00 UTC
SOLAR_CONSTANT = 1361.0
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Irradiance:
    """Irradiance [W/m²]: global horizontal, direct normal, diffuse horizontal; and the unit vector to the sun."""

    ghi: float
    dni: float
    dhi: float
    sun: Vector


def sun_vector(t_s: float, latitude: float, longitude: float) -> Vector:
    """Unit vector (east, north, up) from a place [°N, °E] to the sun at t_s [s since 1970 UTC]."""
    days = (t_s - J2000_S) / 86400.0
    anomaly = radians(357.529 + 0.98560028 * days)
    ecliptic = radians(280.459 + 0.98564736 * days + 1.915 * sin(anomaly) + 0.020 * sin(2.0 * anomaly))
    tilt = radians(23.439)
    declination = asin(sin(tilt) * sin(ecliptic))
    ascension = atan2(cos(tilt) * sin(ecliptic), cos(ecliptic))
    hour = radians((18.697374558 + 24.06570982441908 * days) % 24.0 * 15.0 + longitude) - ascension
    lat = radians(latitude)
    return (
        -cos(declination) * sin(hour),
        cos(lat) * sin(declination) - sin(lat) * cos(declination) * cos(hour),
        sin(lat) * sin(declination) + cos(lat) * cos(declination) * cos(hour),
    )


def elevation(sun: Vector) -> float:
    """Height of the sun above the horizon [°]."""
    return degrees(asin(max(-1.0, min(1.0, sun[2]))))


def irradiance(sun: Vector, cloud: float) -> Irradiance:
    """Irradiance under a sky with the given cloud cover [0, 1].

    Clear sky by Haurwitz (1945), clouds by Kasten and Czeplak (1980), diffuse share by Erbs (1982).
    """
    up = sun[2]
    if up <= 0.01:
        return Irradiance(0.0, 0.0, 0.0, sun)
    ghi = 1098.0 * up * exp(-0.057 / up) * (1.0 - 0.75 * cloud**3.4)
    kt = ghi / (SOLAR_CONSTANT * up)
    if kt <= 0.22:
        share = 1.0 - 0.09 * kt
    elif kt <= 0.8:
        share = 0.9511 + kt * (-0.1604 + kt * (4.388 + kt * (-16.638 + kt * 12.336)))
    else:
        share = 0.165
    # A low sun gives little direct light through cloud: the share keeps DNI finite at the horizon.
    dni = min(950.0, ghi * (1.0 - share) / max(up, 0.05))
    return Irradiance(ghi, dni, ghi - dni * up, sun)


def normal(tilt_deg: float, azimuth_deg: float) -> Vector:
    """Unit normal of a plane: tilt from horizontal, azimuth from north by east [°]."""
    tilt, azimuth = tilt_deg * pi / 180.0, azimuth_deg * pi / 180.0
    return (sin(tilt) * sin(azimuth), sin(tilt) * cos(azimuth), cos(tilt))


def on_plane(sky: Irradiance, plane: Vector, albedo: float) -> float:
    """Irradiance [W/m²] on a plane: direct, isotropic diffuse (Liu and Jordan 1963) and reflected from the ground."""
    sun = sky.sun
    facing = sun[0] * plane[0] + sun[1] * plane[1] + sun[2] * plane[2]
    return sky.dni * max(0.0, facing) + sky.dhi * 0.5 * (1.0 + plane[2]) + sky.ghi * albedo * 0.5 * (1.0 - plane[2])
