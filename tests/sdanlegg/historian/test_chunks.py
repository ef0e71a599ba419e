import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sdanlegg.clock import SECOND_NS
from sdanlegg.historian import chunks
from sdanlegg.historian.chunks import DAY_NS, DECIMAL, NARROW, WIDE

unhurried = settings(deadline=None)
DAY = 20_000 * DAY_NS
ODD = [np.nan, np.inf, -np.inf, -0.0, 2.0**53, 2.0**53 - 1, 2.0**63, 1e300, 5e-324, 0.1, 131072.01, -273.15]
VALUES = st.lists(st.one_of(st.floats(), st.sampled_from(ODD), st.integers(-(10**12), 10**12).map(float)), max_size=60)


def same(got, sent):
    """Bit by bit, but all NaN alike."""
    np.testing.assert_array_equal(got, sent)
    known = ~np.isnan(sent)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(sent[known]))


@unhurried
@given(st.lists(st.integers(0, DAY_NS - 1), max_size=60, unique=True).map(sorted))
@example([])
@example([DAY_NS - 1])
def test_instants_come_back_to_the_ns(offsets):
    t_ns = DAY + np.array(offsets, np.int64)
    got = chunks.unpack_axis(DAY, chunks.pack_axis(DAY, t_ns))
    assert got.dtype == np.int64
    np.testing.assert_array_equal(got, t_ns)


def test_regular_instants_take_next_to_nothing():
    t_ns = DAY + 10 * SECOND_NS * np.arange(8640, dtype=np.int64)
    assert len(chunks.pack_axis(DAY, t_ns)) < 400


@unhurried
@given(VALUES)
@example([])
@example(ODD)
@example([np.nan, np.nan])
@example([np.nan, 1.25, np.nan, 2.0**53 - 1])
@example([-0.0])
def test_wide_values_keep_every_digit(sent):
    sent = np.array(sent, float)
    encoding, blob = chunks.pack_values(sent, wide=True)
    same(chunks.unpack_values(encoding, blob, sent.size), sent)


@unhurried
@given(VALUES)
@example(ODD)
def test_narrow_values_are_rounded_to_float32_once(sent):
    sent = np.array(sent, float)
    with np.errstate(over="ignore"):
        rounded = sent.astype(np.float32).astype(float)
    encoding, blob = chunks.pack_values(sent, wide=False)
    assert encoding == NARROW
    got = chunks.unpack_values(encoding, blob, sent.size)
    same(got, rounded)
    same(chunks.unpack_values(*chunks.pack_values(got, wide=False), sent.size), rounded)


@pytest.mark.parametrize(
    ("values", "encoding"),
    [
        ([1.0, 2.0, np.nan], DECIMAL),
        ([131072.01, 131072.02], DECIMAL + 2),
        ([0.1234], DECIMAL + 4),
        ([0.12345], WIDE),
        ([2.0**53], WIDE),
        ([np.inf, 1.0], WIDE),
    ],
)
def test_counters_rest_as_whole_numbers_where_that_is_exact(values, encoding):
    assert chunks.pack_values(np.array(values), wide=True)[0] == encoding


def test_a_counter_takes_about_a_byte_a_sample():
    values = np.round(131072.01 + np.cumsum(np.random.default_rng(1).integers(0, 3, 8640)) * 0.01, 2)
    assert len(chunks.pack_values(values, wide=True)[1]) < 8640


@unhurried
@given(arrays.arrays(np.uint16, st.integers(0, 60)))
def test_qualities_come_back_and_all_good_is_nothing(sent):
    blob = chunks.pack_quality(sent)
    assert (blob is None) == (not sent.any())
    np.testing.assert_array_equal(chunks.unpack_quality(blob, sent.size), sent)


@unhurried
@given(arrays.arrays(np.int64, st.integers(0, 60)))
def test_source_times_come_back(sent):
    np.testing.assert_array_equal(chunks.unpack_source(chunks.pack_source(sent)), sent)
    assert chunks.unpack_source(chunks.pack_source(None)) is None


@given(st.integers(-(2**62), 2**62))
def test_a_day_holds_its_instants(t_ns):
    first = chunks.day_of(t_ns)
    assert first <= t_ns < first + DAY_NS
    assert first % DAY_NS == 0
