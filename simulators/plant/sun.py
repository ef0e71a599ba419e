"""Where the sun is, what a clear sky gives, and what falls on a plane.

Low-precision solar coordinates (US Naval Observatory, 0.01°), clear sky by Ineichen and Perez (2002) at sea level:
arrays of one shape in, arrays of that shape out. The sky's light on planes by Perez and others, Solar Energy 44 (1990)
271: a dome, a brighter part around the sun and a band at the horizon.
"""

from bisect import bisect
from math import acos, asin, cos, degrees, pi, sin, sqrt
from typing import Final, NamedTuple

import numpy as np

from simulators.plant.chance import FloatArray
from simulators.plant.record import record

J2000_S: Final = 946_728_000.0  # 2000-01-01 12:00 UTC
SOLAR_CONSTANT: Final = 1361.0
Vector = tuple[float, float, float]
Vectors = tuple[FloatArray, FloatArray, FloatArray]


# Perez and others (1990), all sites: above each clearness of the sky, F1 and F2 = a + b brightness + c zenith [rad].
_CLEARNESS: Final = (1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2)
_SKIES: Final = (
    (-0.008, 0.588, -0.062, -0.060, 0.072, -0.022),
    (0.130, 0.683, -0.151, -0.019, 0.066, -0.029),
    (0.330, 0.487, -0.221, 0.055, -0.064, -0.026),
    (0.568, 0.187, -0.295, 0.109, -0.152, -0.014),
    (0.873, -0.392, -0.362, 0.226, -0.462, 0.001),
    (1.132, -1.237, -0.412, 0.288, -0.823, 0.056),
    (1.060, -1.600, -0.359, 0.264, -1.127, 0.131),
    (0.678, -0.327, -0.250, 0.156, -1.377, 0.251),
)
_LOWEST: Final = 0.08715574274765814  # sine of 5°: lower, the part around the sun grows no more


class Irradiance(NamedTuple):
    """Irradiance [W/m²]: global horizontal, direct normal, diffuse horizontal; and the unit vector to the sun.

    outside: normal irradiance outside the atmosphere [W/m²].
    """

    ghi: float
    dni: float
    dhi: float
    sun: Vector
    outside: float = SOLAR_CONSTANT


class Light(NamedTuple):
    """What falls on planes [W/m²]: from the sun and the sky around it on a plane that faces it, from the sky's dome and
    the band at the horizon, from the ground; and the vector to the sun.
    """

    beam: float
    dome: float
    band: float
    ground: float
    sun: Vector


DARK: Final = Light(0.0, 0.0, 0.0, 0.0, (0.0, 0.0, -1.0))


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


def light(sky: Irradiance, albedo: float) -> Light:
    """Light of a sky above ground of an albedo; with the sun below the horizon the dome is even."""
    ghi, dni, dhi, sun, outside = sky
    up = sun[2]
    if up <= 0.0 or dhi <= 0.0:
        return Light(dni if up > 0.0 else 0.0, dhi, 0.0, ghi * albedo, sun) if ghi > 0.0 else DARK
    zenith = acos(up) if up < 1.0 else 0.0
    cubed = 1.041 * zenith * zenith * zenith
    a, b, c, d, e, f = _SKIES[bisect(_CLEARNESS, (1.0 + dni / dhi + cubed) / (1.0 + cubed))]
    brightness = dhi / outside / (up + 0.50572 * (96.07995 - degrees(zenith)) ** -1.6364)
    around = a + b * brightness + c * zenith
    around = around if around > 0.0 else 0.0
    band = d + e * brightness + f * zenith
    beam = dni + dhi * around / (up if up > _LOWEST else _LOWEST)
    return record(Light, (beam, dhi * (1.0 - around), dhi * band, ghi * albedo, sun))


def on_plane(lit: Light, plane: Vector) -> float:
    """Irradiance [W/m²] on a plane."""
    sun, up = lit.sun, plane[2]
    facing = sun[0] * plane[0] + sun[1] * plane[1] + sun[2] * up
    level = sqrt(max(0.0, 1.0 - up * up))
    diffuse = lit.dome * 0.5 * (1.0 + up) + lit.band * level
    return max(0.0, facing) * lit.beam + max(0.0, diffuse) + lit.ground * 0.5 * (1.0 - up)
