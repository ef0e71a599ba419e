"""Kinds of day: Easter against another implementation, public holidays and school breaks against printed calendars."""

from datetime import date, timedelta

import pytest
from dateutil.easter import easter as peers_easter

from sdanlegg.holidays import easter, public_holidays
from simulators.plant.calendar_asker import Kind, kind, school_break


def test_easter() -> None:
    assert [year for year in range(1900, 2200) if easter(year) != peers_easter(year)] == []


def test_public_holidays_of_2026() -> None:
    expected = "01-01 04-02 04-03 04-05 04-06 05-01 05-14 05-17 05-24 05-25 12-25 12-26"
    assert sorted(day.strftime("%m-%d") for day in public_holidays(2026)) == expected.split()


# Asker kommune 2025/26 and 2026/27; Akershus fylkeskommune 2024/25.
BREAKS = [
    (date(2024, 9, 30), date(2024, 10, 4)),
    (date(2025, 2, 17), date(2025, 2, 21)),
    (date(2025, 4, 14), date(2025, 4, 21)),
    (date(2025, 6, 21), date(2025, 8, 17)),
    (date(2025, 9, 29), date(2025, 10, 3)),
    (date(2025, 12, 22), date(2026, 1, 2)),
    (date(2026, 2, 16), date(2026, 2, 20)),
    (date(2026, 3, 30), date(2026, 4, 6)),
    (date(2026, 6, 20), date(2026, 8, 16)),
    (date(2026, 9, 28), date(2026, 10, 2)),
    (date(2026, 12, 21), date(2027, 1, 1)),
    (date(2027, 2, 22), date(2027, 2, 26)),
    (date(2027, 3, 22), date(2027, 3, 29)),
]


@pytest.mark.parametrize(("first", "last"), BREAKS, ids=[str(first) for first, _ in BREAKS])
def test_school_breaks(first: date, last: date) -> None:
    days = [first + timedelta(k) for k in range((last - first).days + 1)]
    assert all(school_break(day) for day in days)
    before, after = first - timedelta(1), last + timedelta(1)
    while before.weekday() >= 5:
        before -= timedelta(1)
    while after.weekday() >= 5:
        after += timedelta(1)
    assert not school_break(before)
    assert not school_break(after)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 14), Kind.TERM),
        (date(2026, 1, 17), Kind.SATURDAY),
        (date(2026, 1, 18), Kind.SUNDAY),
        (date(2026, 2, 17), Kind.BREAK),
        (date(2026, 4, 2), Kind.SUNDAY),
        (date(2026, 4, 3), Kind.CLOSED),
        (date(2026, 4, 4), Kind.SATURDAY),
        (date(2026, 5, 1), Kind.SUNDAY),
        (date(2026, 5, 15), Kind.BREAK),
        (date(2026, 5, 17), Kind.CLOSED),
        (date(2026, 7, 8), Kind.BREAK),
        (date(2026, 12, 24), Kind.CLOSED),
        (date(2026, 12, 26), Kind.SUNDAY),
        (date(2026, 12, 29), Kind.BREAK),
    ],
)
def test_kinds_of_day(day: date, expected: Kind) -> None:
    assert kind(day) is expected


def test_a_school_year_has_about_190_days() -> None:
    days = [date(2025, 8, 18) + timedelta(k) for k in range(365)]
    assert sum(kind(day) is Kind.TERM for day in days) == pytest.approx(190, abs=2)
