"""Which price holds in which hour: the hall's calendar of intervals, and the rates that fit it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.clock import SECOND_NS
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.tariff import Rate

DAY_MINUTES: Final = 1440
DAY_S: Final = 86_400
MONTHS: Final = 12
WEEKDAYS: Final = 7
EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where K intervals begin on the hall's clock; each (K,), whole numbers.

    year; month 1-12; weekday 0 (Monday) to 6; minute of the day; day, its number since 1 January of year 1; length_h
    [h] of the interval. A day of 23 or 25 hours has as many.
    """

    year: TimeArray
    month: TimeArray
    weekday: TimeArray
    minute: TimeArray
    day: TimeArray
    length_h: FloatArray


def calendar(edges_ns: TimeArray, zone: ZoneInfo) -> Calendar:
    """Read the hall's clock at the beginning of each interval between edges (K+1,) in UTC."""
    starts_s = edges_ns[:-1] // SECOND_NS
    clock = starts_s + _offsets_s(starts_s, zone)
    days = clock // DAY_S
    since_1970 = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return Calendar(
        year=since_1970 // 12 + 1970,
        month=since_1970 % 12 + 1,
        weekday=(days + 3) % 7,  # 1 January 1970 was a Thursday
        minute=clock % DAY_S // 60,
        day=days + EPOCH_DAY,
        length_h=np.diff(edges_ns) / (3600 * SECOND_NS),
    )


def _offsets_s(starts_s: TimeArray, zone: ZoneInfo) -> TimeArray:
    """Seconds that the hall's clock is ahead of UTC at each instant; only days in which it changes are looked into."""
    day = starts_s // DAY_S
    edges = np.unique(np.append(day, day + 1))
    at = np.array([_offset_s(int(one) * DAY_S, zone) for one in edges], dtype=np.int64)
    found, after = at[np.searchsorted(edges, day)], at[np.searchsorted(edges, day + 1)]
    for row in np.flatnonzero(found != after):
        found[row] = _offset_s(int(starts_s[row]), zone)
    return found


def _offset_s(instant_s: int, zone: ZoneInfo) -> int:
    ahead = datetime.fromtimestamp(instant_s, zone).utcoffset()
    return 0 if ahead is None else ahead // timedelta(seconds=1)


def fits(rate: Rate, when: Calendar) -> BoolArray:
    """Whether a rate holds in each interval (K,), judged where it begins."""
    fit = _within(rate, when.minute)
    if len(rate.months) < MONTHS:
        fit = fit & np.isin(when.month, rate.months)
    if len(rate.weekdays) < WEEKDAYS:
        fit = fit & np.isin(when.weekday, rate.weekdays)
    if rate.since is not None:
        fit = fit & (when.day >= rate.since.toordinal())
    if rate.until is not None:
        fit = fit & (when.day <= rate.until.toordinal())
    return fit


def _within(rate: Rate, minute: TimeArray) -> BoolArray:
    if rate.start == rate.end:
        return np.ones(minute.size, dtype=np.bool_)
    if rate.start < rate.end:
        return np.asarray((minute >= rate.start) & (minute < rate.end))
    return np.asarray((minute >= rate.start) | (minute < rate.end))


def prices(rates: tuple[Rate, ...], when: Calendar) -> FloatArray:
    """Price of each interval (K,), that of the first rate that fits; NaN where none does."""
    found = np.full(when.day.size, np.nan)
    for rate in reversed(rates):
        found[fits(rate, when)] = rate.kr
    return found


def months(when: Calendar) -> list[tuple[date, BoolArray]]:
    """First day of each month that K intervals touch, and which of them begin in it."""
    keys = when.year * 12 + when.month - 1
    return [(date(int(key) // 12, int(key) % 12 + 1, 1), keys == key) for key in np.unique(keys)]


def month_hours(first: date, zone: ZoneInfo) -> float:
    """Hours of a whole month on the hall's clock: 743 in March, 745 in October."""
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    begin, end = (datetime(d.year, d.month, 1, tzinfo=zone).timestamp() for d in (first, after))
    return (end - begin) / 3600.0
