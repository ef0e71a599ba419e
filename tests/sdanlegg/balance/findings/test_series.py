import numpy as np
import pytest

from sdanlegg.balance.findings.series import against_past, lasting, ranges


def test_lasting_counts_from_the_last_break() -> None:
    assert lasting(np.array([True, True, False, True, True, True])).tolist() == [1, 2, 0, 1, 2, 3]
    assert lasting(np.array([], np.bool_)).tolist() == []


@pytest.mark.parametrize(
    ("gap", "hold", "expected"),
    [(0, 1, [(0, 2), (4, 5)]), (2, 1, [(0, 5)]), (0, 2, [(0, 2)]), (2, 4, [])],
)
def test_ranges_bridge_gaps_and_drop_what_does_not_hold(gap: int, hold: int, expected: list[tuple[int, int]]) -> None:
    active = np.array([True, True, False, False, True, False])
    assert ranges(active, hold, gap) == expected


def test_a_day_that_differs_never_joins_the_past() -> None:
    days = np.array([10.0, 11.0, 9.0, 10.0] + [20.0] * 60)
    past = against_past(days, lambda day, median, _: day > 1.5 * median, window=4, least=3)
    assert past.different.tolist() == [False] * 4 + [True] * 60
    assert np.isnan(past.expected[:3]).all()
    assert past.expected[3:].tolist() == [10.0] * 61


def test_an_unknown_day_is_neither_judged_nor_remembered() -> None:
    days = np.array([1.0, np.nan, 1.0, np.nan, 5.0])
    past = against_past(days, lambda day, median, _: day > 2.0 * median, window=9, least=2)
    assert past.different.tolist() == [False, False, False, False, True]
