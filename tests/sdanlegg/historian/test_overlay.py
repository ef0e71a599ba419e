import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sdanlegg.historian.grid import Block
from sdanlegg.historian.overlay import Correction, overlay
from sdanlegg.quality import BAD, GOOD, MANUAL, RANGE, UNCERTAIN

NO_T, NO_V = np.empty(0, np.int64), np.empty(0)


def block(t_ns, values, quality=GOOD):
    values = np.array(values, float).reshape(-1, 1)
    return Block(np.array([3], np.int32), np.array(t_ns, np.int64), values, np.full(values.shape, quality, np.uint16))


def correction(start, end, action, gain=1.0, shift=0.0, t_ns=NO_T, values=NO_V):
    return Correction(1, 7, start, end, action, gain, shift, np.array(t_ns, np.int64), np.array(values, float))


def rows(found):
    return list(zip(found.t_ns.tolist(), found.values[:, 0].tolist(), found.quality[:, 0].tolist(), strict=True))


def laid(found, *corrections, start=0, end=100):
    return rows(overlay(found, corrections, start, end))


def test_bad_samples_keep_their_value_and_reasons():
    found = laid(block([1, 5, 9], [1, 2, 3], UNCERTAIN | RANGE), correction(5, 9, "bad"))
    assert found == [(1, 1.0, UNCERTAIN | RANGE), (5, 2.0, BAD | RANGE | MANUAL), (9, 3.0, UNCERTAIN | RANGE)]


def test_linear_keeps_the_severity_and_says_that_a_person_did_it():
    found = overlay(block([1, 5], [1, np.nan], BAD), [correction(0, 9, "linear", -2.0, 0.5)], 0, 100)
    np.testing.assert_array_equal(found.values[:, 0], [-1.5, np.nan])
    assert found.quality[:, 0].tolist() == [BAD | MANUAL] * 2


def test_samples_stand_instead_of_all_there_is_and_where_there_was_nothing():
    given_samples = correction(5, 20, "samples", t_ns=[6, 7, 15], values=[60, 70, 150])
    found = laid(block([4, 5, 7, 19, 20], [1, 2, 3, 4, 5]), given_samples)
    manual = UNCERTAIN | MANUAL
    assert found == [(4, 1, GOOD), (6, 60, manual), (7, 70, manual), (15, 150, manual), (20, 5, GOOD)]
    assert laid(block([], []), given_samples) == [(6, 60, manual), (7, 70, manual), (15, 150, manual)]


def test_later_corrections_act_on_what_earlier_ones_gave():
    first, second = correction(0, 10, "samples", t_ns=[5], values=[4]), correction(0, 10, "linear", 2.0, 1.0)
    assert laid(block([1], [1]), first, second) == [(5, 9.0, UNCERTAIN | MANUAL)]
    assert laid(block([1], [1]), second, first) == [(5, 4.0, UNCERTAIN | MANUAL)]


def test_what_is_handed_in_is_not_changed():
    before = block([1], [1])
    overlay(before, [correction(0, 9, "bad"), correction(0, 9, "linear", 3.0)], 0, 100)
    assert rows(before) == [(1, 1.0, GOOD)]


TIMES = st.lists(st.integers(0, 60), unique=True, max_size=20).map(sorted)


@st.composite
def corrections(draw):
    low, high = sorted([draw(st.integers(0, 60)), draw(st.integers(0, 60))])
    inside = [t for t in draw(TIMES) if low <= t <= high]
    action = draw(st.sampled_from(["bad", "linear", "samples"]))
    return correction(low, high + 1, action, 1.5, -1.0, inside, [100.0 + t for t in inside])


@settings(deadline=None)
@given(TIMES, st.lists(corrections(), max_size=4), st.lists(st.integers(1, 60), max_size=4))
def test_pieces_give_what_the_whole_gives(times, made, cuts):
    whole = block(times, [float(t) for t in times])
    ends = [0, *sorted(set(cuts)), 70]
    pieces = [overlay(whole.between(a, b), made, a, b) for a, b in itertools.pairwise(ends)]
    assert [row for piece in pieces for row in rows(piece)] == laid(whole, *made, end=70)
