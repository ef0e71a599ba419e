"""Hours that the hall is open by its own words: weekdays with times of the hall's clock. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from sdanlegg.clock import SECOND_NS
from sdanlegg.readings import FloatArray, TimeArray

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED: Final = "closed"
_HOUR_NS: Final = 3600 * SECOND_NS
_DAY: Final = 1440  # minutes


def hours_open(opening: Mapping[str, str], zone: ZoneInfo, edges_ns: TimeArray) -> FloatArray:
    """Open hours (K,) [h] in each interval between edges_ns (K+1,); opening: HH:MM-HH:MM or closed by weekday.

    A weekday that is not named is closed; an end before its start is the next day's.
    """
    found = np.zeros(edges_ns.size - 1)
    if not found.size:
        return found
    first, last = (datetime.fromtimestamp(int(t) // SECOND_NS, UTC).astimezone(zone).date() for t in edges_ns[[0, -1]])
    for number in range(-1, (last - first).days + 1):
        day = first + timedelta(days=number)
        word = opening.get(WEEKDAYS[day.weekday()], CLOSED)
        if word == CLOSED:
            continue
        begin, end = (60 * int(hour) + int(minute) for hour, minute in (clock.split(":") for clock in word.split("-")))
        begin_ns, end_ns = (_clock_ns(day, m, zone) for m in (begin, end if end > begin else end + _DAY))
        inside = np.minimum(edges_ns[1:], end_ns) - np.maximum(edges_ns[:-1], begin_ns)
        found += np.maximum(inside, 0) / _HOUR_NS
    return found


def _clock_ns(day: date, minutes: int, zone: ZoneInfo) -> int:
    clock = datetime.combine(day + timedelta(days=minutes // _DAY), time(minutes % _DAY // 60, minutes % 60), zone)
    return int(clock.timestamp()) * SECOND_NS


def closed_days(opening: Mapping[str, str]) -> tuple[int, ...]:
    """Weekdays, Monday 0, on which the hall never opens; none if it says nothing of its hours."""
    return tuple(n for n, day in enumerate(WEEKDAYS) if opening and opening.get(day, CLOSED) == CLOSED)
