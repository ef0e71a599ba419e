"""What holds of every network: balances close, names and units do not matter, more meters never make it worse."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdanlegg.balance.arrays import Estimates, Reconciled
from sdanlegg.balance.reconcile import reconcile
from sdanlegg.balance.structure import Structure
from sdanlegg.readings import FloatArray
from tests.support.balance import balances, estimates

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=60, deadline=None)


def drawn(seed: int, *, signed: bool = True, excess: float = 0.0) -> tuple[Structure, Estimates, FloatArray]:
    """A random network with flows that close it, what meters of very different quality say of them, and the flows."""
    rng = np.random.default_rng(seed)
    n, v, k = int(rng.integers(1, 7)), int(rng.integers(2, 15)), int(rng.integers(1, 9))
    a = np.zeros((n, v))
    for j in range(v):
        ends = rng.choice(n + 1, 2, replace=False)  # the last is the world outside
        for end, sign in zip(ends, (1.0, -1.0), strict=True):
            if end < n:
                a[end, j] = sign
    if rng.random() < 0.3:
        a[rng.integers(n)] *= rng.uniform(0.1, 5)
    null = np.linalg.svd(a)[2][np.linalg.matrix_rank(a) :]
    truth = rng.normal(0, 100, (k, len(null))) @ null
    sigma = 10.0 ** rng.uniform(-2, 2, (k, v))
    amount = truth + sigma * rng.normal(size=(k, v))
    amount[rng.random((k, v)) < rng.choice([0.0, 0.1, 0.5])] = np.nan
    exact = rng.random((k, v)) < rng.choice([0.0, 0.1])
    amount = np.where(exact & np.isfinite(amount), truth, amount)
    share = rng.uniform(0, 1, (k, v))
    made = balances(a, signed=signed)
    fixed, noise = np.where(exact, 0.0, sigma * share), np.where(exact, 0.0, sigma * np.sqrt(1 - share**2))
    return made, estimates(made.names, amount, fixed, noise, excess=excess), truth


def gaps(a: FloatArray, given: Estimates, got: Reconciled) -> FloatArray:
    """How far balances of which all is known are from closing, over what passes them and their uncertainty.

    Where nothing at all passes, 1e-13 of the largest amount is granted: it is the sum of rounding elsewhere.
    """
    whole = ~(np.isnan(got.amount).astype(float) @ (a != 0).T > 0)
    amount = np.nan_to_num(got.amount)
    most = np.abs(amount) @ np.abs(a).T + np.nan_to_num(np.hypot(given.fixed, given.noise)) @ np.abs(a).T
    most += 1e-4 * np.abs(amount).max(initial=1.0)
    return np.where(whole, np.abs(amount @ a.T) / most, 0.0)


@pytest.mark.parametrize("signed", [True, False])
@FEW
@given(seed=SEEDS)
def test_balances_close(seed: int, signed: bool) -> None:
    made, given_, _ = drawn(seed, signed=signed)
    got = reconcile(made, given_)
    assert gaps(made.a, given_, got).max() < 1e-9
    if not signed:
        exact = np.hypot(given_.fixed, given_.noise) == 0
        assert not ((got.amount < 0) & ~exact).any()


@FEW
@given(seed=SEEDS)
def test_the_order_of_flows_and_nodes_does_not_matter(seed: int) -> None:
    made, given_, _ = drawn(seed)
    rng = np.random.default_rng(seed + 1)
    rows, columns = rng.permutation(made.a.shape[0]), rng.permutation(made.a.shape[1])
    names, nodes = tuple(made.names[j] for j in columns), tuple(made.nodes[i] for i in rows)
    other = replace(made, names=names, nodes=nodes, a=made.a[np.ix_(rows, columns)])
    turned = replace(
        given_, names=names, amount=given_.amount[:, columns], fixed=given_.fixed[:, columns],
        noise=given_.noise[:, columns], coverage=given_.coverage[:, columns],
    )  # fmt: skip
    same(reconcile(made, given_), reconcile(other, turned), size(given_), rows, columns)


@FEW
@given(seed=SEEDS)
def test_units_do_not_matter(seed: int) -> None:
    made, given_, _ = drawn(seed)
    rng = np.random.default_rng(seed + 1)
    unit, row = 10.0 ** rng.uniform(-4, 4, made.a.shape[1]), 10.0 ** rng.uniform(-3, 3, made.a.shape[0])
    other = replace(made, a=row[:, None] * made.a / unit)
    turned = replace(given_, amount=given_.amount * unit, fixed=given_.fixed * unit, noise=given_.noise * unit)
    one, two = reconcile(made, given_), reconcile(other, turned)
    back = replace(two, amount=two.amount / unit, sigma=two.sigma / unit, half=two.half / unit)
    same(one, replace(back, residual=back.residual / row), size(given_))


def size(given: Estimates) -> float:
    """Largest amount and uncertainty that is given: what rounding is measured by."""
    return float(np.nanmax(np.abs(given.amount), initial=1.0) + np.nanmax(given.fixed + given.noise, initial=1.0))


def same(
    one: Reconciled, two: Reconciled, scale: float, rows: object = slice(None), columns: object = slice(None)
) -> None:
    """Both say the same; rows and columns of the first that are the second's."""
    for name in ("amount", "sigma", "half"):
        np.testing.assert_allclose(getattr(one, name)[:, columns], getattr(two, name), rtol=1e-6, atol=1e-8 * scale)
    np.testing.assert_allclose(one.residual[:, rows], two.residual, rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_array_equal(one.freedom, two.freedom)
    np.testing.assert_array_equal(one.dropped[:, columns], two.dropped)
    np.testing.assert_allclose(one.chi2, two.chi2, rtol=1e-6, atol=1e-6)


def metered_twice(made: Structure, given_: Estimates, seed: int) -> tuple[Structure, Estimates, int]:
    """One more meter of one of the flows: a variable of its own and the balance that both are the same."""
    rng = np.random.default_rng(seed + 1)
    j = int(rng.integers(made.a.shape[1]))
    k, v = given_.amount.shape
    row = np.zeros((1, v + 1))
    row[0, [j, v]] = 1.0, -1.0
    more = np.vstack([np.hstack([made.a, np.zeros((len(made.nodes), 1))]), row])
    sigma = 10.0 ** rng.uniform(-2, 2, (k, 1))
    amount = np.hstack([given_.amount, rng.normal(0, 100, (k, 1))])
    wider = balances(more)
    fixed, noise = np.hstack([given_.fixed, sigma]), np.hstack([given_.noise, 0 * sigma])
    return wider, estimates(wider.names, amount, fixed, noise, excess=float(given_.excess[0])), v


@pytest.mark.parametrize(("excess", "slack"), [(0.0, 1.0), (-1.2, 1.02)])
@FEW
@given(seed=SEEDS)
def test_one_more_meter_never_widens_an_interval(seed: int, excess: float, slack: float) -> None:
    # least squares of even errors may lengthen the tails while the uncertainty falls: by 2 % at the very most
    made, given_, _ = drawn(seed, excess=excess)
    wider, more, v = metered_twice(made, given_, seed)
    one, two = reconcile(made, given_, eliminate=False), reconcile(wider, more, eliminate=False)
    known = np.isfinite(one.sigma)
    assert np.isfinite(two.sigma[:, :v])[known].all()
    assert (two.sigma[:, :v][known] <= one.sigma[known] * (1 + 1e-6) + 1e-7 * size(given_)).all()
    assert (two.half[:, :v][known] <= one.half[known] * (slack + 1e-6) + 1e-7 * size(given_)).all()


@FEW
@given(seed=SEEDS)
def test_one_hole_blanks_only_what_depends_on_it(seed: int) -> None:
    made, given_, _ = drawn(seed)
    rng = np.random.default_rng(seed + 1)
    k, j = int(rng.integers(len(given_.amount))), int(rng.integers(made.a.shape[1]))
    holed = replace(given_, amount=given_.amount.copy())
    holed.amount[k, j] = np.nan
    one, two = reconcile(made, given_), reconcile(made, holed)
    others = np.arange(len(given_.amount)) != k
    np.testing.assert_array_equal(np.isnan(one.amount[others]), np.isnan(two.amount[others]))
    np.testing.assert_allclose(one.amount[others], two.amount[others], rtol=1e-6, atol=1e-6)
    untouched = made.a[:, j] == 0
    np.testing.assert_allclose(one.residual[:, untouched], two.residual[:, untouched], rtol=1e-9, atol=1e-9)
    assert np.isnan(two.residual[k, ~untouched]).all()


@pytest.mark.parametrize("excess", [-1.2, 0.0])
def test_intervals_hold_the_truth_95_times_in_100(excess: float) -> None:
    # a header with two sources, four circuits of which one is not measured, and a second meter on one of them
    made = balances([[1, 1, -1, -1, -1, -1, 0], [0, 0, 1, 0, 0, 0, -1]])
    truth = np.array([60.0, 40.0, 30.0, 20.0, 15.0, 35.0, 30.0])
    sigma = np.array([1.2, 0.8, 0.9, 0.2, 0.5, np.nan, 0.3])
    rng = np.random.default_rng(20480)
    size = (40_000, truth.size)
    error = rng.uniform(-(3**0.5), 3**0.5, size) if excess else rng.normal(size=size)
    got = reconcile(made, estimates(made.names, truth + sigma * error, sigma, excess=excess), eliminate=False)
    held = (np.abs(got.amount - truth) <= got.half).mean(axis=0)
    assert held == pytest.approx(np.full(7, 0.95), abs=0.008)
    assert got.chi2.mean() == pytest.approx(1.0, abs=0.03)
    raw = (np.abs(sigma * error) <= (1.645 if excess else 1.96) * sigma).mean(axis=0)
    assert np.delete(raw, 5) == pytest.approx(np.full(6, 0.95), abs=0.008)


def test_a_gross_error_is_found_by_elimination_and_sound_meters_are_left_alone() -> None:
    rng = np.random.default_rng(7)
    made = balances([[1, 1, -1, -1, 0, 0, 0, 0], [0, 0, 1, 0, -1, -1, 0, 0], [0, 0, 0, 1, 0, 0, -1, -1]])
    truth = np.array([60.0, 40.0, 55.0, 45.0, 30.0, 25.0, 20.0, 25.0])
    amount = truth + rng.normal(0, 0.3, (800, 8))
    sound = reconcile(made, estimates(made.names, amount, 0.3))
    assert sound.dropped.any(axis=1).mean() == pytest.approx(0.05, abs=0.025)
    lie = rng.integers(2, 4, 800)
    amount[np.arange(800), lie] += 4.0
    got = reconcile(made, estimates(made.names, amount, 0.3))
    assert (got.test[:, 2:4].max(axis=1) > 4).mean() > 0.99
    assert got.dropped[np.arange(800), lie].mean() > 0.97
    assert np.sqrt(np.square(got.amount - truth).mean()) < 0.35
