"""A synthetic Asker: weather as a function of seed and time, drawn each ten minutes.

Fronts that last a day or two drive clearness, rain, pressure and wind together; each has noise of its own.
All noise is autoregressive (Gauss-Markov), mapped to its distribution by ranks.

- Clearness: share of the clear sky's global irradiance, a Beta distribution for each month. Monthly sums: 938 kWh/m² a
  year on Blindern (Meteorologisk institutt and IFE, preliminary), shared among the months by estimate. Spread and
  persistence after ten years at Ås (Frontiers in Energy 10 (2016) 4: 120 days a year below 1 kWh/m², 156 above 3, which
  bring 75 % of the light). Direct light vanishes towards an overcast sky by a power fitted to Erbs and others (Solar
  Energy 28 (1982) 293) for a sun 20° to 40° high.
- Temperature: mean 7.0 °C, half-range 10.5 K, coldest in mid-January; days stray by 3.5 K; daily range 2 K in winter
  and 9 K in summer, more under a clear sky (engineering estimates after the 1991-2020 normal of Oslo). Clear winter
  days are colder, clear summer days warmer.
- Humidity: the dew point lies below the mean temperature of the day by 2.3 K in autumn to 7.5 K in spring (estimate
  after Oslo's relative humidity, about 85 % in December and 60 % in May), less in rain.
- Precipitation: 763 mm a year (1961-1990 normal of Blindern), its months and wet hours by estimate.
- Wind: Weibull, shape 1.9, mean 2.8 m/s; pressure 1.010 bar (estimates).
"""

from dataclasses import dataclass
from functools import lru_cache
from math import gamma
from typing import Final

import numpy as np

from simulators.plant.chance import FloatArray, IntArray, persistent
from simulators.plant.weather_block import Block

STEP_S: Final = 600.0
COUNT: Final = 4032  # spans of a block: four weeks
HOUR: Final = 6  # steps
DAY_S: Final = 86400.0
YEAR_S: Final = 365.2425 * DAY_S
MONTH_S: Final = YEAR_S / 12.0
# By month from January: share of the clear sky's energy; precipitation [mm]; share of the hours that are wet.
CLEARNESS: Final = (0.60, 0.62, 0.68, 0.71, 0.75, 0.75, 0.76, 0.75, 0.71, 0.62, 0.63, 0.64)
PRECIP_MM: Final = (49.0, 36.0, 47.0, 41.0, 53.0, 65.0, 81.0, 89.0, 90.0, 84.0, 73.0, 55.0)
WET_HOURS: Final = (0.13, 0.10, 0.10, 0.08, 0.08, 0.08, 0.09, 0.10, 0.11, 0.13, 0.15, 0.14)
DARKEST, BRIGHTEST = 0.07, 1.03  # bounds of the clearness
SPREAD: Final = 1.6  # alpha + beta of the Beta distribution
WEIBULL: Final = 1.9
WIND_MEAN: Final = 2.8
RANKS: Final = 201
CHANNELS: Final = 1700  # where seed 1 happens to make an ordinary year of 2026


