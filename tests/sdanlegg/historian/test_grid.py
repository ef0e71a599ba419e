import itertools
import math
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import Days
from sdanlegg.historian.grid import Block, Buckets, Hold, edges, newest_of_equal, summarise, union, usable
from sdanlegg.historian.tiers import NAMES, combine, nothing
from sdanlegg.quality import BAD, GOOD, NO_SAMPLE, UNCERTAIN

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUALITIES = st.sampled_from([GOOD, UNCERTAIN, UNCERTAIN | 4, BAD, BAD | 1])
VALUES = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, -np.inf]))
SAMPLE = st.tuples(st.integers(-30, 60), VALUES, QUALITIES)
SAMPLES = st.lists(SAMPLE, max_size=25).map(lambda rows: sorted(rows, key=lambda row: row[0]))
FIRST, EVERY, COUNT = -4, 7, 6
END = FIRST + EVERY * COUNT


def arrays(rows):
    t = np.array([row[0] for row in rows], np.int64)
    v = np.array([row[1] for row in rows], float).reshape(-1, 1)
    return t, v, np.array([row[2] for row in rows], np.uint16).reshape(-1, 1)


def summed(rows, hold=9, pieces=(), every=EVERY, count=COUNT):
    """The whole at once, or cut at the given places as a reader would hand it over."""
    edges_ns = FIRST + every * np.arange(count + 1, dtype=np.int64)
    buckets = Buckets(edges_ns, Hold(np.array([hold], np.int64)))
    cuts = [0, *sorted({min(p, len(rows)) for p in pieces}), len(rows)]
    parts = [rows[a:b] for a, b in itertools.pairwise(cuts) if rows[a:b]]
    for part, following in itertools.zip_longest(parts, parts[1:]):
        buckets.add(*arrays(part), following[0][0] if following else FIRST + every * count)
    return buckets.summary()


def standing(rows, tick, hold):
    """The definition, tick by tick: value and quality that stand during [tick, tick + 1), or None."""
    before = [row for row in rows if row[0] <= tick]
    if not before:
        return None
    t, value, quality = before[-1]
    return (value, quality) if tick < t + hold and quality < BAD and math.isfinite(value) else None


@unhurried
@given(SAMPLES, st.integers(1, 20))
def test_a_summary_is_what_stands_tick_by_tick(rows, hold):
    summary = summed(rows, hold)
    for i in range(COUNT):
        begin, end = FIRST + i * EVERY, FIRST + (i + 1) * EVERY
        stood = [s for s in (standing(rows, t, hold) for t in range(begin, end)) if s is not None]
        good = sum(s[1] < UNCERTAIN for s in stood)
        here = {row[0]: row for row in rows if begin <= row[0] < end}
        assert summary.good[i, 0] == good / EVERY
        assert summary.used[i, 0] == len(stood) / EVERY
        assert summary.count[i, 0] == sum(math.isfinite(v) and q < BAD for _, v, q in here.values())
        values = [s[0] for s in stood] or [np.nan]
        assert summary.mean[i, 0] == pytest.approx(sum(values) / len(values), rel=1e-9, abs=1e-6, nan_ok=True)
        found = [getattr(summary, name)[i, 0] for name in ("low", "high", "first", "last")]
        np.testing.assert_array_equal(found, [min(values), max(values), values[0], values[-1]])
        quality = GOOD if good == EVERY else UNCERTAIN
        assert summary.quality()[i, 0] == (quality if stood else NO_SAMPLE)


def same(a, b):
    for name in NAMES:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


@unhurried
@given(SAMPLES, st.lists(st.integers(0, 25), max_size=5))
def test_pieces_give_what_the_whole_gives_to_the_last_digit(rows, pieces):
    same(summed(rows, pieces=pieces), summed(rows))


@unhurried
@given(SAMPLES, st.lists(VALUES, min_size=25, max_size=25), st.integers(0, 25))
def test_a_point_depends_on_its_own_samples_alone_to_the_last_digit(rows, others, expired):
    """Another point beside it, and older samples that stand no longer, change nothing."""
    edges_ns = FIRST + EVERY * np.arange(COUNT + 1, dtype=np.int64)
    t, v, q = arrays(rows)
    beside = np.column_stack([np.array(others[: t.size]), v, v * 3.0])
    hold = Hold(np.array([4, 9, 9], np.int64))
    both = summarise(t, beside, np.column_stack([q, q, q]), hold, edges_ns)
    older = np.arange(-130, -130 + expired, dtype=np.int64)
    t, v = np.concatenate([older, t]), np.concatenate([np.ones((expired, 1)), v])
    q = np.concatenate([np.zeros((expired, 1), np.uint16), q])
    alone = summarise(t, v, q, Hold(np.array([9], np.int64)), edges_ns)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(both, name)[:, 1:2], getattr(alone, name), err_msg=name)


@unhurried
@given(SAMPLES)
def test_a_long_interval_is_made_of_short_ones(rows):
    fine, coarse = summed(rows, every=7, count=6), summed(rows, every=42, count=1)
    made = combine(fine, np.array([0]))
    for name in ("low", "high", "first", "last", "count"):
        np.testing.assert_array_equal(getattr(made, name), getattr(coarse, name), err_msg=name)
    for name in ("used", "good", "mean"):
        np.testing.assert_allclose(getattr(made, name), getattr(coarse, name), rtol=1e-9, atol=1e-6, err_msg=name)


@unhurried
@given(SAMPLES)
def test_a_mean_lies_between_the_extremes(rows):
    summary = summed(rows)
    known = summary.used > 0
    assert (summary.low[known] <= summary.mean[known]).all()
    assert (summary.mean[known] <= summary.high[known]).all()


