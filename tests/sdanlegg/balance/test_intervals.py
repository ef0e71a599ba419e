"""Increases of counters per interval: against a count sample by sample, and properties that must hold whatever came."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdanlegg.balance.flipped import passed_by, without_flipped
from sdanlegg.balance.intervals import Counters, at_edges, gains, odd, spread_noise
from sdanlegg.clock import SECOND_NS
from sdanlegg.historian.grid import Hold, summarise
from sdanlegg.historian.tiers import NAMES, Summary
from sdanlegg.quality import BAD, GOOD
from sdanlegg.readings import FloatArray, TimeArray

S = SECOND_NS
HOUR = 3600 * S
T0 = 480_000 * HOUR
HOLD_S = 180.0
FREE = Counters(np.array([1e9]), np.array([math.inf]), np.array([HOLD_S]))
ENERGY = Counters(np.array([100_000.0]), np.array([2.0]), np.array([HOLD_S]))


def figures(t_ns: TimeArray, values: FloatArray, edges_ns: TimeArray) -> Summary:
    """What history keeps of one counter; NaN is a bad sample."""
    quality = np.where(np.isfinite(values), GOOD, BAD).astype(np.uint16)
    hold = Hold(np.array([int(HOLD_S * S)]))
    return summarise(t_ns, values[:, None], quality[:, None], hold, edges_ns)


def hours(count: int, parts: int = 1) -> TimeArray:
    return T0 + HOUR // parts * np.arange(count * parts + 1)


def gained(
    t_s: list[float], values: list[float], count: int = 1, counters: Counters = ENERGY, parts: int = 1
) -> FloatArray:
    t_ns = T0 + (np.array(t_s) * S).astype(np.int64)
    return gains(figures(t_ns, np.array(values), hours(count, parts)), counters, 3600.0 / parts)[:, 0]


def counted(t_ns: TimeArray, values: FloatArray, edges_ns: TimeArray) -> FloatArray:
    """Sample by sample: each step falls to the instant at which it was seen, or evenly to what its gap hides."""
    found = np.zeros(edges_ns.size - 1)
    for i in range(t_ns.size - 1):
        step, end = values[i + 1] - values[i], int(t_ns[i + 1])
        begin = min(int(t_ns[i]) + int(HOLD_S * S), end)
        for k in range(found.size):
            low, high = int(edges_ns[k]), int(edges_ns[k + 1])
            if begin == end:
                found[k] += step if low < end <= high else 0.0
            else:
                found[k] += step * max(0, min(high, end) - max(low, begin)) / (end - begin)
    return found


@st.composite
def polls(draw: st.DrawFn) -> tuple[TimeArray, FloatArray]:
    """Some hours of a counter polled each minute or so; stretches are missing; only the first is at an edge."""
    count = draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    t_s = np.arange(30.0, count * 3600.0, 60.0) + rng.uniform(-20.0, 20.0, count * 60)
    t_s[0] = 0.0
    values = 1000.0 + np.cumsum(rng.exponential(0.5, t_s.size))
    keep = np.ones(t_s.size, bool)
    for _ in range(draw(st.integers(0, 3))):
        begin = draw(st.floats(300.0, count * 3600.0 - 300.0))
        keep &= (t_s < begin) | (t_s > begin + draw(st.floats(0.0, 9000.0)))
    keep[0] = keep[-1] = True
    return T0 + (t_s[keep] * S).astype(np.int64), values[keep]


def edges_of(t_ns: TimeArray) -> TimeArray:
    return hours(int((t_ns[-1] - T0) // HOUR) + 1)


@given(polls())
def test_increases_add_up_to_what_the_counter_counted(made: tuple[TimeArray, FloatArray]) -> None:
    t_ns, values = made
    edges = edges_of(t_ns)
    found = gains(figures(t_ns, values, edges), FREE, 3600.0)[:, 0]
    assert np.isclose(found.sum(), values[-1] - values[0], rtol=1e-12)
    assert (found >= 0).all()


@given(polls())
def test_each_interval_is_what_a_count_sample_by_sample_gives(made: tuple[TimeArray, FloatArray]) -> None:
    t_ns, values = made
    edges = edges_of(t_ns)
    found = gains(figures(t_ns, values, edges), FREE, 3600.0)[:, 0]
    expected = counted(t_ns, values, edges)
    long_ = np.flatnonzero(np.diff(t_ns) > HOLD_S * S)
    first, last = (t_ns[long_] + int(HOLD_S * S) - T0) // HOUR, (t_ns[long_ + 1] - T0) // HOUR
    for k in range(found.size):
        touching = np.flatnonzero((first <= k) & (last >= k))
        # of several gaps in an hour only their length together is known
        if all(((first <= last[gap]) & (last >= first[gap])).sum() == 1 for gap in touching):
            assert math.isclose(found[k], expected[k], rel_tol=1e-9, abs_tol=1e-9)


@given(polls())
def test_quarters_add_up_to_hours(made: tuple[TimeArray, FloatArray]) -> None:
    t_ns, values = made
    count = edges_of(t_ns).size - 1
    fine = gains(figures(t_ns, values, hours(count, 4)), FREE, 900.0)[:, 0]
    coarse = gains(figures(t_ns, values, hours(count)), FREE, 3600.0)[:, 0]
    assert np.isclose(np.nansum(fine), coarse.sum(), rtol=1e-12)
    if t_ns.size == count * 60:
        assert np.allclose(fine.reshape(-1, 4).sum(axis=1), coarse, rtol=1e-12)


@given(polls(), st.sampled_from([1e-3, 1000.0, 3.6]))
def test_another_unit_gives_the_same(made: tuple[TimeArray, FloatArray], factor: float) -> None:
    t_ns, values = made
    values = np.where(np.arange(values.size) > values.size // 2, values - 999.0, values)  # reset on the way
    scaled = Counters(ENERGY.span * factor, ENERGY.fastest * factor, ENERGY.hold_s)
    edges = edges_of(t_ns)
    one = gains(figures(t_ns, values, edges), ENERGY, 3600.0)
    other = gains(figures(t_ns, values * factor, edges), scaled, 3600.0)
    assert np.allclose(one * factor, other, rtol=1e-9, atol=1e-9 * factor, equal_nan=True)


def test_a_reset_counts_on_from_zero() -> None:
    t_s = [60.0 * i for i in range(121)]
    true = [100.0 + 0.5 * i for i in range(121)]
    shown = [value if i <= 30 else value - true[30] for i, value in enumerate(true)]  # in the first hour
    assert gained(t_s, shown, 2).tolist() == pytest.approx([30.0, 29.5])
    shown = [value if i < 60 else value - true[59] for i, value in enumerate(true)]  # between the two
    assert gained(t_s, shown, 2).tolist() == pytest.approx([30.0, 29.5])


def test_a_wrap_counts_over_its_end() -> None:
    t_s = [60.0 * i for i in range(121)]
    shown = [(99_990.0 + 0.5 * i) % 100_000.0 for i in range(121)]
    assert gained(t_s, shown, 2).tolist() == pytest.approx([30.0, 29.5])


@pytest.mark.parametrize("at", [30, 60])
def test_another_meter_adds_nothing_of_its_own_past(at: int) -> None:
    t_s = [60.0 * i for i in range(121)]
    lower = [(100_00.0 if i < at else 4000.0) + 0.5 * i for i in range(121)]
    assert gained(t_s, lower, 2).sum() == pytest.approx(59.0)  # what was counted while it was changed is not known
    higher = [(4000.0 if i < at else 80_000.0) + 0.5 * i for i in range(121)]
    found = gained(t_s, higher, 2)
    if at == 60:
        assert found.tolist() == pytest.approx([29.5, 29.5])
    else:
        assert np.isnan(found[0])
        assert found[1] == pytest.approx(29.5)


def test_a_gap_hides_when_but_not_how_much() -> None:
    t_s = [*(60.0 * i for i in range(31)), *(60.0 * i for i in range(210, 301))]
    shown = [1000.0 + t / 120.0 for t in t_s]
    found = gained(t_s, shown, 5)
    assert found[:4].sum() == pytest.approx((210 * 60 + 1800) / 120.0)
    lost_s = 210 * 60.0 - 1800.0 - HOLD_S
    step = (210 - 30) * 0.5
    assert found[1] == pytest.approx(step * 3600.0 / lost_s)
    assert found[2] == found[1]
    assert found[3] == pytest.approx(step * 1800.0 / lost_s + 15.0)


def test_a_counter_that_fell_in_a_long_gap_is_not_known_there() -> None:
    t_s = [*(60.0 * i for i in range(31)), *(60.0 * i for i in range(210, 301))]
    shown = [(1000.0 if t < 7200 else -90.0) + t / 120.0 for t in t_s]
    found = gained(t_s, shown, 5)
    assert np.isnan(found[1:3]).all()
    assert found[0] == pytest.approx(15.0)


def test_nothing_seen_is_nothing_known() -> None:
    t_ns = np.array([T0 - HOUR, T0 + 3 * HOUR])
    empty = figures(t_ns[:0], np.empty(0), hours(2))
    assert np.isnan(gains(empty, ENERGY, 3600.0)).all()
    assert np.isnan(at_edges(empty)).all()
    bad = figures(T0 + np.arange(60) * 60 * S, np.full(60, np.nan), hours(2))
    assert np.isnan(gains(bad, ENERGY, 3600.0)).all()


def test_what_stood_at_an_edge() -> None:
    t_ns = T0 + np.array([0, 1800, 3500, 9000]) * S
    found = at_edges(figures(t_ns, np.array([1.0, 2.0, 3.0, 4.0]), hours(4)))[:, 0]
    assert found[:4].tolist() == [1.0, 3.0, 4.0, 4.0]
    assert np.isnan(found[4])


def test_a_flipped_byte_is_passed_by() -> None:
    values = np.array([1.0, 2.0, 700.0, 3.0, 3.0, 0.0, 4.0, 0.5, 1.0])
    assert np.flatnonzero(passed_by(values)).tolist() == [2, 5]  # and the fall at the end is a reset


@pytest.mark.parametrize("at", [20, 60, 61, 119])
@pytest.mark.parametrize("wrong", [0.0, 70_000.0])
def test_flipped_bytes_count_for_nothing(at: int, wrong: float) -> None:
    t_ns = T0 + np.arange(181) * 60 * S
    values = 500.0 + 0.5 * np.arange(181.0)
    shown = values.copy()
    shown[at] = wrong
    edges = hours(3)
    seen = figures(t_ns, shown, edges)
    mask = odd(seen, ENERGY, 3600.0)[:, 0]
    assert mask.any()
    held = Summary(*(getattr(seen, name).copy() for name in NAMES))
    rows = slice(int(np.flatnonzero(mask)[0]), int(np.flatnonzero(mask)[-1]) + 1)
    without_flipped(held, 0, rows, edges[rows.start : rows.stop + 1], t_ns, shown)
    found = gains(held, ENERGY, 3600.0)[:, 0]
    expected = gains(figures(t_ns, values, edges), ENERGY, 3600.0)[:, 0]
    late = 0.5 if at == 60 else 0.0  # the value at the edge itself is lost: its step is seen one poll later
    assert found.tolist() == pytest.approx([expected[0] - late, expected[1] + late, expected[2]])
    untouched = replace(seen)
    without_flipped(untouched, 0, rows, edges[rows.start : rows.stop + 1], t_ns[:0], shown[:0])
    assert untouched.first.tolist() == seen.first.tolist()


def test_what_was_spread_is_less_sure() -> None:
    gained_, coverage = np.array([[6.0, 6.0, np.nan]]), np.array([[1.0, 0.0, 0.0]])
    noise = spread_noise(gained_, coverage)
    assert noise[0, 0] == 0.0
    assert noise[0, 1] == pytest.approx(6.0 / math.sqrt(3.0))
    assert np.isnan(noise[0, 2])
