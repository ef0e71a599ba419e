"""Which days are alike, and weeks out of days."""

from datetime import date, timedelta

import numpy as np
import pytest

from sdanlegg.balance.day_types import CLOSED, SATURDAY, SUNDAY, WORKING, day_types, weeks
from sdanlegg.holidays import public_holidays

MAY = [date(2026, 5, 11) + timedelta(k) for k in range(20)]  # Monday 11 to Saturday 30 May


def test_a_public_holiday_is_a_sunday() -> None:
    types = dict(zip(MAY, day_types(MAY, public_holidays(2026)).tolist(), strict=True))
    assert types[date(2026, 5, 11)] == WORKING
    assert types[date(2026, 5, 14)] == SUNDAY  # Ascension
    assert types[date(2026, 5, 16)] == SATURDAY
    assert types[date(2026, 5, 17)] == SUNDAY
    assert types[date(2026, 5, 25)] == SUNDAY  # Whit Monday
    assert day_types(MAY[:1], (), closed={0}).tolist() == [CLOSED]


def test_only_whole_weeks_count_and_missing_days_are_not_zero() -> None:
    t, energy = np.arange(20.0), np.full(20, 100.0)
    energy[8] = np.nan
    mondays, mean, total = weeks(MAY, t, energy)
    assert mondays == (date(2026, 5, 11), date(2026, 5, 18))
    assert mean == pytest.approx([3.0, 10.0])
    assert total == pytest.approx([700.0, np.nan], nan_ok=True)
    mondays, mean, _ = weeks(MAY[2:], t[2:], energy[2:])
    assert (mondays, mean.tolist()) == ((date(2026, 5, 18),), [10.0])


def test_days_with_a_hole_are_refused() -> None:
    with pytest.raises(ValueError, match="follow each other"):
        weeks([MAY[0], MAY[2]], np.zeros(2), np.zeros(2))
    assert weeks([], np.empty(0), np.empty(0))[0] == ()
