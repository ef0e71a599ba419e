"""Networks whose solution can be worked out by hand, and amounts that nobody can reconcile."""

import numpy as np
import pytest

from sdanlegg.balance.reconcile import reconcile
from sdanlegg.balance.structure import structure
from sdanlegg.network import Tie
from tests.support.balance import balances, estimates, network


def test_two_meters_of_one_stream_meet_by_their_variances() -> None:
    # x = (10/1 + 13/4) / (1/1 + 1/4) = 10.6, 1/variance = 1.25; the difference 3 has variance 5
    made = structure(network([("in", None, "a"), ("out", "a", None)]))
    got = reconcile(made, estimates(made.names, [10.0, 13.0], [1.0, 2.0]))
    assert got.amount[0] == pytest.approx([10.6, 10.6])
    assert got.sigma[0] == pytest.approx([0.8**0.5] * 2)
    assert got.half[0] == pytest.approx([1.96 * 0.8**0.5] * 2)
    assert (got.residual[0, 0], got.spread[0, 0]) == (pytest.approx(-3.0), pytest.approx(5**0.5))
    assert (got.chi2[0], got.freedom[0]) == (pytest.approx(9 / 5), 1)
    assert got.test[0] == pytest.approx([3 / 5**0.5] * 2)
    assert not got.dropped.any()


def test_an_unmeasured_flow_is_told_by_the_rest_and_nothing_else_moves() -> None:
    made = structure(network([("in", None, "a"), ("one", "a", None), ("rest", "a", None)]))
    got = reconcile(made, estimates(made.names, [10.0, 7.0, np.nan], [0.3, 0.4, np.nan]))
    assert got.amount[0] == pytest.approx([10.0, 7.0, 3.0])
    assert got.sigma[0] == pytest.approx([0.3, 0.4, 0.5])
    assert np.isnan(got.test).all()
    assert np.isnan(got.chi2[0])
    assert got.freedom[0] == 0
    assert np.isnan(got.residual[0, 0])


def test_what_nothing_tells_is_not_known() -> None:
    made = structure(network([("in", None, "a"), ("one", "a", None), ("other", "a", None)]))
    got = reconcile(made, estimates(made.names, [10.0, np.nan, np.nan], [0.3, np.nan, np.nan]))
    assert got.amount[0, 0] == 10.0
    assert np.isnan(got.amount[0, 1:]).all()
    assert np.isnan(got.half[0, 1:]).all()


def test_a_storage_gains_what_came_in_and_did_not_leave() -> None:
    made = structure(network([("in", None, "tank"), ("out", "tank", None)], stores=["tank"]))
    assert made.names == ("in", "out", "tank.gain")
    got = reconcile(made, estimates(made.names, [10.0, 4.0, np.nan], [0.3, 0.4, np.nan]))
    assert got.amount[0, 2] == pytest.approx(6.0)


def test_a_tie_makes_two_flows_one_quantity_in_two_units() -> None:
    # 2 kg of vapour at 0.68 kWh/kg beside 1.5 kWh: x kg minimises (x-2)² / 0.1² + (0.68x-1.5)² / 0.068²
    made = structure(network([("kg", None, "air"), ("heat", "pool", None)], ["air", "pool"], [Tie("heat", "kg", 0.68)]))
    assert made.nodes == ("air", "pool", "heat=kg")
    assert made.kinds[2] == "tie"
    got = reconcile(made, estimates(made.names, [2.0, 1.5, np.nan, np.nan], [0.1, 0.068, np.nan, np.nan]))
    kg = (2.0 + 1.5 / 0.68) / 2
    assert got.amount[0] == pytest.approx([kg, 0.68 * kg, kg, -0.68 * kg])


def test_one_hole_blanks_only_what_depends_on_it() -> None:
    made = balances([[1, -1, 0, 0], [0, 0, 1, -1]])
    amount = np.array([[5.0, 5.1, 7.0, 7.2], [5.0, np.nan, 7.0, 7.2], [np.nan, np.nan, 7.0, 7.2]])
    got = reconcile(made, estimates(made.names, amount, 0.1))
    assert np.isfinite(got.amount[:2]).all()
    assert np.isnan(got.amount[2, :2]).all()
    assert got.amount[:, 2:] == pytest.approx(np.full((3, 2), 7.1))
    assert np.isnan(got.residual[1:, 0]).all()
    assert got.residual[:, 1] == pytest.approx([-0.2] * 3)


