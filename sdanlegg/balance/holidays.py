"""Norway's public holidays: Lov om helligdager og helligdagsfred (1995) and Lov om 1 og 17 mai (1947). Pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

_FIXED: Final = ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))
# Maundy Thursday, Good Friday, Easter Sunday and Monday, Ascension, Whit Sunday and Monday: days from Easter Sunday.
_FROM_EASTER: Final = (-3, -2, 0, 1, 39, 49, 50)


def holidays(years: Iterable[int]) -> frozenset[date]:
    """Every public holiday of some years."""
    found: set[date] = set()
    for year in years:
        easter = easter_sunday(year)
        found |= {date(year, month, day) for month, day in _FIXED}
        found |= {easter + timedelta(days=days) for days in _FROM_EASTER}
    return frozenset(found)


def easter_sunday(year: int) -> date:
    """Easter Sunday of a year of the Gregorian calendar. Source: Meeus, Astronomical Algorithms (1991), ch. 8."""
    golden, (century, of_century) = year % 19, divmod(year, 100)
    leaps, rest = divmod(century, 4)
    correction = (century + 8) // 25
    moon = (19 * golden + century - leaps - (century - correction + 1) // 3 + 15) % 30
    quarter, left = divmod(of_century, 4)
    weekday = (32 + 2 * rest + 2 * quarter - moon - left) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
