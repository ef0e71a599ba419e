"""Intervals on their way to being reconciled: what is given, what came out so far, and one pass over them."""

from dataclasses import dataclass

import numpy as np

from sdanlegg.balance import least_squares as ls
from sdanlegg.balance.arrays import BoolArray, Estimates
from sdanlegg.balance.bounds import Known, hold
from sdanlegg.balance.chi_squared import limits
from sdanlegg.balance.elimination import eliminate
from sdanlegg.balance.patterns import Patterns, StateArray, classify, most_of, typical_of
from sdanlegg.balance.reduction import UNKNOWN, IntArray, Reduction
from sdanlegg.balance.structure import Structure
from sdanlegg.readings import FloatArray


@dataclass(slots=True)
class Batch:
    """K intervals of V variables; arrays (K, V), signed (V,), chi2 and freedom (K,). state: see reduction.py."""

    given: ls.Given
    signed: BoolArray
    state: StateArray
    patterns: Patterns
    amount: FloatArray
    sigma: FloatArray
    half: FloatArray
    test: FloatArray
    dropped: BoolArray
    chi2: FloatArray
    freedom: FloatArray


def given_of(estimates: Estimates) -> ls.Given:
    """Variances of estimates, and fourth cumulants of their errors: fixed errors have theirs, noise is normal."""
    fixed = np.square(estimates.fixed)
    variance = fixed + np.square(estimates.noise)
    if not estimates.excess.any():
        return ls.Given(estimates.amount, variance, np.zeros_like(variance))
    share = np.divide(fixed, variance, out=np.zeros_like(variance), where=variance > 0)
    return ls.Given(estimates.amount, variance, np.square(share) * np.nan_to_num(estimates.excess))


def start(structure: Structure, estimates: Estimates) -> Batch:
    """Take estimates in; nothing came out yet: everything is NaN."""
    given = given_of(estimates)
    state = classify(given.amount, given.variance)
    patterns = Patterns(structure.a, typical_of(given.variance, state), most_of(state))
    blank = np.full(state.shape, np.nan)
    return Batch(
        given=given,
        signed=structure.signed,
        state=state,
        patterns=patterns,
        amount=blank,
        sigma=blank.copy(),
        half=blank.copy(),
        test=blank.copy(),
        dropped=np.zeros(state.shape, dtype=bool),
        chi2=np.full(len(state), np.nan),
        freedom=np.zeros(len(state)),
    )


def solve(batch: Batch, rows: IntArray, *, drop: bool) -> None:
    """Reconcile some rows anew, in place. With drop, note which measurements contradict; they are still used here."""
    for array in (batch.amount, batch.sigma, batch.half):
        array[rows] = np.nan
    allowed = limits(batch.patterns.a.shape[0])
    for reduction, block in batch.patterns.groups(batch.state, rows):
        found = ls.fit(batch.given, reduction, batch.patterns.typical, block)
        share = ls.redundancy(found.p)
        at = (block[:, None], reduction.measured)
        tests = ls.statistics(found.p, found.w, share)
        freedom = found.w.shape[1]
        chi2 = np.einsum("km,km->k", found.w, found.w)
        batch.freedom[block], batch.chi2[block] = freedom, chi2 if freedom else np.nan
        if drop and (bad := np.flatnonzero(chi2 > allowed[freedom])).size:
            doubt = found.root[bad] / np.maximum(np.abs(found.z[bad]), 1e-300)
            dropped, why, _, _ = eliminate(found.p[bad], found.w[bad], doubt, allowed)
            batch.dropped[block[bad][:, None], reduction.measured] = dropped
            tests[bad] = np.where(dropped, why, tests[bad])
        batch.test[at] = tests
        _keep(batch, reduction, block, found, share)


def _keep(batch: Batch, reduction: Reduction, block: IntArray, found: ls.Fit, share: FloatArray) -> None:
    """Put amounts and uncertainties of a block where they belong."""
    scale, told = batch.patterns.typical[reduction.measured], (block[:, None], reduction.told)
    at, exact = (block[:, None], reduction.measured), (block[:, None], reduction.exact)
    fourth = batch.given.fourth[at]
    sigma, half = ls.spreads(found, share, fourth)
    batch.sigma[at], batch.half[at] = sigma * scale, half * scale
    batch.sigma[exact] = batch.half[exact] = 0.0
    batch.sigma[told], batch.half[told] = ls.told_spreads(found, reduction, fourth)
    known = Known(found, reduction, ls.adjusted(found, reduction), sigma, batch.sigma[told])
    z, amount = hold(known, ~batch.signed[reduction.measured], ~batch.signed[reduction.told])
    batch.amount[at], batch.amount[exact], batch.amount[told] = z * scale, found.known, amount


def forget(batch: Batch) -> IntArray:
    """Make what was dropped unknown; the rows that this concerns."""
    batch.state[batch.dropped] = UNKNOWN
    return np.flatnonzero(batch.dropped.any(axis=1))
