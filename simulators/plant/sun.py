"""Where the sun is, what a clear sky gives, and what falls on a plane.

Low-precision solar coordinates (US Naval Observatory, 0.01°), clear sky by Ineichen and Perez (2002) at sea level.
Arrays of one shape in, arrays of that shape out.
"""

from math import asin, cos, degrees, pi, sin
from typing import Final, NamedTuple

import numpy as np

from simulators.plant.chance import FloatArray

J2000_S: Final = 946_728_000.0  # 2000-01-01 12:00 UTC
SOLAR_CONSTANT: Final = 1361.0
Vector = tuple[float, float, float]
Vectors = tuple[FloatArray, FloatArray, FloatArray]


class Irradiance(NamedTuple):
    """Irradiance [W/m²]: global horizontal, direct normal, diffuse horizontal; and the unit vector to the sun."""

    ghi: float
    dni: float
    dhi: float
    sun: Vector


def _anomaly(t_s: FloatArray) -> FloatArray:
    return np.radians(357.529 + 0.98560028 * (t_s - J2000_S) / 86400.0)


def sun_vectors(t_s: FloatArray, latitude: float, longitude: float) -> Vectors:
    """Unit vectors (east, north, up) from a place [°N, °E] to the sun at t_s [s since 1970 UTC]; no refraction."""
    days = (t_s - J2000_S) / 86400.0
    anomaly = _anomaly(t_s)
    ecliptic = np.radians(280.459 + 0.98564736 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2.0 * anomaly))
    tilt = np.radians(23.439)
    declination = np.arcsin(np.sin(tilt) * np.sin(ecliptic))
    ascension = np.arctan2(np.cos(tilt) * np.sin(ecliptic), np.cos(ecliptic))
    sidereal = (18.697374558 + 24.06570982441908 * days) % 24.0 * 15.0
    hour = np.radians(sidereal + longitude) - ascension
    lat = np.radians(latitude)
    return (
        -np.cos(declination) * np.sin(hour),
        np.cos(lat) * np.sin(declination) - np.sin(lat) * np.cos(declination) * np.cos(hour),
        np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(hour),
    )


def extraterrestrial(t_s: FloatArray) -> FloatArray:
    """Normal irradiance [W/m²] outside the atmosphere at t_s [s since 1970 UTC], by the distance to the sun (USNO)."""
    anomaly = _anomaly(t_s)
    distance = 1.00014 - 0.01671 * np.cos(anomaly) - 0.00014 * np.cos(2.0 * anomaly)
    return SOLAR_CONSTANT / distance**2


def clear_sky(up: FloatArray, outside: FloatArray, turbidity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Global horizontal and direct normal irradiance [W/m²] of a clear sky at sea level.

    up is the sine of the sun's height, outside the extraterrestrial irradiance [W/m²], turbidity Linke's at air mass 2.
    0 when the sun is down. Sources: Ineichen and Perez, Solar Energy 73 (2002) 151; air mass by Kasten and Young
    (1989).
    """
    risen = up > 0.0
    sine = np.where(risen, up, 1.0)
    height = np.degrees(np.arcsin(np.minimum(sine, 1.0)))
    air_mass = 1.0 / (sine + 0.50572 * (height + 6.07995) ** -1.6364)
    ghi = 0.868 * outside * sine * np.exp(-0.0387 * air_mass * turbidity)
    beam = 0.827 * outside * np.exp(-0.09 * air_mass * (turbidity - 1.0))
    # At a low sun the relation above would give more direct than global light.
    share = (1.0 - (0.1 - 0.2 * np.exp(-turbidity)) / (0.1 + 0.882)) / sine
    dni = np.minimum(beam, ghi * np.maximum(share, 0.0))
    return np.where(risen, ghi, 0.0), np.where(risen, dni, 0.0)


def elevation(sun: Vector) -> float:
    """Height of the sun above the horizon [°]."""
    return degrees(asin(max(-1.0, min(1.0, sun[2]))))


def normal(tilt_deg: float, azimuth_deg: float) -> Vector:
    """Unit normal of a plane: tilt from horizontal, azimuth from north by east [°]."""
    tilt, azimuth = tilt_deg * pi / 180.0, azimuth_deg * pi / 180.0
    return (sin(tilt) * sin(azimuth), sin(tilt) * cos(azimuth), cos(tilt))


def on_plane(sky: Irradiance, plane: Vector, albedo: float) -> float:
    """Irradiance [W/m²] on a plane: direct, isotropic diffuse (Liu and Jordan 1963) and reflected from the ground."""
    sun = sky.sun
    facing = sun[0] * plane[0] + sun[1] * plane[1] + sun[2] * plane[2]
    return sky.dni * max(0.0, facing) + sky.dhi * 0.5 * (1.0 + plane[2]) + sky.ghi * albedo * 0.5 * (1.0 - plane[2])