def test_intervals_without_anything_are_not_known() -> None:
    made = balances([[1, -1, 0], [0, 1, -1]])
    got = reconcile(made, estimates(made.names, np.full((2, 3), np.nan), np.nan))
    for array in (got.amount, got.sigma, got.half, got.test, got.chi2):
        assert np.isnan(array).all()
    assert not got.freedom.any()
    assert reconcile(made, estimates(made.names, np.zeros((0, 3)), 1.0)).amount.shape == (0, 3)


def test_the_meter_that_lies_is_left_out_and_told_by_the_others() -> None:
    # three nodes in a row, each with a branch: the lie at x2 leaves two balances wrong, and only x2 explains both
    made = balances([[1, -1, 0, -1, 0, 0], [0, 1, -1, 0, -1, 0], [0, 0, 1, 0, 0, -1]], signed=False)
    truth = np.array([10.0, 8.0, 5.0, 2.0, 3.0, 5.0])
    told = truth + np.array([0.02, -0.03, 2.0, 0.01, 0.02, -0.02])
    got = reconcile(made, estimates(made.names, told, 0.05))
    assert got.dropped[0].tolist() == [False, False, True, False, False, False]
    assert got.test[0, 2] > 20
    assert got.amount[0] == pytest.approx(truth, abs=0.06)
    assert got.freedom[0] == 2
    kept = reconcile(made, estimates(made.names, told, 0.05), eliminate=False)
    assert not kept.dropped.any()
    assert kept.chi2[0] > 500


def test_a_flow_that_cannot_turn_is_held_at_zero_and_the_rest_agrees() -> None:
    made = balances([[1, -1, -1]], signed=False)
    got = reconcile(made, estimates(made.names, [10.0, 10.4, np.nan], [0.3, 0.4, np.nan]))
    together = (10.0 / 0.09 + 10.4 / 0.16) / (1 / 0.09 + 1 / 0.16)
    assert got.amount[0] == pytest.approx([together, together, 0.0])
    assert got.sigma[0, 2] == pytest.approx(0.5)  # as without the bound
    free = reconcile(balances([[1, -1, -1]]), estimates(made.names, [10.0, 10.4, np.nan], [0.3, 0.4, np.nan]))
    assert free.amount[0, 2] == pytest.approx(-0.4)


def test_exact_amounts_stay_and_the_others_follow() -> None:
    made = balances([[1, -1, -1]])
    got = reconcile(made, estimates(made.names, [10.0, 6.0, 3.8], [0.0, 0.1, 0.2]))
    assert got.amount[0] == pytest.approx([10.0, 6.04, 3.96])
    assert got.sigma[0] == pytest.approx([0.0, 0.2 / 5**0.5, 0.2 / 5**0.5])


def test_exact_amounts_that_contradict_are_not_known_and_disturb_nobody() -> None:
    made = balances([[1, -1, 0, 0], [0, 0, 1, -1]])
    got = reconcile(made, estimates(made.names, [5.0, 6.0, 7.0, 7.2], [0.0, 0.0, 0.1, 0.1]))
    assert np.isnan(got.amount[0, :2]).all()
    assert np.isnan(got.half[0, :2]).all()
    assert got.amount[0, 2:] == pytest.approx([7.1, 7.1])


def test_balances_that_say_the_same_twice_count_once() -> None:
    made = balances([[1, -1], [1, -1], [2, -2]])
    got = reconcile(made, estimates(made.names, [10.0, 13.0], [1.0, 2.0]))
    assert got.amount[0] == pytest.approx([10.6, 10.6])
    assert got.freedom[0] == 1


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0])
def test_an_amount_without_a_proper_uncertainty_counts_as_unmeasured(wrong: float) -> None:
    made = balances([[1, -1]])
    given = estimates(made.names, [10.0, 13.0], [1.0, 1.0])
    given.fixed[0, 1] = wrong
    if wrong < 0:
        given.noise[0, 1] = np.nan
    assert reconcile(made, given).amount[0] == pytest.approx([10.0, 10.0])


def test_even_errors_give_narrower_intervals_than_normal_ones() -> None:
    made = balances([[1, -1, -1]])
    got = reconcile(made, estimates(made.names, [10.0, 6.0, np.nan], [1.0, 1.0, np.nan], excess=-1.2))
    assert got.half[0] / got.sigma[0] == pytest.approx([1.645, 1.645, 1.902], rel=1e-3)
