"""Where the sun stands, near enough for a picture and for telling day from night. Pure.

Low-precision formulae of the Astronomical Almanac as NREL and NOAA give them: 0.01° of declination, refraction left
out. Times in ns since 1970 UTC.
"""

from dataclasses import dataclass
from math import acos, asin, atan2, cos, degrees, exp, isnan, nan, pi, radians, sin, tan
from typing import Final

from sdanlegg.clock import SECOND_NS

_DAY_S: Final = 86_400.0
_J2000_S: Final = 946_728_000.0  # 2000-01-01 12:00 UTC
_HORIZON: Final = -0.833  # degrees: the upper limb, with refraction


@dataclass(frozen=True, slots=True)
class Sun:
    """Degrees above the horizon and clockwise from north; how high it gets today; the day's light from and to [ns].

    Without sunrise (midnight sun, polar night) rise and set are None.
    """

    altitude: float
    azimuth: float
    noon_altitude: float
    rise_ns: int | None
    set_ns: int | None


def sun(t_ns: int, latitude: float, longitude: float) -> Sun:
    """Sun at a place [degrees, north and east positive]."""
    declination, hour_angle = _place(t_ns, longitude)
    phi = radians(latitude)
    altitude = asin(sin(phi) * sin(declination) + cos(phi) * cos(declination) * cos(hour_angle))
    azimuth = atan2(sin(hour_angle), cos(hour_angle) * sin(phi) - tan(declination) * cos(phi)) + pi
    half = _half_day(phi, declination)
    noon_ns = t_ns - round(hour_angle / (2 * pi) * _DAY_S * SECOND_NS)
    rise, set_ = (None, None) if half is None else (noon_ns - half, noon_ns + half)
    noon = 90.0 - abs(latitude - degrees(declination))
    return Sun(degrees(altitude), degrees(azimuth) % 360.0, noon, rise, set_)


def clear_sky_ghi(altitude: float) -> float:
    """Global horizontal irradiance [W/m²] under a clear sky; 0 below the horizon (Haurwitz 1945)."""
    height = sin(radians(altitude))
    return 1098.0 * height * exp(-0.057 / height) if height > 0.0 else 0.0


def cloudiness(ghi: float, altitude: float) -> float:
    """Share (0 to 1) of the clear sky's irradiance that does not arrive; NaN below 8°, where it tells nothing.

    NaN of an irradiance that is not known.
    """
    if isnan(ghi) or not altitude >= 8.0:
        return nan
    return min(1.0, max(0.0, 1.0 - ghi / clear_sky_ghi(altitude)))


def _place(t_ns: int, longitude: float) -> tuple[float, float]:
    """Declination and hour angle (-pi to pi, after noon positive) [rad]."""
    days = (t_ns / SECOND_NS - _J2000_S) / _DAY_S
    mean_longitude, anomaly = radians(280.460 + 0.9856474 * days), radians(357.528 + 0.9856003 * days)
    ecliptic = mean_longitude + radians(1.915) * sin(anomaly) + radians(0.020) * sin(2 * anomaly)
    obliquity = radians(23.439 - 4e-7 * days)
    right_ascension = atan2(cos(obliquity) * sin(ecliptic), cos(ecliptic))
    sidereal = radians((18.697374558 + 24.06570982441908 * days) % 24.0 * 15.0 + longitude)
    hour_angle = (sidereal - right_ascension + pi) % (2 * pi) - pi
    return asin(sin(obliquity) * sin(ecliptic)), hour_angle


def _half_day(phi: float, declination: float) -> int | None:
    """Time [ns] from noon to sunset; None where the sun does not set or rise."""
    cosine = (sin(radians(_HORIZON)) - sin(phi) * sin(declination)) / (cos(phi) * cos(declination))
    return round(acos(cosine) / (2 * pi) * _DAY_S * SECOND_NS) if -1.0 <= cosine <= 1.0 else None
