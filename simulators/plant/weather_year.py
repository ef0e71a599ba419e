"""Weather of a typical or measured year, told by the hour, laid onto any year that is asked for.

The file's standard time says which hour an instant is in. 29 February repeats the 28th unless the year has one of its
own. Values at stamps are joined by straight lines. Irradiance of an hour follows the clear sky's curve through it, so
that the hour's global and diffuse sums are kept; what that curve cannot carry (twilight, a sun lower than the
atmosphere lets through) is spread evenly.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import numpy as np

from simulators.plant.chance import FloatArray, IntArray
from simulators.plant.weather import clear_sky_at
from simulators.plant.weather_block import DIRECT, FLAT, GLOBAL, PRECIP, SPANS, Block, Source, read

HOUR_S: Final = 3600.0
LEAP_DAY_HOUR: Final = 59 * 24  # hours before 29 February
LEAP_HOURS: Final = 8784
MOST_GLOBAL, MOST_DIRECT = 1.5, 1.5  # of a clear sky
PARTS: Final = 60  # instants that stand for an hour


@dataclass(frozen=True, slots=True, eq=False)
class HourlyYear:
    """A year by the hour from 1 January in standard time zone_h [h from UTC], for a hall at latitude, longitude [°].

    points (8760 or 8784, 6): columns of Block, at the end of each hour. ghi, dhi [W/m²]: means over each hour. precip
    [mm/h] likewise, or None if the year does not tell: then it is taken from the source `rest`.
    """

    latitude: float
    longitude: float
    zone_h: float
    points: FloatArray
    ghi: FloatArray
    dhi: FloatArray
    precip: FloatArray | None
    rest: Source

    def block(self, t_s: float) -> Block:
        """The calendar year, by the file's clock, that holds t_s."""
        return _block(self, datetime.fromtimestamp(t_s + self.zone_h * HOUR_S, UTC).year)


@lru_cache(maxsize=4)
def _block(year: HourlyYear, asked: int) -> Block:
    begin_s, end_s = (datetime(y, 1, 1, tzinfo=UTC).timestamp() - year.zone_h * HOUR_S for y in (asked, asked + 1))
    rows = _rows(round((end_s - begin_s) / HOUR_S), len(year.ghi))
    spans = np.zeros((len(rows), SPANS))
    spans[:, PRECIP] = _precipitation(year, begin_s, rows)
    moments = begin_s + HOUR_S * (np.arange(len(rows) * PARTS, dtype=np.float64) + 0.5) / PARTS
    sun, clear_ghi, clear_dni = clear_sky_at(moments, year.latitude, year.longitude)
    glob, beam = (x.reshape(-1, PARTS).mean(axis=1) for x in (clear_ghi, clear_dni * np.maximum(sun[2], 0.0)))
    ghi, dhi = year.ghi[rows], year.dhi[rows]
    spans[:, GLOBAL] = np.minimum(ghi / np.maximum(glob, 1.0), MOST_GLOBAL)
    spans[:, FLAT] = ghi - spans[:, GLOBAL] * glob
    spans[:, DIRECT] = np.minimum(np.maximum(ghi - dhi, 0.0) / np.maximum(beam, 1.0), MOST_DIRECT)
    return Block(begin_s, HOUR_S, year.points[np.r_[len(year.ghi) - 1, rows]], spans)


def _rows(hours: int, given: int) -> IntArray:
    """Row of the year for each hour of a year of so many hours."""
    hour = np.arange(hours)
    if hours == given:
        return hour
    if hours < given:
        return np.where(hour < LEAP_DAY_HOUR, hour, hour + 24)
    return np.where(hour < LEAP_DAY_HOUR, hour, hour - 24)


def _precipitation(year: HourlyYear, begin_s: float, rows: IntArray) -> FloatArray:
    if year.precip is not None:
        return year.precip[rows]
    sixths = begin_s + HOUR_S * (np.arange(len(rows) * 6, dtype=np.float64) + 0.5) / 6.0
    _, spans = read(year.rest, sixths)
    mean: FloatArray = spans[:, PRECIP].reshape(-1, 6).mean(axis=1)
    return mean
