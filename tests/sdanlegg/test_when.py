from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdanlegg.clock import SECOND_NS
from sdanlegg.when import TimeError, instant_ns, iso_texts, utc_text

OSLO = ZoneInfo("Europe/Oslo")
HOUR = 3600 * SECOND_NS


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND_NS


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31", "2026-01-30T23:00:00+00:00"),
        ("2026-07-01", "2026-06-30T22:00:00+00:00"),
        ("2026-07-01T06:30", "2026-07-01T04:30:00+00:00"),
        ("2026-07-01 06:30:05", "2026-07-01T04:30:05+00:00"),
        ("2026-07-01T06:30Z", "2026-07-01T06:30:00+00:00"),
        ("2026-10-25T02:30+02:00", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T02:30+01:00", "2026-10-25T01:30:00+00:00"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59+00:00"),
    ],
)
def test_dates_and_times_are_the_halls_unless_they_have_an_offset(text, instant):
    assert instant_ns(text, OSLO) == utc(instant)


def test_a_day_begins_where_the_clock_skips_midnight():
    santiago = ZoneInfo("America/Santiago")
    assert iso_texts(np.array([instant_ns("2026-09-06", santiago)]), santiago, unit="s") == [
        "2026-09-06T01:00:00-03:00"
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("yesterday", "'yesterday' is not a date or a time: write 2026-01-31"),
        ("2026-02-30", "not a date"),
        ("2026-03-29T02:30", "the clock in Europe/Oslo skips"),
        ("2026-10-25T02:30", r"shown twice.*\+02:00 or \+01:00"),
    ],
)
def test_what_is_no_instant_is_refused_with_what_to_write(text, says):
    with pytest.raises(TimeError, match=says):
        instant_ns(text, OSLO)


def test_texts_follow_the_clock_through_both_changes():
    spring = instant_ns("2026-03-29T01:00", OSLO) + HOUR * np.arange(3)
    assert iso_texts(spring, OSLO, unit="s") == [
        "2026-03-29T01:00:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T04:00:00+02:00",
    ]
    autumn = instant_ns("2026-10-25T02:00+02:00", OSLO) + HOUR * np.arange(2)
    assert iso_texts(autumn, OSLO, unit="s") == ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]
    assert iso_texts(np.array([7], np.int64), OSLO) == ["1970-01-01T01:00:00.000000007+01:00"]
    assert utc_text(utc("2026-07-01T06:30:00+00:00")) == "2026-07-01T06:30:00Z"


@given(st.integers(0, 4_000_000_000), st.sampled_from(["Europe/Oslo", "Asia/Kathmandu", "Australia/Lord_Howe"]))
def test_a_text_gives_its_instant_back(seconds, zone):
    t_ns = seconds * SECOND_NS
    text = iso_texts(np.array([t_ns], np.int64), ZoneInfo(zone), unit="s")[0]
    assert instant_ns(text, OSLO) == t_ns
    assert text == datetime.fromtimestamp(seconds, ZoneInfo(zone)).isoformat()
