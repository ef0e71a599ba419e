"""Faults beside claims: found, missed, false, and of another meter."""

import numpy as np
import pytest

from sdanlegg.balance.arrays import Estimates, Reconciled
from sdanlegg.score.faults import DAY_NS, Claim, Trial, judge, size_of, visible


def trial(hall: int, name: str, start: float, end: float, size: float = 5.0) -> Trial:
    return Trial(hall, "bias", name, frozenset({name}), round(start * DAY_NS), round(end * DAY_NS), size)


def claim(hall: int, name: str, start: float, end: float) -> Claim:
    return Claim(hall, frozenset({name, f"{name}.p"}), round(start * DAY_NS), round(end * DAY_NS))


def test_found_missed_false_and_other() -> None:
    trials = [trial(1, "a", 10, 18), trial(2, "b", 10, 18), trial(3, "c", 10, 18, size=2.0), trial(4, "d", 10, 18)]
    claims = [
        claim(1, "a", 12, 18),  # found
        claim(1, "a", 25, 26),  # too late: false
        claim(2, "x", 12, 13),  # another meter
        claim(4, "d", 20, 21),  # in time still
        claim(0, "a", 12, 13),  # in a hall without faults: false
        claim(2, "b", 2, 3),  # before: false
    ]
    score = judge(trials, claims, 5 * 365 * DAY_NS)
    assert score.found == (True, False, False, True)
    assert score.share == pytest.approx(2.0 / 3.0)  # the third is too small to be seen
    assert score.strays == (claims[1], claims[4], claims[5])
    assert score.others == (claims[2],)
    assert score.years == pytest.approx((5 * 365 - 4 * 12) / 365)
    assert score.strays_per_year == pytest.approx(3 / score.years)


def test_without_trials_nothing_is_shared_out() -> None:
    score = judge([], [], 0)
    assert np.isnan(score.share)
    assert np.isnan(score.strays_per_year)
    assert judge([], [], 2 * 365 * DAY_NS).strays_per_year == 0.0


def test_a_claim_of_the_day_on_which_a_fault_begins_is_of_it() -> None:
    score = judge([trial(0, "a", 10.5, 12)], [claim(0, "a", 10, 11)], 365 * DAY_NS)
    assert score.found == (True,)
    assert not score.strays


def test_what_can_be_seen_is_the_spread_of_the_difference_to_all_others() -> None:
    """Two meters of one flow, sigma 3 and 4: their difference spreads by 5."""
    sigma = np.array([[3.0, 4.0]])
    one = np.ones_like(sigma)
    edges_ns = np.array([0, DAY_NS])
    estimates = Estimates(("a", "b"), edges_ns, one, sigma, 0.0 * one, one, np.zeros(2), ("measured", "measured"))
    both = np.full_like(sigma, 1.0 / np.sqrt(1.0 / 9.0 + 1.0 / 16.0))
    none = np.zeros((1, 0))
    made = Reconciled(
        ("a", "b"), (), edges_ns, one, both, both, none, none, none[0], none[0], one, np.zeros((1, 2), bool)
    )
    assert visible(estimates, made) == pytest.approx(np.array([[5.0, 5.0]]))


def test_a_size_is_the_median_of_the_days_within() -> None:
    edges_ns = DAY_NS * np.arange(8, dtype=np.int64)
    effect, sigma = np.array([0.0, 0.0, 8.0, -6.0, np.nan, 4.0, 0.0]), np.full(7, 2.0)
    assert size_of(effect, sigma, edges_ns, 3 * DAY_NS // 2, 6 * DAY_NS) == 3.0
    assert size_of(effect, np.full(7, np.inf), edges_ns, 0, 6 * DAY_NS) == 0.0
    assert size_of(effect, sigma, edges_ns, 5, 6) == 0.0
