"""Which price holds in which hour: the hall's calendar of intervals, and the rates that fit it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.clock import SECOND_NS
from sdanlegg.readings import FloatArray, TimeArray
from sdanlegg.tariff import Rate

DAY_MINUTES: Final = 1440


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
    clocks = [datetime.fromtimestamp(int(t) // SECOND_NS, UTC).astimezone(zone) for t in edges_ns[:-1]]
    rows = [(c.year, c.month, c.weekday(), 60 * c.hour + c.minute, c.toordinal()) for c in clocks]
    year, month, weekday, minute, day = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return Calendar(year, month, weekday, minute, day, np.diff(edges_ns) / (3600 * SECOND_NS))


def fits(rate: Rate, when: Calendar) -> BoolArray:
    """Whether a rate holds in each interval (K,), judged where it begins."""
    in_time = _within(rate, when.minute)
    dated = np.ones(when.day.size, dtype=np.bool_)
    if rate.since is not None:
        dated &= when.day >= rate.since.toordinal()
    if rate.until is not None:
        dated &= when.day <= rate.until.toordinal()
    fit: BoolArray = in_time & dated & np.isin(when.month, rate.months) & np.isin(when.weekday, rate.weekdays)
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
