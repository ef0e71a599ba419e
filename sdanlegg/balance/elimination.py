"""Measurements that contradict the others are left out one after the other until what is left agrees.

In the whitened balances of least_squares.py to leave out measurement j is to project its direction p_j out of P and w:
chi-squared falls by the square of its own test, the degrees of freedom by one, and no matrix is factored again.
Source: R. Serth, W. Heenan: Gross error detection and data reconciliation in steam-metering systems, AIChE J. 32 (1986)
733, serial elimination; C. M. Crowe: Recursive identification of gross errors, AIChE J. 34 (1988) 541, the update.
"""

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.least_squares import redundancy, statistics
from sdanlegg.readings import FloatArray


def eliminate(
    p: FloatArray, w: FloatArray, doubt: FloatArray, limits: FloatArray
) -> tuple[BoolArray, FloatArray, FloatArray, FloatArray]:
    """Leave out the largest |test| until the global test passes or nothing that is left is checked by others.

    p (B, m, n), w (B, m): whitened balances; limits: of chi-squared by degrees of freedom; doubt (B, n): where several
    tests are as large (the ends of a node that only two measured flows meet), the one with most doubt goes. Returns
    what was left out (B, n), the tests that did it (NaN elsewhere), chi-squared and its degrees of freedom (B,) after.
    """
    dropped, why = np.zeros(doubt.shape, dtype=bool), np.full(doubt.shape, np.nan)
    chi2, freedom = np.einsum("km,km->k", w, w), np.full(len(w), w.shape[1])
    going = np.flatnonzero(chi2 > limits[freedom])
    p, w = p[going], w[going]
    while going.size:
        share = redundancy(p)
        share[dropped[going]] = 0.0
        test = np.nan_to_num(statistics(p, w, share), nan=-1.0)
        largest = test.max(axis=1)
        # below a thousandth of its own uncertainty there is nothing left to blame
        alive = (freedom[going] > 0) & (largest > 1e-3)
        going, p, w, test, largest = going[alive], p[alive], w[alive], test[alive], largest[alive]
        if not going.size:
            break
        as_large = test >= largest[:, None] * (1 - 1e-6)
        worst = np.where(as_large, doubt[going], -1.0).argmax(axis=1)
        dropped[going, worst], why[going, worst] = True, largest
        away = p[np.arange(going.size), :, worst]
        away /= np.sqrt(np.einsum("km,km->k", away, away))[:, None]
        p = p - away[:, :, None] * np.matmul(away[:, None, :], p)
        w = w - away * np.einsum("km,km->k", away, w)[:, None]
        chi2[going], freedom[going] = np.einsum("km,km->k", w, w), freedom[going] - 1
        still = chi2[going] > limits[freedom[going]]
        going, p, w = going[still], p[still], w[still]
    return dropped, why, chi2, freedom
