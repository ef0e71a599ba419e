"""Halls for the balance's benchmarks: networks with flows that close them, meters with errors, holes in patterns."""

from dataclasses import dataclass

import numpy as np

from sdanlegg.balance.arrays import Estimates
from sdanlegg.balance.structure import Structure
from sdanlegg.clock import SECOND_NS
from sdanlegg.readings import FloatArray

BALANCES, FLOWS = 12, 60
QUARTERS = 35_040  # of an hour, in a year
MISSING, PATTERNS = 0.05, 200


@dataclass(frozen=True, slots=True)
class Hall:
    """A network of FLOWS flows and BALANCES nodes, what its meters said in K intervals, and what truly flowed."""

    structure: Structure
    estimates: Estimates
    truth: FloatArray


def matrix(rng: np.random.Generator) -> FloatArray:
    """Balances (BALANCES, FLOWS): each flow from one node to another, or to or from outside."""
    a = np.zeros((BALANCES, FLOWS))
    for j in range(FLOWS):
        into, out_of = rng.choice(BALANCES + 1, 2, replace=False)
        if into < BALANCES:
            a[into, j] = 1.0
        if out_of < BALANCES:
            a[out_of, j] = -1.0
    return a


def hall(intervals: int, seed: int) -> Hall:
    """A hall with uncertainties that vary from interval to interval, MISSING of the intervals in PATTERNS patterns."""
    rng = np.random.default_rng(seed)
    a = matrix(rng)
    free = np.linalg.svd(a)[2][np.linalg.matrix_rank(a) :]
    truth = 100.0 * rng.normal(size=(intervals, len(free))) @ free
    fixed = 0.012 * np.abs(truth) * rng.uniform(0.5, 2.0, truth.shape) + 0.05
    noise = 0.3 * fixed
    amount = truth + fixed * rng.uniform(-(3**0.5), 3**0.5, FLOWS) + noise * rng.normal(size=truth.shape)
    holes = rng.random((PATTERNS, FLOWS)) < 0.06
    holes[~holes.any(axis=1), 0] = True
    rows = np.flatnonzero(rng.random(intervals) < MISSING)
    amount[rows] = np.where(holes[rng.integers(0, PATTERNS, rows.size)], np.nan, amount[rows])
    names, nodes = tuple(f"flow{j}" for j in range(FLOWS)), tuple(f"node{i}" for i in range(BALANCES))
    edges = np.arange(intervals + 1, dtype=np.int64) * 900 * SECOND_NS
    covered, excess = np.isfinite(amount).astype(float), np.full(FLOWS, -1.2)
    estimates = Estimates(names, edges, amount, fixed, noise, covered, excess, ("measured",) * FLOWS)
    made = Structure(names, nodes, a, ("junction",) * BALANCES, np.ones(FLOWS, dtype=bool))
    return Hall(made, estimates, truth)