@dataclass(frozen=True, slots=True)
class Synthetic:
    """The weather that a seed makes, for all times."""

    seed: int

    def block(self, t_s: float) -> Block:
        """The four weeks that hold t_s."""
        return _block(self.seed, int(t_s // (STEP_S * COUNT)))


@lru_cache(maxsize=32)
def _block(seed: int, index: int) -> Block:
    first, count = index * COUNT, COUNT + 1
    t_s: FloatArray = (first + np.arange(count, dtype=np.float64)) * STEP_S

    def noise(channel: int, hours: float, ease: float = 0.0) -> FloatArray:
        return persistent(seed, CHANNELS + channel, first, count, hours * HOUR, ease * HOUR)

    fronts = 0.93 * noise(1, 30.0, 4.0) + 0.37 * noise(12, 240.0, 4.0)
    brightness = 0.74 * fronts + 0.60 * noise(2, 4.0) + 0.30 * noise(3, 0.5)
    clear = ranks(fronts)
    clearness = _clearness(t_s, ranks(brightness))
    wetness = -0.62 * (0.78 * fronts + 0.63 * (brightness - 0.74 * fronts) / 0.67) + 0.785 * noise(4, 6.0)
    wet = ranks(wetness)
    precip = _precipitation(t_s, wet)
    winter = season(t_s, 17.0)
    days = (1.0 + 0.25 * winter) * (3.6 * noise(5, 72.0, 3.0) + 0.9 * noise(6, 6.0, 0.5)) - 3.0 * winter * (clear - 0.5)
    daily = 7.0 - 10.5 * winter + days
    outdoor_t = daily + (2.75 - 1.75 * winter) * (0.4 + 1.2 * clear) * np.cos(2.0 * np.pi * (_solar_day(t_s) - 0.625))
    damp = np.clip((wet - 0.75) / 0.15, 0.0, 1.0)
    depression = (4.9 + 2.6 * season(t_s, 150.0)) * (0.35 * damp + (0.45 + 1.1 * clear) * (1.0 - damp))
    dew_t = np.minimum(outdoor_t, daily - depression + 0.8 * noise(7, 5.0, 0.5))
    gusts = ranks(0.80 * noise(8, 8.0) + 0.45 * noise(9, 0.7) - 0.40 * fronts)
    wind = WIND_MEAN / gamma(1.0 + 1.0 / WEIBULL) * (-np.log(1.0 - gusts)) ** (1.0 / WEIBULL)
    direction = 190.0 + 75.0 * noise(10, 10.0, 1.0)
    air_p = 1.010 + 0.0115 * (0.6 * fronts + 0.8 * noise(11, 60.0, 6.0))
    cloud = np.clip((1.0 - clearness) / 0.75, 0.0, 1.0) ** (1.0 / 3.4)  # Kasten and Czeplak (1980), inverted
    spans = np.column_stack([precip, clearness, clearness * direct(clearness), np.zeros(count)])
    points = np.column_stack([outdoor_t, dew_t, wind, direction, air_p, cloud])
    return Block(first * STEP_S, STEP_S, points, spans[:-1])


def season(t_s: FloatArray, coldest_day: float) -> FloatArray:
    """Cosine of the year, 1 on the coldest day (days after 1 January), -1 half a year later."""
    return np.cos(2.0 * np.pi * (t_s / YEAR_S - coldest_day / 365.2425))


def by_month(t_s: FloatArray, months: FloatArray) -> FloatArray:
    """Monthly values (12,) joined by straight lines from the middle of one month to that of the next."""
    place = t_s / MONTH_S - 0.5
    k = np.floor(place).astype(np.int64)
    share = place - k
    return months[k % 12] * (1.0 - share) + months[(k + 1) % 12] * share


def ranks(z: FloatArray) -> FloatArray:
    """Ranks in (0, 1) of standard normal values. Logistic form of Bowling et al. (2009), within 1.4e-4."""
    return 1.0 / (1.0 + np.exp(-z * (1.5976 + 0.07056 * z * z)))


def _solar_day(t_s: FloatArray) -> FloatArray:
    """Share of the day by the sun of Asker, 0 at midnight."""
    return t_s / DAY_S + 10.46 / 360.0


def _clearness(t_s: FloatArray, rank: FloatArray) -> FloatArray:
    low, share = np.divmod(rank * (RANKS - 1), 1.0)
    k = low.astype(np.int64)
    place = t_s / MONTH_S - 0.5
    month = np.floor(place).astype(np.int64)
    turn: FloatArray = place - month
    table = _quantiles()

    def of(m: IntArray) -> FloatArray:
        return table[m % 12, k] * (1.0 - share) + table[m % 12, k + 1] * share

    return of(month) * (1.0 - turn) + of(month + 1) * turn


@lru_cache(maxsize=1)
def _quantiles() -> FloatArray:
    """Clearness by month and rank; (12, 201)."""
    angle = (np.arange(4000) + 0.5) / 4000.0 * np.pi / 2.0
    x = np.sin(angle) ** 2
    rows = []
    for mean in CLEARNESS:
        a = SPREAD * (mean - DARKEST) / (BRIGHTEST - DARKEST)
        density = np.sin(angle) ** (2.0 * a - 1.0) * np.cos(angle) ** (2.0 * (SPREAD - a) - 1.0)
        below = np.cumsum(density)
        rows.append(np.interp(np.linspace(0.0, 1.0, RANKS), below / below[-1], x))
    return DARKEST + (BRIGHTEST - DARKEST) * np.array(rows)


def direct(clearness: FloatArray) -> FloatArray:
    """Share of the light in the clear sky's proportion: 1 under a clear sky, 0 under an overcast one."""
    share = np.clip((clearness - 0.35) / 0.65, 0.0, 1.0) ** 1.8
    return np.minimum(share, 1.0 / np.maximum(clearness, 1.0))


def _precipitation(t_s: FloatArray, rank: FloatArray) -> FloatArray:
    """Intensity [mm/h]: exponential over the wet hours."""
    wet = by_month(t_s, np.array(WET_HOURS))
    mean = by_month(t_s, np.array(PRECIP_MM)) / (wet * MONTH_S / 3600.0)
    return np.where(rank > 1.0 - wet, -mean * np.log(np.minimum(1.0, (1.0 - rank) / wet)), 0.0)
