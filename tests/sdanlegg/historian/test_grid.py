import itertools
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdanlegg.historian.grid import Block, Buckets, newest_of_equal, union, usable
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
    buckets = Buckets(FIRST, every, count, np.array([hold], np.int64))
    cuts = [0, *sorted({min(p, len(rows)) for p in pieces}), len(rows)]
    parts = [rows[a:b] for a, b in itertools.pairwise(cuts) if rows[a:b]]
    for part, following in itertools.zip_longest(parts, parts[1:]):
        buckets.add(*arrays(part), following[0][0] if following else FIRST + every * count)
    return buckets


def standing(rows, tick, hold):
    """The definition, tick by tick: value and quality that stand during [tick, tick + 1), or None."""
    before = [row for row in rows if row[0] <= tick]
    if not before:
        return None
    t, value, quality = before[-1]
    return (value, quality) if tick < t + hold and quality < BAD and math.isfinite(value) else None


@unhurried
@given(SAMPLES, st.integers(1, 20))
def test_buckets_are_what_stands_tick_by_tick(rows, hold):
    buckets = summed(rows, hold)
    for i in range(COUNT):
        ticks = [standing(rows, t, hold) for t in range(FIRST + i * EVERY, FIRST + (i + 1) * EVERY)]
        stood = [s for s in ticks if s is not None]
        good = sum(s[1] < UNCERTAIN for s in stood)
        assert buckets.coverage()[i, 0] == good / EVERY
        if stood:
            assert buckets.means()[i, 0] == pytest.approx(sum(s[0] for s in stood) / len(stood), rel=1e-9, abs=1e-6)
            assert buckets.lasts()[i, 0] == stood[-1][0]
            assert buckets.quality()[i, 0] == (GOOD if good == EVERY else UNCERTAIN)
        else:
            assert np.isnan([buckets.means()[i, 0], buckets.lasts()[i, 0]]).all()
            assert buckets.quality()[i, 0] == NO_SAMPLE


@unhurried
@given(SAMPLES, st.lists(st.integers(0, 25), max_size=5))
def test_pieces_give_what_the_whole_gives(rows, pieces):
    whole, cut = summed(rows), summed(rows, pieces=pieces)
    np.testing.assert_allclose(cut.means(), whole.means(), rtol=1e-9, atol=1e-9)
    for figure in ("lasts", "coverage", "quality"):
        np.testing.assert_array_equal(getattr(cut, figure)(), getattr(whole, figure)())


@unhurried
@given(SAMPLES)
def test_a_long_interval_is_the_weighted_mean_of_short_ones(rows):
    fine, coarse = summed(rows, every=7, count=6), summed(rows, every=42, count=1)
    np.testing.assert_allclose(fine.coverage().mean(axis=0), coarse.coverage()[0])
    used = np.array([[standing(rows, FIRST + i * 7 + k, 9) is not None for k in range(7)] for i in range(6)]).sum(
        axis=1
    )
    if used.any():
        mean = np.nansum(fine.means()[:, 0] * used) / used.sum()
        assert coarse.means()[0, 0] == pytest.approx(mean, rel=1e-9, abs=1e-6)


@unhurried
@given(SAMPLES)
def test_a_mean_lies_between_the_values_that_are_used(rows):
    used = [v for _, v, q in rows if q < BAD and math.isfinite(v)]
    means = summed(rows).means()
    assert np.isnan(means).all() or (np.nanmin(means) >= min(used) - 1e-6 and np.nanmax(means) <= max(used) + 1e-6)


def test_each_point_has_its_own_hold():
    buckets = Buckets(0, 10, 2, np.array([5, 15], np.int64))
    buckets.add(np.array([0], np.int64), np.array([[1.0, 2.0]]), np.zeros((1, 2), np.uint16), 20)
    assert buckets.coverage().tolist() == [[0.5, 1.0], [0.0, 0.5]]
    np.testing.assert_array_equal(buckets.means(), [[1.0, 2.0], [np.nan, 2.0]])


def test_no_finite_value_overflows_and_counters_are_not_rounded():
    buckets = Buckets(0, 10**18, 1, np.array([10**18, 10**18], np.int64))
    buckets.add(np.array([0], np.int64), np.array([[1e300, 2.0**53 - 1]]), np.zeros((1, 2), np.uint16), 10**18)
    assert buckets.means()[0, 0] == pytest.approx(1e300)
    assert buckets.lasts()[0, 1] == 2.0**53 - 1


def test_no_samples_add_nothing():
    buckets = Buckets(0, 10, 2, np.array([5], np.int64))
    buckets.add(np.empty(0, np.int64), np.empty((0, 1)), np.empty((0, 1), np.uint16), 20)
    buckets.add(np.array([30], np.int64), np.ones((1, 1)), np.zeros((1, 1), np.uint16), 40)
    assert (buckets.quality() == NO_SAMPLE).all()


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
