import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdanlegg.plausibility import Plausibility
from sdanlegg.quality import BAD, COMM, RANGE, RATE, RESET, STUCK, UNCERTAIN
from tests.support.hall import Source, core_point, table


def judged(points, *samples):
    """Return the qualities of one point's samples, given as (seconds, value)."""
    source, judge = Source(points, "d"), Plausibility(points)
    return [judge.judge(source.at(t, v)).quality.tolist()[0] for t, v in samples]


def test_values_in_range_stay_good_and_values_outside_are_uncertain() -> None:
    points = table(core_point("d.a", low=0, high=10))
    assert judged(points, (0, 5), (1, 10), (2, 10.1), (3, -0.1), (4, 0)) == [
        0,
        0,
        UNCERTAIN | RANGE,
        UNCERTAIN | RANGE,
        0,
    ]


def test_one_flipped_byte_costs_one_sample() -> None:
    points = table(core_point("d.t", max_rate=5.0))
    assert judged(points, (0, 20), (1, 20.1), (2, 84.1), (3, 20.2), (4, 20.3)) == [0, 0, UNCERTAIN | RATE, 0, 0]


def test_a_real_step_is_believed_at_its_second_sample() -> None:
    points = table(core_point("d.t", max_rate=5.0))
    bad = UNCERTAIN | RATE
    assert judged(points, (0, 20), (1, 80), (2, 80.1), (3, 80.2)) == [0, bad, bad, 0]


def test_a_long_gap_allows_a_long_way() -> None:
    points = table(core_point("d.t", max_rate=5.0))
    assert judged(points, (0, 20), (600, 80)) == [0, 0]


def test_a_counter_that_falls_is_reset_until_the_new_level_is_confirmed() -> None:
    points = table(core_point("d.e", kind="counter", quantity="energy", unit="kWh", low=0, high=1e9, max_rate=2.0))
    reset = UNCERTAIN | RESET
    assert judged(points, (0, 1000), (1, 1000.5), (2, 0), (3, 0.1), (4, 0.2)) == [0, 0, reset, reset, 0]


def test_a_flipped_byte_in_a_counter_does_not_move_its_level() -> None:
    points = table(core_point("d.e", kind="counter", quantity="energy", unit="kWh", low=0, high=1e9, max_rate=2.0))
    assert judged(points, (0, 1000), (1, 872), (2, 1001), (3, 66536), (4, 1001)) == [
        0,
        UNCERTAIN | RESET,
        0,
        UNCERTAIN | RATE,
        0,
    ]


def test_a_value_that_never_moves_is_stuck_and_moves_again() -> None:
    points = table(core_point("d.ph", stuck_after_s=10))
    assert judged(points, (0, 7), (5, 7), (11, 7), (12, 7.1), (13, 7.1)) == [0, 0, UNCERTAIN | STUCK, 0, 0]


def test_bad_samples_keep_their_reason_and_their_level() -> None:
    points = table(core_point("d.t", max_rate=5.0))
    assert judged(points, (0, 20), (1, math.nan), (2, 21), (3, 90)) == [0, BAD | COMM, 0, UNCERTAIN | RATE]


def test_uncertain_samples_get_the_further_reason() -> None:
    points = table(core_point("d.a", low=0, high=10))
    source = Source(points, "d")
    reading = Plausibility(points).judge(source.at(0, 11, quality=UNCERTAIN | COMM))
    assert reading.quality.tolist() == [UNCERTAIN | COMM | RANGE]


@given(
    st.lists(
        st.tuples(st.floats(allow_nan=True, allow_infinity=False, width=32), st.integers(0, 20)),
        min_size=1,
        max_size=30,
    )
)
def test_values_are_never_changed_and_good_is_never_beside_nan(samples) -> None:
    points = table(core_point("d.a", low=-50, high=50, max_rate=1.0), core_point("d.b", kind="counter", max_rate=3.0))
    source, judge, now = Source(points, "d"), Plausibility(points), 0
    for value, step in samples:
        now += step
        before = source.at(now, value, value)
        after = judge.judge(before)
        assert after.values is before.values
        assert not np.any((after.quality < UNCERTAIN) & np.isnan(after.values))
        assert np.all(after.quality >= before.quality)


@pytest.mark.parametrize("quiet", [True, False])
def test_the_short_way_and_the_long_way_agree(quiet: bool) -> None:
    """Between ordinary readings a gap in another point forces the long way; the judgement must not differ."""
    points = table(core_point("d.a", low=0, high=100, max_rate=5.0), core_point("d.other"))
    source, judge = Source(points, "d"), Plausibility(points)
    values = [20, 21, 80, 22, 22, 99, 99, 98, 101, 97]
    other = [0.0] * 10 if quiet else [math.nan, 0.0] * 5
    got = [
        judge.judge(source.at(i, v, o)).quality.tolist()[0] for i, (v, o) in enumerate(zip(values, other, strict=True))
    ]
    rate, outside = UNCERTAIN | RATE, UNCERTAIN | RANGE
    assert got == [0, 0, rate, 0, 0, rate, rate, 0, outside, 0]
