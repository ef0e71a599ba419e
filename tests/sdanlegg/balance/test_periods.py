"""Hours to days to months: what adds up how."""

import numpy as np
import pytest

from sdanlegg.balance.periods import by_periods, half_width, totals
from sdanlegg.balance.reconcile import reconcile
from sdanlegg.balance.structure import structure
from tests.support.balance import HOUR_NS, balances, estimates, network


def test_fixed_errors_add_up_and_noise_in_squares() -> None:
    given = estimates(["a"], [[1.0], [2.0], [3.0], [4.0], [5.0]], 0.1, 0.3)
    got = by_periods(given, np.array([0, 2]))
    assert got.amount[:, 0] == pytest.approx([3.0, 12.0])
    assert got.fixed[:, 0] == pytest.approx([0.2, 0.3])
    assert got.noise[:, 0] == pytest.approx([0.3 * 2**0.5, 0.3 * 3**0.5])
    assert got.edges_ns.tolist() == [0, 2 * HOUR_NS, 5 * HOUR_NS]


def test_readings_between_the_rows_leave_a_storages_gain() -> None:
    given = estimates(["tank.gain"], [[1.0], [2.0], [3.0]], 0.0, [[0.1], [0.2], [0.3]])
    assert by_periods(given, np.array([0])).noise[0, 0] == pytest.approx(((0.01 + 0.09) / 2) ** 0.5)


def test_a_hole_blanks_its_own_period_and_coverage_tells_of_it() -> None:
    given = estimates(["a", "b"], [[1.0, 1.0], [np.nan, 1.0], [3.0, 1.0], [4.0, 1.0]], 0.1)
    got = by_periods(given, np.array([0, 2]))
    assert np.isnan(got.amount).tolist() == [[True, False], [False, False]]
    assert np.isnan(got.fixed).tolist() == np.isnan(got.amount).tolist()
    assert got.coverage.tolist() == [[0.5, 1.0], [1.0, 1.0]]


def test_totals_are_the_sums_and_their_uncertainty_that_of_one_long_interval() -> None:
    # constant uncertainties: 30 days of one meter's fixed error are 30 times the error, of its noise √30 times
    made = balances([[1, -1, -1]])
    rng = np.random.default_rng(1)
    amount = np.array([10.0, 6.0, np.nan]) + rng.normal(0, 0.05, (30, 3))
    given = estimates(made.names, amount, [0.3, 0.4, np.nan], [0.1, 0.2, np.nan], excess=-1.2)
    got = reconcile(made, given)
    whole = totals(made, given, got, slice(None))
    assert whole.amount == pytest.approx(got.amount.sum(axis=0), rel=1e-12)
    variance = 900 * np.array([0.09, 0.16, 0.25]) + 30 * np.array([0.01, 0.04, 0.05])
    assert np.diag(whole.covariance) == pytest.approx(variance)
    assert whole.covariance[0, 2] == pytest.approx(900 * 0.09 + 30 * 0.01)
    assert whole.half[0] / variance[0] ** 0.5 == pytest.approx(1.645, rel=2e-2)
    assert whole.coverage == pytest.approx([1.0, 1.0, 1.0])
    assert (whole.start_ns, whole.end_ns) == (0, 30 * HOUR_NS)
    assert whole.amount[0] - whole.amount[1] - whole.amount[2] == pytest.approx(0, abs=1e-9)
    sigma, half = half_width(whole, np.array([0.0, 0.0, 1.0]))
    assert (sigma, half) == (pytest.approx(variance[2] ** 0.5), pytest.approx(whole.half[2]))
    assert half_width(whole, np.array([1.0, -1.0, -1.0]))[0] == pytest.approx(0.0, abs=1e-6)


def test_a_reconciled_flow_keeps_the_fixed_errors_of_both_its_meters() -> None:
    made = structure(network([("in", None, "a"), ("out", "a", None)]))
    given = estimates(made.names, np.full((4, 2), 10.0), [1.0, 1.0], [0.0, 0.0], excess=-1.2)
    whole = totals(made, given, reconcile(made, given), slice(1, 4))
    assert whole.fixed == pytest.approx(np.full((2, 2), 1.5))
    assert whole.half[0] / whole.covariance[0, 0] ** 0.5 == pytest.approx(1.902)


def test_a_storages_readings_count_at_the_ends_of_the_period_only() -> None:
    made = structure(network([("in", None, "tank"), ("out", "tank", None)], stores=["tank"]))
    amount = np.tile([10.0, np.nan, 1.0], (9, 1))
    given = estimates(made.names, amount, [0.0, np.nan, 0.0], [0.1, np.nan, 0.4])
    whole = totals(made, given, reconcile(made, given), slice(0, 9))
    assert whole.covariance[1, 1] == pytest.approx(9 * 0.01 + 0.16)


def test_an_unknown_interval_makes_its_total_unknown_and_no_other() -> None:
    made = balances([[1, -1, 0], [0, 0, 1]])
    amount = np.array([[5.0, 5.0, np.nan], [np.nan, np.nan, np.nan], [5.0, 5.0, np.nan]])
    given = estimates(made.names, amount, 0.1)
    got = reconcile(made, given)
    whole = totals(made, given, got, slice(0, 3))
    assert np.isnan(whole.amount).tolist() == [True, True, False]  # x2 alone in a balance is 0
    assert whole.coverage[:2].tolist() == [0.0, 0.0]
    assert np.isnan(whole.half[:2]).all()
    part = totals(made, given, got, slice(2, 3))
    assert part.amount == pytest.approx([5.0, 5.0, 0.0])
    assert np.isnan(half_width(whole, np.array([1.0, 0.0, 0.0]))[1])


def test_what_was_left_out_has_no_share_in_the_total() -> None:
    made = balances([[1, -1, 0, -1, 0, 0], [0, 1, -1, 0, -1, 0], [0, 0, 1, 0, 0, -1]])
    told = np.array([[10.0, 8.0, 7.0, 2.0, 3.0, 5.0]])
    given = estimates(made.names, told, 0.05)
    got = reconcile(made, given)
    assert got.dropped[0, 2]
    whole = totals(made, given, got, slice(0, 1))
    assert not whole.fixed[:, 2].any()
    assert np.sqrt(np.diag(whole.covariance)) == pytest.approx(got.sigma[0])
    assert whole.coverage[2] == pytest.approx(1.0)
