"""Savings: how many halls may miss before an interval is called wrong."""

from math import nan

import numpy as np
import pytest

from sdanlegg.balance.arrays import Figure
from sdanlegg.score.savings import at_least, savings_covered, score_saving


def figures(*lows: float) -> list[Figure]:
    return [Figure(low + 1.0, low, low + 2.0, "kWh", 1.0) for low in lows]


def test_a_truth_within_is_held_and_one_outside_is_not() -> None:
    score = score_saving("wells", "heat", 10.0, figures(9.0, 8.0, 10.5, 9.5))
    assert (score.held, score.halls, score.inside) == (3, 4, 0.75)
    assert score.figure.low == 9.0
    assert score.covered  # one of four may miss
    assert not score_saving("wells", "heat", 10.0, figures(9.0, 7.0, 10.5, 7.5)).covered


def test_what_is_not_known_holds_nothing() -> None:
    unknown = Figure(nan, nan, nan, "kWh", 0.0)
    assert score_saving("wells", "heat", 10.0, [unknown] * 3).held == 0


def test_the_chance_of_misses_is_that_of_drawn_halls() -> None:
    assert at_least(0, 24) == pytest.approx(1.0)
    drawn = np.random.default_rng(3).binomial(24, 0.05, 200_000)
    for misses in (1, 2, 4, 5):
        assert at_least(misses, 24) == pytest.approx((drawn >= misses).mean(), abs=0.004)
    assert at_least(5, 24) < 0.01 < at_least(4, 24)


def test_the_share_is_of_all_savings() -> None:
    good, bad = (score_saving("wells", "heat", 10.0, figures(*[low] * 24)) for low in (9.0, 3.0))
    assert savings_covered([good, good, bad, good]) == 0.75
    assert np.isnan(savings_covered([]))
