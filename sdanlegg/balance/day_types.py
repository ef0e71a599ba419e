"""Days and weeks of the ET-kurve: which days are alike, and whole weeks out of days."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import numpy as np

from sdanlegg.readings import FloatArray, IntArray

WORKING, SATURDAY, SUNDAY, CLOSED = 0, 1, 2, 3
TYPES: Final = ("working", "saturday", "sunday", "closed")  # a public holiday is a Sunday, whatever its name
_WEEK: Final = 7


def day_types(days: Sequence[date], holidays: Collection[date], closed: Collection[int] = ()) -> IntArray:
    """Type (D,) of each day; closed: weekdays, Monday 0, on which the hall never opens."""
    types = [
        CLOSED
        if day.weekday() in closed
        else SUNDAY
        if day.weekday() == 6 or day in holidays
        else SATURDAY
        if day.weekday() == 5
        else WORKING
        for day in days
    ]
    return np.array(types, np.int32)


def weeks(days: Sequence[date], t: FloatArray, energy: FloatArray) -> tuple[tuple[date, ...], FloatArray, FloatArray]:
    """Mondays, mean temperature and energy of the whole ISO weeks in D successive days.

    t (D,) [°C] daily means, energy (D,) [kWh]; a week with a day that is not known is NaN; days that follow each other
    without a gap are taken for granted (ValueError otherwise), and weeks that the days only touch are left out.
    """
    if any(later - earlier != timedelta(1) for earlier, later in pairwise(days)):
        raise ValueError("days of weeks must follow each other")
    first = next((k for k, day in enumerate(days) if day.weekday() == 0), len(days))
    count = (len(days) - first) // _WEEK
    part = slice(first, first + count * _WEEK)
    mondays = tuple(days[first : first + count * _WEEK : _WEEK])
    return mondays, t[part].reshape(count, _WEEK).mean(axis=1), energy[part].reshape(count, _WEEK).sum(axis=1)
