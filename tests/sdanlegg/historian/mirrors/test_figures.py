import numpy as np
import pytest

from sdanlegg.historian.mirrors.figures import BRIDGE, LOOKED_AT, MOST_AT_ONCE, Figures, parts, stretches
from sdanlegg.quality import BAD, UNCERTAIN


def figures(samples, values=None, worst=0):
    samples = np.array(samples, float)
    values = samples.copy() if values is None else np.array(values, float)
    return Figures(samples * 2, samples * 3, values, samples, np.full(samples.size, float(worst)))


def test_an_interval_is_whole_when_one_sample_is_missing_or_too_many_at_most():
    assert figures([0, 58, 59, 60, 61, 62]).whole(3600, 60).tolist() == [False, False, True, True, True, False]


@pytest.mark.parametrize("made", [figures([60], values=[59]), figures([60], worst=UNCERTAIN), figures([60], worst=BAD)])
def test_a_doubtful_or_missing_value_spoils_it(made):
    assert not made.whole(3600, 60).any()
    assert figures([60], worst=UNCERTAIN - 1).whole(3600, 60).all()


def test_figures_of_two_series_are_laid_side_by_side_and_not_trusted_where_both_have_samples():
    made = Figures.nothing(4)
    made.put(np.array([0, 1]), figures([60, 60]))
    made.put(np.array([1, 2]), figures([30, 60]))
    assert made.samples.tolist() == [60, 30, 60, 0]
    assert made.worst.tolist() == [0, BAD, 0, 0]
    np.testing.assert_array_equal(made.mean, [120, 60, 120, np.nan])


def test_the_summary_is_that_of_whole_intervals():
    summary = figures([60, 60]).summary()
    assert (summary.used == 1).all()
    assert (summary.good == 1).all()
    assert summary.quality().tolist() == [[0], [0]]
    assert (summary.mean.tolist(), summary.last.tolist()) == ([[120.0], [120.0]], [[180.0], [180.0]])


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ([], []),
        ([0], [(0, 1)]),
        ([3, 4, 5], [(3, 6)]),
        ([3, 4 + BRIDGE], [(3, 5 + BRIDGE)]),
        ([3, 5 + BRIDGE], [(3, 4), (5 + BRIDGE, 6 + BRIDGE)]),
        ([0, 99], [(0, 1), (99, 100)]),
    ],
)
def test_neighbours_are_asked_for_together(places, found):
    mask = np.zeros(100, bool)
    mask[places] = True
    assert list(stretches(mask)) == found


@pytest.mark.parametrize(
    ("count", "samples", "found"),
    [
        (0, 1.0, []),
        (3, 1.0, [(0, 3)]),
        (3, LOOKED_AT / 2, [(0, 2), (2, 3)]),
        (2, 9.0 * LOOKED_AT, [(0, 1), (1, 2)]),
        (MOST_AT_ONCE + 1, 1e-9, [(0, MOST_AT_ONCE), (MOST_AT_ONCE, MOST_AT_ONCE + 1)]),
    ],
)
def test_a_request_is_no_larger_than_an_engine_bears(count, samples, found):
    assert list(parts(count, samples)) == found
