"""Visitors: opening hours, arrivals and stay. All figures are engineering estimates (about 200,000 visits a year)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from simulators.plant.chance import uniform

STAY_S: Final = 5400.0
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Persons an hour, by local hour from 6 to 21; nobody comes so late that the stay outlasts closing.
_SCHOOL_DAY: Final = (24, 34, 46, 48, 44, 34, 30, 28, 24, 30, 44, 62, 66, 50, 40, 30)
_HOLIDAY: Final = (40, 50, 70, 80, 88, 118, 128, 126, 118, 96, 76, 60, 40, 30, 20, 20)
_FIRST_HOUR: Final = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where the hall stands [°N, °E], its zone, and the local hours of opening and closing from Monday on."""

    latitude: float
    longitude: float
    zone: ZoneInfo
    hours: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """What the doors see now: persons an hour in and out, whether the hall is open, and the local clock."""

    arrivals: float
    departures: float
    open: bool
    opens: float
    closes: float
    hour: float
    day: int
    weekday: int


@dataclass(frozen=True, slots=True)
class People:
    """The counter at the entrance, and those inside."""

    inside: float
    in_total: float
    out_total: float
    in_today: float
    out_today: float
    day: int


def _local(t_s: float, zone: ZoneInfo) -> tuple[float, int, int, int]:
    moment = datetime.fromtimestamp(t_s, UTC).astimezone(zone)
    hour = moment.hour + moment.minute / 60.0 + moment.second / 3600.0
    return hour, moment.toordinal(), moment.weekday(), moment.month


def _arrivals(t_s: float, local: tuple[float, int, int, int], place: Place, seed: int) -> float:
    hour, day, weekday, month = local
    opens, closes = place.hours[weekday]
    index = int(hour) - _FIRST_HOUR
    if not (opens <= hour < closes - STAY_S / 3600.0 and 0 <= index < len(_SCHOOL_DAY)):
        return 0.0
    rates = _HOLIDAY if weekday >= 5 else _SCHOOL_DAY
    busy = (0.65 if month == 7 else 1.0) * (0.75 + 0.5 * uniform(seed, 20, day))
    return rates[index] * busy * (0.8 + 0.4 * uniform(seed, 21, int(t_s // 600.0)))


def opening(hours: Mapping[str, str]) -> tuple[tuple[float, float], ...]:
    """Opening hours of a week, from the hall's texts (HH:MM-HH:MM or closed); a closed day opens and closes at noon."""
    return tuple(_hours(hours[day]) for day in WEEKDAYS)


def _hours(text: str) -> tuple[float, float]:
    if text == "closed":
        return 12.0, 12.0
    start, _, end = text.partition("-")
    return _clock(start), _clock(end)


def _clock(text: str) -> float:
    hours, _, minutes = text.partition(":")
    return int(hours) + int(minutes) / 60.0


def crowd_at(t_s: float, place: Place, seed: int) -> Crowd:
    """Arrivals and departures at t_s [s since 1970 UTC]; whoever came leaves after the stay."""
    local = _local(t_s, place.zone)
    hour, day, weekday, _ = local
    opens, closes = place.hours[weekday]
    before = t_s - STAY_S
    return Crowd(
        arrivals=_arrivals(t_s, local, place, seed),
        departures=_arrivals(before, _local(before, place.zone), place, seed),
        open=opens <= hour < closes,
        opens=opens,
        closes=closes,
        hour=hour,
        day=day,
        weekday=weekday,
    )


def advance(people: People, crowd: Crowd, dt_s: float) -> People:
    """Count dt_s seconds of passages; a closed hall with nobody leaving is empty, and the day's counts start anew."""
    arrived, left = crowd.arrivals * dt_s / 3600.0, crowd.departures * dt_s / 3600.0
    new_day = crowd.day != people.day
    inside = max(0.0, people.inside + arrived - left)
    if not crowd.open and crowd.departures == 0.0:
        inside = 0.0
    return People(
        inside=inside,
        in_total=people.in_total + arrived,
        out_total=people.out_total + left,
        in_today=(0.0 if new_day else people.in_today) + arrived,
        out_today=(0.0 if new_day else people.out_today) + left,
        day=crowd.day,
    )


def in_main_pool(people: People) -> float:
    """Bathers in the main pool."""
    return 0.42 * people.inside


def in_therapy_pool(people: People) -> float:
    """Bathers in the therapy pool."""
    return 0.12 * people.inside


def in_changing_rooms(people: People) -> float:
    """People in changing rooms and showers."""
    return 0.28 * people.inside
