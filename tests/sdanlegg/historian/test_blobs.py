import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sdanlegg.historian.blobs import Layouts, pack, unpack_quality, unpack_source, unpack_values
from sdanlegg.points import PointTable
from sdanlegg.quality import BAD, COMM, GOOD
from sdanlegg.readings import NO_SOURCE_TIME, Reading
from tests.support.history import counter, gauge

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MIXED = PointTable([gauge("a.a"), counter("a.b"), gauge("a.c"), counter("a.d"), gauge("a.e")])
IDS = np.array([11, 7, 300, 2, 70000], np.int32)
ALL = np.arange(5, dtype=np.int32)


def of(columns, values, quality=None, source=None):
    n = len(columns)
    q = np.zeros(n, np.uint16) if quality is None else np.array(quality, np.uint16)
    return Reading("a", 5, np.array(columns, np.int32), np.array(values, float), q, source)


@unhurried
@given(
    st.lists(hnp.arrays(np.float64, 5, elements=st.floats(width=32)), min_size=1, max_size=6),
    st.permutations(range(5)),
    st.sets(st.integers(0, 4)),
)
def test_values_come_back_bit_for_bit(sent, order, asked):
    layouts = Layouts(MIXED, IDS, [])
    columns, positions = np.array(order, np.int32), np.array(sorted(asked), np.int32)
    rows = [pack(layouts.of(columns), of(columns, v)) for v in sent]
    got = unpack_values(layouts.of(columns), [row[2] for row in rows], positions)
    np.testing.assert_array_equal(got, np.array(sent)[:, positions])


@unhurried
@given(st.lists(hnp.arrays(np.uint16, 5), min_size=1, max_size=6))
def test_quality_comes_back_bit_for_bit(sent):
    layout = Layouts(MIXED, IDS, []).of(ALL)
    rows = [pack(layout, of(ALL, np.ones(5), q)) for q in sent]
    np.testing.assert_array_equal(unpack_quality(layout, [row[3] for row in rows], ALL), sent)


def test_the_blob_is_fixed_to_the_byte():
    layout = Layouts(MIXED, IDS, []).of(ALL)
    row = pack(layout, of(ALL, [1.0, 131072.01, np.nan, -2.0, 0.5], [0, 0, 0x8040, 0, 0x4004], ALL.astype(np.int64)))
    assert row[:2] == (1, 5)
    assert row[2].hex() == "48e17a1400000041" + "00000000000000c0" + "0000803f" + "0000c07f" + "0000003f"
    assert row[3].hex() == "0000" + "0000" + "4080" + "0000" + "0440"
    assert row[4].hex() == "".join(f"{i:02x}" + "00" * 7 for i in range(5))


def test_what_is_the_usual_takes_no_room():
    layout = Layouts(MIXED, IDS, []).of(ALL)
    assert pack(layout, of(ALL, np.ones(5)))[3:] == (None, None)
    nothing = pack(layout, of(ALL, np.full(5, np.nan), np.full(5, BAD | COMM)))
    assert (nothing[2], nothing[3].hex()) == (None, "0180")
    assert np.isnan(unpack_values(layout, [nothing[2]], ALL)).all()
    assert unpack_quality(layout, [nothing[3], None], ALL).tolist() == [[BAD | COMM] * 5, [GOOD] * 5]


def test_source_times_come_back():
    layout = Layouts(MIXED, IDS, []).of(ALL)
    sent = np.array([1, -1, NO_SOURCE_TIME, 2**62, 0], np.int64)
    assert unpack_source(pack(layout, of(ALL, np.ones(5), source=sent))[4]).tolist() == sent.tolist()
    assert unpack_source(None) is None


def test_an_impossible_gauge_is_packed_without_a_word():
    layouts = Layouts(MIXED, IDS, [])
    row = layouts.row(of([0], [1e300]))
    assert unpack_values(layouts.all[0], [row[2]], np.array([0], np.int32)).tolist() == [[np.inf]]


def test_a_layout_is_made_once_for_a_set_of_points_whatever_the_array():
    layouts = Layouts(MIXED, IDS, [])
    first = layouts.of(np.array([0, 2], np.int32))
    assert layouts.of(np.array([0, 2], np.int64)) is first
    assert layouts.of(np.array([0, 2, 4], np.int32)[:2]) is first
    assert layouts.of(np.array([2, 0], np.int32)) is not first
    assert [x.l for x in layouts.all] == [1, 2]
    assert Layouts(MIXED, IDS, layouts.all).of(np.array([0, 2], np.int32)) is first


def test_a_point_that_becomes_wide_gets_a_layout_of_its_own():
    old = Layouts(MIXED, IDS, [])
    narrow = old.of(np.array([0], np.int32))
    now = PointTable([counter("a.a"), *list(MIXED)[1:]])
    assert Layouts(now, IDS, old.all).of(np.array([0], np.int32)).l == narrow.l + 1


@pytest.mark.parametrize(
    ("columns", "values", "quality", "source"),
    [
        ([0, 5], [1, 2], None, None),
        ([-1, 2], [1, 2], None, None),
        ([1, 1], [1, 2], None, None),
        ([0, 1], [1], None, None),
        ([0, 1], [1, 2], [0], None),
        ([0, 1], [1, 2], None, np.zeros(3, np.int64)),
        ([0, 1], [[1], [2]], None, None),
    ],
)
def test_a_reading_that_does_not_fit_together_is_refused(columns, values, quality, source):
    with pytest.raises(ValueError, match=r"outside|twice|differ"):
        Layouts(MIXED, IDS, []).row(of(columns, values, quality, source))
