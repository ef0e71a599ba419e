"""From short intervals to longer ones: estimates before they are reconciled, and reconciled amounts after."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sdanlegg.balance import least_squares as ls
from sdanlegg.balance.arrays import Estimates, Reconciled, Totals
from sdanlegg.balance.batch import given_of
from sdanlegg.balance.half_width import coverage_factor
from sdanlegg.balance.patterns import Patterns, StateArray, classify, most_of, typical_of
from sdanlegg.balance.reduction import UNKNOWN, IntArray, Reduction
from sdanlegg.balance.structure import Structure, gains
from sdanlegg.readings import FloatArray

TOGETHER: Final = 32  # rows at a time: their loads, a matrix each, fit the cache


def by_periods(estimates: Estimates, starts: IntArray) -> Estimates:
    """Add estimates of K intervals up to M periods; starts (M,), ascending: the row that each period begins with.

    The last period ends with the last row; rows before the first start are left out. Amounts add up, NaN where one of
    them is. A fixed error is the same in all rows: fixed uncertainties add up. Noise is new in each: its squares add
    up - but not that of what a storage gains, where the reading that ends one row begins the next: only the first and
    the last of a period are left, each with half of its row's variance. Coverage is the mean over time.
    """
    starts = np.asarray(starts, dtype=np.intp)
    ends = np.append(starts[1:], len(estimates.amount))
    hours = np.diff(estimates.edges_ns).astype(float)[:, None]
    variance = np.square(estimates.noise)
    noise = np.add.reduceat(variance, starts, axis=0)
    storing = gains(estimates.names)
    noise[:, storing] = ((variance[starts] + variance[ends - 1]) / 2)[:, storing]
    amount = np.add.reduceat(estimates.amount, starts, axis=0)
    missing = np.isnan(amount)
    lasted = np.add.reduceat(hours, starts, axis=0)
    return replace(
        estimates,
        edges_ns=np.append(estimates.edges_ns[starts], estimates.edges_ns[-1]),
        amount=amount,
        fixed=np.where(missing, np.nan, np.add.reduceat(estimates.fixed, starts, axis=0)),
        noise=np.where(missing, np.nan, np.sqrt(noise)),
        coverage=np.add.reduceat(np.nan_to_num(estimates.coverage) * hours, starts, axis=0) / lasted,
    )


def totals(structure: Structure, estimates: Estimates, reconciled: Reconciled, rows: slice) -> Totals:
    """Make one period of consecutive rows of what reconcile() made of estimates.

    Amounts are the sums of the reconciled amounts. A fixed error e_j of a measurement moves a total by Σ L_kij e_kj, L
    being the loadings of row k: these sums are `fixed` (V, V), in uncertainties, so that fixed · fixedᵀ is the fixed
    errors' part of the covariance; noise adds its own in each row, that of a storage's gain only at the ends of the
    period if nothing changes between (by_periods). half comes of both and of the fixed errors' shapes. A variable that
    is told by others has their coverage, each weighing as much as its error does in it; coverage is 0 where the total
    is not known. Flows held at 0 count with the uncertainty that they have without the bound.
    """
    batch = _Loads(structure, estimates, reconciled)
    span = range(len(estimates.amount))[rows]
    sums = _Sums(np.zeros((batch.size, batch.size)), np.zeros((batch.size, batch.size)), np.zeros(batch.size))
    last = np.zeros((batch.size, int(batch.storing.sum())))
    for begin in range(0, len(span), TOGETHER):
        last = batch.add(np.array(span[begin : begin + TOGETHER], dtype=np.intp), sums, last)
    sums.noise += last @ last.T
    amount = reconciled.amount[rows].sum(axis=0)
    covariance = sums.fixed @ sums.fixed.T + sums.noise
    unknown = np.isnan(amount)
    covariance[unknown] = covariance[:, unknown] = np.nan
    fourth = np.square(np.square(sums.fixed)) @ np.nan_to_num(estimates.excess)
    variance = np.diag(covariance)
    excess = np.divide(fourth, variance**2, out=np.zeros(batch.size), where=variance > 0)
    hours = float(np.diff(estimates.edges_ns).astype(float)[rows].sum())
    return Totals(
        names=structure.names,
        start_ns=int(estimates.edges_ns[span[0]]),
        end_ns=int(estimates.edges_ns[span[-1] + 1]),
        amount=amount,
        covariance=covariance,
        raw=estimates.amount[rows].sum(axis=0),
        coverage=np.where(unknown, 0.0, np.clip(sums.covered / hours, 0.0, 1.0)),
        half=np.sqrt(variance) * coverage_factor(excess),
        fixed=sums.fixed,
        excess=estimates.excess,
    )


def half_width(totals: Totals, weights: FloatArray) -> tuple[float, float]:
    """Standard uncertainty and half the 95 % interval of a weighted sum of totals; weights (V,), 0 where not in it.

    For a figure that is no sum, as a quotient, weights are its derivatives. NaN if an amount in it is not known.
    """
    used = weights != 0
    part = weights[used]
    variance = float(part @ totals.covariance[np.ix_(used, used)] @ part)
    fixed = part @ totals.fixed[used]
    fourth = float(np.square(np.square(fixed)) @ np.nan_to_num(totals.excess))
    excess = fourth / variance**2 if variance > 0 else 0.0
    sigma = float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else float("nan")
    return sigma, sigma * float(coverage_factor(np.array(excess)))


@dataclass(slots=True)
class _Sums:
    """Over rows: fixed (V, V) errors of measurements in totals, covariance (V, V) of noise, coverage · time (V,)."""

    fixed: FloatArray
    noise: FloatArray
    covered: FloatArray


class _Loads:
    """What each reconciled amount of a batch takes of each measurement's error."""

    def __init__(self, structure: Structure, estimates: Estimates, reconciled: Reconciled) -> None:
        self.estimates, self.given = estimates, given_of(estimates)
        state: StateArray = classify(self.given.amount, self.given.variance)
        self.patterns = Patterns(structure.a, typical_of(self.given.variance, state), most_of(state))
        state[reconciled.dropped] = UNKNOWN
        self.state = state
        self.size, self.storing = state.shape[1], gains(structure.names)
        self.hours = np.diff(estimates.edges_ns).astype(float)

    def add(self, rows: IntArray, sums: _Sums, last: FloatArray) -> FloatArray:
        """Add consecutive rows; last (V, S): what the reading that ends the row before does to the totals."""
        shape = (rows.size, *last.shape)
        ends, begins = np.zeros(shape), np.zeros(shape)
        for reduction, block in self.patterns.groups(self.state, rows):
            load, out = self._load(reduction, block)
            self._add_block(reduction, block, sums, load, out)
            stored = np.flatnonzero(self.storing[reduction.measured])
            if stored.size:
                column = np.searchsorted(np.flatnonzero(self.storing), reduction.measured[stored])
                size = self.estimates.noise[np.ix_(block, reduction.measured[stored])] / np.sqrt(2.0)
                where = np.ix_(block - rows[0], out, column)
                ends[where] = begins[where] = load[:, :, stored] * size[:, None, :]
        change = np.concatenate([last[None], ends[:-1]]) - begins
        flat = change.transpose(1, 0, 2).reshape(self.size, -1)
        sums.noise += flat @ flat.T
        left: FloatArray = ends[-1]
        return left

    def _load(self, reduction: Reduction, block: IntArray) -> tuple[FloatArray, IntArray]:
        """Loads (B, x, n) of amounts on measurements, both in their own units, and the x amounts' columns."""
        found = ls.fit(self.given, reduction, self.patterns.typical, block)
        unit = found.root * self.patterns.typical[reduction.measured]
        own = -np.matmul(found.p.transpose(0, 2, 1), found.p)
        np.einsum("kii->ki", own)[:] += 1.0
        load = np.concatenate([own * unit[:, :, None], ls.told_loads(found, reduction)], axis=1) / unit[:, None, :]
        return load, np.concatenate([reduction.measured, reduction.told])

    def _add_block(self, reduction: Reduction, block: IntArray, sums: _Sums, load: FloatArray, out: IntArray) -> None:
        at = np.ix_(block, reduction.measured)
        fixed, noise = self.estimates.fixed[at], self.estimates.noise[at]
        sums.fixed[np.ix_(out, reduction.measured)] += np.einsum("kxn,kn->xn", load, fixed)
        new = np.where(self.storing[reduction.measured], 0.0, noise)
        flat = (load * new[:, None, :]).transpose(1, 0, 2).reshape(out.size, -1)
        sums.noise[np.ix_(out, out)] += flat @ flat.T
        weight, count = np.square(load), reduction.measured.size
        variance, covered = np.square(fixed) + np.square(noise), np.nan_to_num(self.estimates.coverage)[at]
        whole = np.matmul(weight, variance[:, :, None])[:, :, 0]
        share = np.matmul(weight, (variance * covered)[:, :, None])[:, :, 0] / np.where(whole > 0, whole, np.inf)
        share[:, :count] = covered
        sums.covered[out] += self.hours[block] @ share
        sums.covered[reduction.exact] += self.hours[block] @ np.nan_to_num(
            self.estimates.coverage[np.ix_(block, reduction.exact)]
        )
