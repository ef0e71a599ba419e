"""Coverage and improvement on figures whose score is known by hand, or by the law they are drawn from."""

import numpy as np
import pytest

from sdanlegg.balance.arrays import Estimates, How, Reconciled
from sdanlegg.score.tally import FlowScore, Tally, flow_scores, flows_improved, interval_coverage

NAMES = ("a", "b", "c")


def estimates(amount: np.ndarray, sigma: np.ndarray) -> Estimates:
    rows, count = amount.shape
    how: tuple[How, ...] = ("measured",) * count
    edges_ns = np.arange(rows + 1, dtype=np.int64)
    return Estimates(NAMES[:count], edges_ns, amount, sigma, 0.0 * sigma, 1.0 + 0.0 * sigma, np.zeros(count), how)


def reconciled(amount: np.ndarray, sigma: np.ndarray, half: np.ndarray) -> Reconciled:
    rows, count = amount.shape
    none = np.zeros((rows, 0))
    edges_ns = np.arange(rows + 1, dtype=np.int64)
    dropped = np.zeros(amount.shape, bool)
    return Reconciled(
        NAMES[:count], (), edges_ns, amount, sigma, half, none, none, none[:, 0:0], none[:, 0:0], amount, dropped
    )


def scored(truth: np.ndarray, raw: np.ndarray, made: np.ndarray, *, raw_sigma: float = 2.0) -> tuple[FlowScore, ...]:
    """Scores of flows whose intervals are ±1 with a standard uncertainty of 0.5."""
    tally, one = Tally(truth.shape[1]), np.ones_like(truth)
    tally.add(truth, estimates(raw, raw_sigma * one), reconciled(made, 0.5 * one, one))
    return flow_scores(NAMES[: truth.shape[1]], ("measured",) * truth.shape[1], tally.sums)


def test_by_hand() -> None:
    truth = np.array([[10.0, 0.0], [10.0, 4.0], [10.0, 4.0], [10.0, 4.0]])
    raw = truth + np.array([[2.0, 0.0], [-2.0, 1.0], [2.0, 1.0], [2.0, 1.0]])
    made = truth + np.array([[0.5, 0.0], [0.5, 2.0], [-1.0, 2.0], [1.5, 2.0]])
    a, b = scored(truth, raw, made)
    assert (a.days, b.days) == (4, 3)  # nothing flowed through b on the first day
    assert (a.coverage, b.coverage) == (0.75, 0.0)
    assert (a.raw_rms, b.raw_rms) == pytest.approx((0.2, 0.25))
    assert (a.rms, b.rms) == pytest.approx((np.sqrt(0.9375) / 10.0, 0.5))
    assert (a.ratio, a.raw_ratio) == pytest.approx((np.sqrt(0.9375) / 0.5, 1.0))
    assert (a.lean, a.raw_lean) == pytest.approx((0.75, 0.5))
    assert a.gain == pytest.approx(1.0 - 0.25**2)
    assert interval_coverage((a, b)) == pytest.approx(3.0 / 7.0)
    assert flows_improved((a, b)) == 0.5


def test_what_is_not_known_is_left_out() -> None:
    truth = np.array([[10.0], [10.0]])
    raw, made = np.array([[np.nan], [11.0]]), np.array([[10.5], [np.nan]])
    (a,) = scored(truth, raw, made)
    assert a.days == 1
    assert a.coverage == 1.0
    assert np.isnan(a.raw_rms)
    assert not a.improvable
    (nothing,) = scored(truth, raw, np.full((2, 1), np.nan))
    assert nothing.days == 0
    assert np.isnan(nothing.coverage)
    assert np.isnan(interval_coverage((nothing,)))
    assert np.isnan(flows_improved((nothing,)))


def test_flows_that_the_balance_leaves_alone_do_not_count_as_improved() -> None:
    truth = np.full((3, 2), 10.0)
    a, b = scored(truth, truth + 1.0, truth + 0.5, raw_sigma=0.51)
    assert not a.improvable
    assert not b.improvable
    assert np.isnan(flows_improved((a, b)))


def test_rows_may_come_in_pieces() -> None:
    rng = np.random.default_rng(1)
    truth, raw, made = 10.0 + rng.random((3, 50, 2))
    one = np.ones_like(truth)
    whole, pieces = Tally(2), Tally(2)
    whole.add(truth, estimates(raw, one), reconciled(made, one, one))
    for rows in (slice(0, 20), slice(20, 50)):
        pieces.add(truth[rows], estimates(raw[rows], one[rows]), reconciled(made[rows], one[rows], one[rows]))
    names, groups = NAMES[:2], ("measured",) * 2
    for one_score, other in zip(
        flow_scores(names, groups, whole.sums), flow_scores(names, groups, pieces.sums), strict=True
    ):
        assert one_score.rms == pytest.approx(other.rms, rel=1e-12)
        assert one_score.coverage == other.coverage


def test_two_honest_meters_of_one_flow_score_as_theory_says() -> None:
    """Even errors of ±2 % and ±1 %: their weighted mean is closer than either, and 95 % intervals hold 95 %."""
    rng = np.random.default_rng(2)
    truth = np.full((40_000, 2), 100.0)
    limits = np.array([2.0, 1.0])
    raw = truth + rng.uniform(-limits, limits, truth.shape)
    weights = limits**-2 / (limits**-2).sum()
    mean = (raw @ weights)[:, None].repeat(2, axis=1)
    sigma = np.full_like(truth, np.sqrt(1.0 / (3.0 / limits**2).sum()))
    tally = Tally(2)
    tally.add(
        truth,
        estimates(raw, np.broadcast_to(limits / np.sqrt(3.0), truth.shape)),
        reconciled(mean, sigma, 1.88 * sigma),
    )
    scores = flow_scores(NAMES[:2], ("measured",) * 2, tally.sums)
    assert interval_coverage(scores) == pytest.approx(0.95, abs=0.01)
    assert flows_improved(scores) == 1.0
    assert [score.ratio for score in scores] == pytest.approx([1.0, 1.0], abs=0.02)
    assert [score.raw_ratio for score in scores] == pytest.approx([1.0, 1.0], abs=0.02)
    assert [score.gain for score in scores] == pytest.approx([0.8, 0.2], abs=1e-9)
