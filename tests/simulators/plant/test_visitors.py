"""Doors: opening hours, arrivals, the counter."""

from datetime import datetime

import pytest

from sdanlegg.site import Site
from simulators.plant import visitors
from simulators.plant.visitors import People, Place, crowd_at, opening
from simulators.twin import place_of


def at(place: Place, *parts: int) -> float:
    return datetime(*parts, tzinfo=place.zone).timestamp()  # type: ignore[misc,arg-type]


def test_opening_reads_the_halls_texts() -> None:
    week = opening({"mon": "06:30-21:15", **dict.fromkeys(("tue", "wed", "thu", "fri", "sat", "sun"), "closed")})
    assert week[0] == (6.5, 21.25)
    assert week[6] == (12.0, 12.0)


def test_open_by_the_local_clock_in_winter_and_summer(place: Place) -> None:
    for month in (1, 7):
        assert not crowd_at(at(place, 2026, month, 14, 6, 29), place, 1).open
        assert crowd_at(at(place, 2026, month, 14, 6, 31), place, 1).open
        assert not crowd_at(at(place, 2026, month, 14, 21, 31), place, 1).open


def test_a_closed_day_has_no_visitors(place: Place) -> None:
    sunday = at(place, 2026, 1, 18, 0, 0)
    crowds = [crowd_at(sunday + 600.0 * k, place, 1) for k in range(144)]
    assert not any(c.open or c.arrivals or c.departures for c in crowds)


def day_of(place: Place, *parts: int) -> float:
    """Visitors of a day."""
    start = at(place, *parts, 0, 0)
    return sum(crowd_at(start + 600.0 * k, place, 1).arrivals / 6.0 for k in range(144))


def test_a_year_brings_about_two_hundred_thousand(hall: Site) -> None:
    start = datetime(2026, 1, 1, tzinfo=hall.zone).timestamp()
    place = place_of(hall)
    total = sum(crowd_at(start + 1800.0 * k, place, 1).arrivals / 2.0 for k in range(365 * 48))
    assert total == pytest.approx(200_000.0, rel=0.05)


def test_a_public_holiday_is_a_sunday_and_christmas_eve_is_closed(place: Place) -> None:
    sundays = place._replace(hours=(*place.hours[:6], (11.0, 16.0)))
    first_of_may = crowd_at(at(place, 2026, 5, 1, 12, 0), sundays, 1)
    assert (first_of_may.opens, first_of_may.closes, first_of_may.weekday) == (11.0, 16.0, 6)
    assert first_of_may.arrivals > 80.0
    christmas_eve = crowd_at(at(place, 2026, 12, 24, 12, 0), sundays, 1)
    assert not christmas_eve.open
    assert christmas_eve.opens == christmas_eve.closes
    assert day_of(sundays, 2026, 12, 24) == 0.0


def test_terms_breaks_and_seasons_differ(place: Place) -> None:
    """Means over weeks: the single day strays by a quarter."""
    term = sum(day_of(place, 2026, 1, d) for d in (12, 13, 14, 15, 19, 20, 21, 22)) / 8
    july = sum(day_of(place, 2026, 7, d) for d in (6, 7, 8, 9, 13, 14, 15, 16)) / 8
    assert 0.4 * term < july < 0.9 * term
    morning = [crowd_at(at(place, 2026, 2, d, 9, 30), place, 1).arrivals for d in (10, 11, 12, 17, 18, 19)]
    midday = [crowd_at(at(place, 2026, 2, d, 12, 30), place, 1).arrivals for d in (10, 11, 12, 17, 18, 19)]
    assert sum(morning[:3]) / sum(midday[:3]) > 1.2 > sum(morning[3:]) / sum(midday[3:])


def test_everybody_leaves_before_closing(place: Place) -> None:
    start = at(place, 2026, 1, 14, 0, 0)
    people = People(0.0, 0.0, 0.0, 0.0, 0.0, 0)
    inside = 0.0
    for k in range(1440):
        crowd = crowd_at(start + 60.0 * k, place, 1)
        people = visitors.advance(people, crowd, 60.0)
        inside = max(inside, people.inside)
    assert 60.0 < inside < 400.0
    assert people.inside == 0.0
    assert people.in_today == pytest.approx(people.out_today)
    assert 250.0 < people.in_today < 900.0


def test_day_counts_start_anew_and_totals_do_not(place: Place) -> None:
    people = People(0.0, 100.0, 100.0, 50.0, 50.0, 1)
    later = visitors.advance(people, crowd_at(at(place, 2026, 1, 15, 3, 0), place, 1), 60.0)
    assert (later.in_today, later.in_total) == (0.0, 100.0)
