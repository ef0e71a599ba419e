"""Visitors: opening hours, arrivals and stay, by kind of day, weekday and month.

About 200,000 visits a year. That and every profile are engineering estimates: no figure of the hall has been published.
Terms bring school classes in the morning and clubs in the evening, breaks bring families at midday, a public holiday
is a Sunday, and in July people bathe in the fjord.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from simulators.plant.calendar_asker import SUNDAY, Kind, kind
from simulators.plant.chance import uniform
from simulators.plant.record import record
from simulators.plant.weather_block import Source

STAY_S: Final = 5400.0
FORGOTTEN: Final = 0.04  # of the evenings, for each floor (engineering estimate)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Persons an hour, by local hour from 6 to 21; nobody comes so late that the stay outlasts closing.
_WEEKEND: Final = (40, 50, 70, 80, 88, 118, 128, 126, 118, 96, 76, 60, 40, 30, 20, 20)
_PROFILES: Final = {
    Kind.TERM: (24, 34, 46, 48, 44, 34, 30, 28, 24, 30, 44, 62, 66, 50, 40, 30),
    Kind.BREAK: (22, 30, 26, 32, 52, 64, 66, 64, 56, 50, 46, 46, 42, 34, 26, 18),
    Kind.SATURDAY: _WEEKEND,
    Kind.SUNDAY: _WEEKEND,
    Kind.CLOSED: (0,) * 16,
}
_FIRST_HOUR: Final = 6
_BY_WEEKDAY: Final = (1.05, 1.03, 1.02, 1.00, 0.90, 0.95, 1.08)
_BY_MONTH: Final = (1.03, 1.02, 0.99, 0.92, 0.85, 0.80, 0.66, 0.80, 0.92, 1.00, 1.03, 0.89)
_CLOSED_HOURS: Final = (12.0, 12.0)
_EPOCH: Final = date(1970, 1, 1).toordinal()


class Place(NamedTuple):
    """Where the hall stands [°N, °E], its zone, local hours of opening and closing from Monday on, and its weather.

    Without a source of weather the seed's synthetic year falls.
    """

    latitude: float
    longitude: float
    zone: ZoneInfo
    hours: tuple[tuple[float, float], ...]
    weather: Source | None = None


class Crowd(NamedTuple):
    """What the doors see now: persons an hour in and out, whether the hall is open, and the local clock.

    weekday counts from Monday, 0; a public holiday is a Sunday. A closed day opens and closes at noon. lessons: a
    school day of a term; forgets_*: whoever closes tonight leaves that pool's floor down.
    """

    arrivals: float
    departures: float
    open: bool
    opens: float
    closes: float
    hour: float
    day: int
    weekday: int
    lessons: bool = False
    forgets_main: bool = False
    forgets_therapy: bool = False


class People(NamedTuple):
    """The counter at the entrance, and those inside."""

    inside: float
    in_total: float
    out_total: float
    in_today: float
    out_today: float
    day: int


class _Day(NamedTuple):
    """A local day: its number (ordinal) and what the hall makes of it; arrivals by hour from the profile's first."""

    number: int
    weekday: int
    opens: float
    closes: float
    last: float
    arrivals: tuple[float, ...]
    lessons: bool
    forgets_main: bool
    forgets_therapy: bool


@lru_cache(maxsize=64)
def _ahead_s(zone: ZoneInfo, quarter: int) -> float:
    """What the zone's clocks are ahead of UTC [s] in a quarter of an hour (counted from 1970)."""
    offset = datetime.fromtimestamp(900 * quarter, UTC).astimezone(zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()


class _Calendar:
    """Days and clocks of a place as they are asked for; many instants of a day share it."""

    def __init__(self, place: Place, seed: int) -> None:
        self._place, self._seed = place, seed
        self._days: dict[int, _Day] = {}
        self._ahead_s: dict[int, float] = {}

    def local(self, t_s: float) -> tuple[_Day, float]:
        """Local day and hour with its fractions."""
        quarter = int(t_s // 900.0)
        ahead_s = self._ahead_s.get(quarter)
        if ahead_s is None:
            ahead_s = self._ahead_s[quarter] = _ahead_s(self._place.zone, quarter)
        days, seconds = divmod(t_s + ahead_s, 86400.0)
        number = int(days) + _EPOCH
        day = self._days.get(number)
        if day is None:
            day = self._days[number] = self._day(number)
        return day, seconds / 3600.0

    def _day(self, number: int) -> _Day:
        today, seed = date.fromordinal(number), self._seed
        is_a = kind(today)
        weekday = SUNDAY if is_a is Kind.SUNDAY else today.weekday()
        opens, closes = _CLOSED_HOURS if is_a is Kind.CLOSED else self._place.hours[weekday]
        busy = _BY_WEEKDAY[weekday] * _BY_MONTH[today.month - 1] * (0.75 + 0.5 * uniform(seed, 20, number))
        return _Day(
            number, weekday, opens, closes, closes - STAY_S / 3600.0,
            tuple(persons * busy for persons in _PROFILES[is_a]), is_a is Kind.TERM,
            uniform(seed, 22, number) < FORGOTTEN, uniform(seed, 23, number) < FORGOTTEN,
        )  # fmt: skip

    def arrivals(self, t_s: float, day: _Day, hour: float) -> float:
        """Persons an hour who come at t_s."""
        place = int(hour) - _FIRST_HOUR
        if not (day.opens <= hour < day.last and 0 <= place < len(day.arrivals)):
            return 0.0
        return day.arrivals[place] * (0.8 + 0.4 * uniform(self._seed, 21, int(t_s // 600.0)))

    def crowd(self, t_s: float) -> Crowd:
        """Arrivals and departures at t_s; whoever came leaves after the stay."""
        (day, hour), before = self.local(t_s), t_s - STAY_S
        return Crowd(
            self.arrivals(t_s, day, hour), self.arrivals(before, *self.local(before)), day.opens <= hour < day.closes,
            day.opens, day.closes, hour, day.number, day.weekday, day.lessons, day.forgets_main, day.forgets_therapy,
        )  # fmt: skip


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


def crowd_over(times_s: Sequence[float], place: Place, seed: int) -> list[Crowd]:
    """Arrivals and departures at each of times_s [s since 1970 UTC]; many at once are cheaper than one by one."""
    calendar = _Calendar(place, seed)
    return [calendar.crowd(t_s) for t_s in times_s]


def crowd_at(t_s: float, place: Place, seed: int) -> Crowd:
    """Arrivals and departures at t_s [s since 1970 UTC]."""
    return crowd_over((t_s,), place, seed)[0]


def advance(people: People, crowd: Crowd, dt_s: float) -> People:
    """Count dt_s seconds of passages; a closed hall with nobody leaving is empty, and the day's counts start anew."""
    inside, in_total, out_total, in_today, out_today, day = people
    departures, today = crowd.departures, crowd.day
    arrived, left = crowd.arrivals * dt_s / 3600.0, departures * dt_s / 3600.0
    inside = inside + arrived - left
    if inside < 0.0 or (departures == 0.0 and not crowd.open):
        inside = 0.0
    if today != day:
        in_today = out_today = 0.0
    return record(People, (inside, in_total + arrived, out_total + left, in_today + arrived, out_today + left, today))


def in_main_pool(people: People) -> float:
    """Bathers in the main pool."""
    return 0.42 * people.inside


def in_therapy_pool(people: People) -> float:
    """Bathers in the therapy pool."""
    return 0.12 * people.inside


def in_changing_rooms(people: People) -> float:
    """People in changing rooms and showers."""
    return 0.28 * people.inside
