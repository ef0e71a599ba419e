"""Open hours by the hall's clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sdanlegg.balance.opening import closed_days, hours_open
from sdanlegg.clock import SECOND_NS

OSLO = ZoneInfo("Europe/Oslo")
OPENING = {"mon": "06:00-21:30", "sat": "10:00-18:00", "sun": "closed", "fri": "20:00-02:00", "wed": "00:00-24:00"}


def edges(*clocks: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    instants = [datetime.fromisoformat(clock).replace(tzinfo=OSLO).timestamp() for clock in clocks]
    return np.array(instants).astype(np.int64) * SECOND_NS


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-23T00:00", "2026-11-24T00:00", 15.5),  # a Monday
        ("2026-11-23T21:00", "2026-11-23T22:00", 0.5),
        ("2026-11-25T00:00", "2026-11-26T00:00", 24.0),
        ("2026-11-28T00:00", "2026-11-29T00:00", 10.0),  # Saturday: two hours of Friday's night
        ("2026-11-29T00:00", "2026-11-30T00:00", 0.0),
        ("2026-11-24T00:00", "2026-11-25T00:00", 0.0),  # of Tuesdays nothing is said
        ("2026-03-28T00:00", "2026-03-30T00:00", 10.0),  # over the change of the clock
    ],
)
def test_open_hours(start: str, end: str, expected: float) -> None:
    assert hours_open(OPENING, OSLO, edges(start, end)).sum() == pytest.approx(expected)


def test_open_hours_fall_to_their_intervals() -> None:
    found = hours_open(OPENING, OSLO, edges(*(f"2026-11-23T{h:02}:00" for h in range(24))))
    assert found[5:8].tolist() == [0.0, 1.0, 1.0]
    assert found[20:23].tolist() == [1.0, 0.5, 0.0]
    assert hours_open(OPENING, OSLO, edges("2026-11-23T00:00")).size == 0


def test_weekdays_on_which_it_never_opens() -> None:
    assert closed_days({"mon": "closed", "tue": "06:00-21:00"}) == (0, 2, 3, 4, 5, 6)
    assert closed_days({}) == ()