def test_each_point_has_its_own_hold():
    edges_ns = np.array([0, 10, 20], np.int64)
    hold = Hold(np.array([5, 15], np.int64))
    t_ns = np.array([0], np.int64)
    summary = summarise(t_ns, np.array([[1.0, 2.0]]), np.zeros((1, 2), np.uint16), hold, edges_ns)
    assert summary.good.tolist() == [[0.5, 1.0], [0.0, 0.5]]
    np.testing.assert_array_equal(summary.mean, [[1.0, 2.0], [np.nan, 2.0]])


def test_no_finite_value_overflows_and_counters_are_not_rounded():
    edges_ns, hold = np.array([0, 10**18], np.int64), Hold(np.array([10**18, 10**18], np.int64))
    t_ns = np.array([0], np.int64)
    summary = summarise(t_ns, np.array([[1e300, 2.0**53 - 1]]), np.zeros((1, 2), np.uint16), hold, edges_ns)
    assert summary.mean[0, 0] == pytest.approx(1e300)
    assert summary.last[0, 1] == 2.0**53 - 1


def test_no_samples_add_nothing():
    buckets = Buckets(np.array([0, 10, 20], np.int64), Hold(np.array([5], np.int64)))
    buckets.add(np.empty(0, np.int64), np.empty((0, 1)), np.empty((0, 1), np.uint16), 20)
    buckets.add(np.array([30], np.int64), np.ones((1, 1)), np.zeros((1, 1), np.uint16), 40)
    same(buckets.summary(), nothing(2, 1))


OSLO = ZoneInfo("Europe/Oslo")
HOUR = 3600 * SECOND_NS


def local_ns(zone, *when):
    return int(datetime(*when, tzinfo=zone).timestamp()) * SECOND_NS


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_days_are_local_and_whole(day, hours):
    noon = local_ns(OSLO, *day, 12)
    found = edges(noon, noon + 1, Days(OSLO))
    assert found.tolist() == [local_ns(OSLO, *day), local_ns(OSLO, *day) + hours * HOUR]
    assert edges(int(found[0]), int(found[1]), Days(OSLO)).tolist() == found.tolist()
    assert edges(int(found[0]), int(found[1]) + 1, Days(OSLO)).size == 3
    assert edges(noon, noon, Days(OSLO)).size == 1


def test_a_day_without_midnight_begins_when_its_date_does():
    zone = ZoneInfo("America/Sao_Paulo")  # 2018-11-04: 00:00 became 01:00
    found = edges(local_ns(zone, 2018, 11, 3, 12), local_ns(zone, 2018, 11, 5), Days(zone))
    assert np.diff(found).tolist() == [24 * HOUR, 23 * HOUR]
    assert found[-1] == local_ns(zone, 2018, 11, 5)


def test_edges_count_from_1970_and_cover_the_range_whole():
    assert edges(11, 29, 10).tolist() == [10, 20, 30]
    assert edges(10, 20, 10).tolist() == [10, 20]
    assert edges(-11, -1, 10).tolist() == [-20, -10, 0]
    assert edges(15, 15, 10).tolist() == [10]


def test_usable_is_finite_and_not_bad():
    values = np.array([1.0, 1.0, 1.0, 1.0, np.nan, np.inf])
    quality = np.array([GOOD, UNCERTAIN | 8, BAD, NO_SAMPLE, GOOD, GOOD], np.uint16)
    assert usable(values, quality).tolist() == [True, True, False, False, False, False]


def block(places, t_ns, values):
    values = np.array(values, float)
    return Block(np.array(places, np.int32), np.array(t_ns, np.int64), values, np.full(values.shape, 4, np.uint16))


def test_of_equal_instants_the_last_row_stays():
    kept = newest_of_equal(block([0], [1, 1, 2, 3, 3, 3], [[1], [2], [3], [4], [5], [6]]))
    assert (kept.t_ns.tolist(), kept.values.ravel().tolist()) == ([1, 2, 3], [2.0, 3.0, 6.0])
    assert newest_of_equal(block([0], [], np.empty((0, 1)))).t_ns.size == 0


@unhurried
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.floats(-9, 9)), max_size=40))
def test_union_has_every_sample_once_and_no_other(rows):
    cells = {(place, t): v for place, t, v in rows}
    blocks = []
    for place in range(4):
        times = sorted(t for p, t in cells if p == place)
        values = np.array([[cells[place, t]] for t in times], float).reshape(-1, 1)
        blocks.append(block([place], times, values))
    t_ns, values, quality = union(blocks, 4)
    assert t_ns.tolist() == sorted({t for _, t in cells})
    found = {(p, int(t_ns[i])): values[i, p] for i, p in zip(*np.nonzero(quality != NO_SAMPLE), strict=True)}
    assert found == cells
    assert np.isnan(values[quality == NO_SAMPLE]).all()


def test_union_of_nothing_has_no_rows():
    t_ns, values, quality = union([], 3)
    assert (t_ns.shape, values.shape, quality.shape) == ((0,), (0, 3), (0, 3))


def test_a_sample_stands_as_long_as_its_own_time_had_it():
    edges_ns, t_ns = np.array([0, 10, 20], np.int64), np.array([0, 10], np.int64)
    hold = Hold(np.array([10, 4], np.int64), ((0, 10, 2), (1, 20, 9)))
    summary = summarise(t_ns, np.ones((2, 2)), np.zeros((2, 2), np.uint16), hold, edges_ns)
    np.testing.assert_array_equal(summary.good, [[1.0, 0.4], [0.2, 0.4]])
