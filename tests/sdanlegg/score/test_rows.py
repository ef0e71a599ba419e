"""Halls end to end: who looks at one hour at a time must see the same as in each hall by itself."""

from pathlib import Path

import numpy as np
import pytest

from sdanlegg.balance.arrays import Estimates, Observed
from sdanlegg.balance.estimate import estimate, needed_points
from sdanlegg.balance.periods import by_periods
from sdanlegg.balance.reconcile import reconcile
from sdanlegg.balance.structure import structure
from sdanlegg.config import load_site
from sdanlegg.network import Network
from sdanlegg.score.rows import apart, end_to_end, rows_of, rows_of_estimates
from simulators.hours import HOUR_NS, ManyMeters, Run
from tests.support.holmen import CONFIG

START_NS = 1_774_990_800_000_000_000  # an hour of March
STARTS = np.array([0, 5, 9])


@pytest.fixture(scope="module")
def network() -> Network:
    network = load_site(Path(CONFIG / "holmen")).network
    assert network is not None
    return network


@pytest.fixture(scope="module")
def halls(network: Network) -> tuple[Observed, ...]:
    run = Run(START_NS // HOUR_NS * HOUR_NS, 4, needed_points(network), 3)
    return ManyMeters(load_site(Path(CONFIG / "holmen")), run).hours(12).observed


def test_estimates_are_those_of_each_hall(network: Network, halls: tuple[Observed, ...]) -> None:
    length = 13
    periods = np.concatenate([k * length + np.append(STARTS, length - 1) for k in range(3)])[:-1]
    batch = apart(by_periods(estimate(network, end_to_end(halls)), periods), 3)
    for hall, seen in enumerate(halls):
        alone = by_periods(estimate(network, seen), STARTS)
        rows = rows_of_estimates(batch, slice(3 * hall, 3 * hall + 3))
        for name in ("amount", "fixed", "noise", "coverage"):
            np.testing.assert_allclose(getattr(rows, name), getattr(alone, name), rtol=1e-9, atol=1e-12, err_msg=name)


def test_reconciled_rows_are_those_of_each_hall(network: Network, halls: tuple[Observed, ...]) -> None:
    days = [by_periods(estimate(network, seen), STARTS) for seen in halls]
    balances, batch = structure(network), _stacked(days)
    made = reconcile(balances, batch)
    for hall in range(3):
        rows = slice(3 * hall, 3 * hall + 3)
        alone = reconcile(balances, rows_of_estimates(batch, rows))
        np.testing.assert_allclose(rows_of(made, rows).amount, alone.amount, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(rows_of(made, rows).sigma, alone.sigma, rtol=1e-6, atol=1e-6)


def _stacked(days: list[Estimates]) -> Estimates:
    made = {n: np.concatenate([getattr(one, n) for one in days]) for n in ("amount", "fixed", "noise", "coverage")}
    edges_ns = np.arange(len(made["amount"]) + 1, dtype=np.int64)
    return Estimates(days[0].names, edges_ns, **made, excess=days[0].excess, how=days[0].how)
