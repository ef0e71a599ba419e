import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import tiers
from sdanlegg.historian.grid import Hold, summarise
from sdanlegg.historian.tiers import BLOCK, DAY_S, HOUR_S, MINUTE_S, NAMES, QUARTER_S, Summary
from sdanlegg.quality import BAD, GOOD, NO_SAMPLE, UNCERTAIN

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
FIGURES = ("mean", "low", "high", "first", "last")
NUMBERS = st.one_of(st.floats(-1e300, 1e300), st.sampled_from([2.0**53 - 1, 1e300, -1e300, 0.1, np.nan]))
SHARES = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))


@st.composite
def summaries(draw, least=1):
    shape = (draw(st.integers(least, 8)), 2)
    made = {name: draw(arrays.arrays(float, shape, elements=NUMBERS)) for name in FIGURES}
    made |= {name: draw(arrays.arrays(float, shape, elements=SHARES)) for name in ("used", "good")}
    made["count"] = draw(arrays.arrays(float, shape, elements=st.integers(0, 2**32 - 1).map(float)))
    return Summary(**made)


WIDE = np.array([True, False])


def same(a, b):
    for name in NAMES:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


@unhurried
@given(summaries())
def test_rounding_twice_is_rounding_once(summary):
    once = tiers.at_rest(summary, WIDE)
    same(tiers.at_rest(once, WIDE), once)
    for name in FIGURES:
        np.testing.assert_array_equal(getattr(once, name)[:, 0], getattr(summary, name)[:, 0])


@unhurried
@given(summaries())
def test_rounding_makes_no_interval_whole_and_none_empty(summary):
    rested = tiers.at_rest(summary, WIDE)
    np.testing.assert_array_equal(rested.good >= 1.0, summary.good >= 1.0)
    np.testing.assert_array_equal(rested.used >= 1.0, summary.used >= 1.0)


@unhurried
@given(summaries(), st.sampled_from([MINUTE_S, QUARTER_S, HOUR_S, DAY_S]))
def test_what_rests_in_a_block_comes_back(summary, every_s):
    rested = tiers.at_rest(summary, WIDE)
    for point, wide in enumerate(WIDE.tolist()):
        row = tiers.pack_block(rested, point, every_s, wide=wide)
        back = tiers.unpack_block(row, every_s, wide=wide)
        for name in NAMES:
            np.testing.assert_array_equal(getattr(back, name)[:, 0], getattr(rested, name)[:, point], err_msg=name)
        main = tiers.unpack_main(row[0], every_s, wide=wide)
        np.testing.assert_array_equal(main, (rested.last if wide else rested.mean)[:, point])
        used, good = tiers.unpack_shares(row[1], main.size)
        np.testing.assert_array_equal([used, good], [rested.used[:, point], rested.good[:, point]])


def test_whole_intervals_need_no_shares():
    ones = np.ones((4, 1))
    summary = Summary(**dict.fromkeys(NAMES, ones))
    assert tiers.pack_block(summary, 0, HOUR_S, wide=False)[1] is None
    doubtful = Summary(**dict.fromkeys(NAMES, ones) | {"good": ones * 0.5})
    assert tiers.pack_block(doubtful, 0, HOUR_S, wide=False)[1] is not None


SAMPLE = st.tuples(
    st.integers(-20, 120),
    st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf])),
    st.sampled_from([GOOD, UNCERTAIN, BAD]),
)


@unhurried
@given(st.lists(SAMPLE, max_size=40, unique_by=lambda row: row[0]).map(sorted), st.sampled_from([(0,), (0, 3, 5)]))
def test_coarser_intervals_are_what_samples_say(rows, starts):
    t_ns = np.array([row[0] for row in rows], np.int64)
    values = np.array([row[1] for row in rows], float).reshape(-1, 1)
    quality = np.array([row[2] for row in rows], np.uint16).reshape(-1, 1)
    hold = Hold(np.array([9], np.int64))
    edges = np.arange(0, 101, 10, dtype=np.int64)
    coarse = summarise(t_ns, values, quality, hold, np.append(edges[list(starts)], 100))
    made = tiers.combine(summarise(t_ns, values, quality, hold, edges), np.array(starts))
    for name in ("low", "high", "first", "last", "count"):
        np.testing.assert_array_equal(getattr(made, name), getattr(coarse, name), err_msg=name)
    for name in ("mean", "used", "good"):
        np.testing.assert_allclose(getattr(made, name), getattr(coarse, name), rtol=1e-9, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(made.quality() == NO_SAMPLE, coarse.quality() == NO_SAMPLE)


@unhurried
@given(summaries(least=4))
def test_what_is_made_of_a_point_does_not_depend_on_those_beside_it(summary):
    both = tiers.combine(summary, np.array([0, 2, 3]))
    alone = tiers.combine(Summary(*(getattr(summary, name)[:, 1:] for name in NAMES)), np.array([0, 2, 3]))
    for name in NAMES:
        np.testing.assert_array_equal(getattr(both, name)[:, 1:], getattr(alone, name), err_msg=name)


@pytest.mark.parametrize(
    ("every_s", "tier"),
    [
        (60, MINUTE_S),
        (300, MINUTE_S),
        (900, QUARTER_S),
        (2700, QUARTER_S),
        (3600, HOUR_S),
        (86_400, HOUR_S),
        (10, None),
    ],
)
def test_the_coarsest_tier_that_makes_them_up_is_taken(every_s, tier):
    assert tiers.tier_for(every_s * SECOND_NS * np.arange(1, 50, dtype=np.int64)) == tier


def test_nothing_is_nothing():
    none = tiers.nothing(2, 1)
    assert (none.quality() == NO_SAMPLE).all()
    made = tiers.combine(none, np.array([0]))
    same(made, tiers.nothing(1, 1))
    same(tiers.stack([none, none]), tiers.nothing(4, 1))


def test_blocks_are_as_long_as_they_say():
    assert {every_s: tiers.block_ns(every_s) // (86_400 * SECOND_NS) for every_s in BLOCK} == {60: 1, 900: 4, 3600: 16}
    assert tiers.floor_ns(3_700 * SECOND_NS, 3600) == 3600 * SECOND_NS
