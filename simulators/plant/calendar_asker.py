"""What kind of day it is for the hall: term, holiday or closed.

School breaks: Asker kommune's calendars for 2025/26 and 2026/27 and Akershus' before them, as rules
for any year: autumn in week 40, winter in week 8, summer from the third Friday of June to the third Monday of August,
Christmas from the Monday of its week to the Friday after, Easter from Palm Monday to Easter Monday, and the Friday
after Ascension. Which days the hall is closed is an estimate.
"""

from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from typing import Final

from sdanlegg.holidays import easter, public_holidays

AUTUMN_WEEK, WINTER_WEEK = 40, 8
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6
# Closed (estimates): month and day, and days after Easter Sunday - Good Friday, Easter and Whit Sunday.
CLOSED_DATES: Final = ((1, 1), (5, 17), (12, 24), (12, 25), (12, 31))
CLOSED_EASTER: Final = (-2, 0, 49)


class Kind(Enum):
    """What a day is for the hall; a public holiday is a SUNDAY, whatever its name."""

    TERM = "term"
    BREAK = "break"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    CLOSED = "closed"


def school_break(day: date) -> bool:
    """Whether Asker's schools have no lessons, Saturdays and Sundays of a break included."""
    if day.isocalendar().week in {AUTUMN_WEEK, WINTER_WEEK}:
        return True
    if _third(day.year, 6, FRIDAY) < day < _third(day.year, 8, MONDAY):
        return True
    since_easter = (day - easter(day.year)).days
    return -6 <= since_easter <= 1 or since_easter == 40 or _christmas(day)


def _third(year: int, month: int, weekday: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 14)


def _christmas(day: date) -> bool:
    eve = date(day.year if day.month > 6 else day.year - 1, 12, 24)
    monday = eve - timedelta(eve.weekday())
    return monday <= day <= monday + timedelta(11)


@lru_cache(maxsize=1024)
def kind(day: date) -> Kind:
    """What the day is for the hall."""
    if (day.month, day.day) in CLOSED_DATES or (day - easter(day.year)).days in CLOSED_EASTER:
        return Kind.CLOSED
    if day in public_holidays(day.year):
        return Kind.SUNDAY
    if day.weekday() >= SATURDAY:
        return Kind.SUNDAY if day.weekday() == SUNDAY else Kind.SATURDAY
    return Kind.BREAK if school_break(day) else Kind.TERM
