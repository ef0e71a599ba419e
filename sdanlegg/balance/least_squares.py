"""Weighted least squares of intervals that share a pattern, all of them in one go.

Measured amounts y with variances V are moved by as little as makes the balances G x + c = 0 hold: x = y - V Gᵀ S⁻¹ r
with r = G y + c and S = G V Gᵀ. Everything follows from whitened balances P = C⁻¹ G V^½, where C Cᵀ = S: in units of
the measurements' own uncertainties the adjustment is -Pᵀ w with w = C⁻¹ r, its covariance the projector N = PᵀP, the
covariance of what comes out I - N, and r S⁻¹ r = w·w is chi-squared with as many degrees as P has rows.
Source: VDI 2048 part 1 (2000), Gaussian compensation; S. Narasimhan, C. Jordache: Data Reconciliation and Gross Error
Detection (2000), chapters 3 and 7.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sdanlegg.balance.half_width import coverage_factor
from sdanlegg.balance.reduction import Reduction
from sdanlegg.readings import FloatArray

CACHED: Final = 1 << 17  # numbers of four bytes that the second cache holds
NEARLY: Final = 1e-2  # of a balance's own uncertainty left when the others are known: its square is a rounding of 1e-12


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of V variables in K intervals: amounts, variances, their errors' fourth cumulants over variance².

    All (K, V); NaN where a variable is not known.
    """

    amount: FloatArray
    variance: FloatArray
    fourth: FloatArray


@dataclass(frozen=True, slots=True)
class Fit:
    """B intervals of one pattern, n measured variables, m balances.

    z (B, n) amounts, root (B, n) uncertainties, both over the typical ones; p (B, m, n); w (B, m); known (B, c) exact.
    """

    z: FloatArray
    root: FloatArray
    p: FloatArray
    w: FloatArray
    known: FloatArray


def fit(given: Given, reduction: Reduction, typical: FloatArray, rows: np.ndarray) -> Fit:
    """Whiten the balances of rows (B,) that share a pattern.

    The balances are scaled to a unit diagonal of S first, so that the Cholesky factor does not see the units. Where
    uncertainties differ so much that balances nearly say the same, P is made orthonormal once more.
    """
    scale, g = typical[reduction.measured], reduction.g
    block = (rows[:, None], reduction.measured)
    z, u = given.amount[block] / scale, given.variance[block] / scale**2
    known = given.amount[rows[:, None], reduction.exact]
    m, n = g.shape
    root = np.sqrt(u)
    if m == 0:
        return Fit(z, root, np.zeros((rows.size, 0, n)), np.zeros((rows.size, 0)), known)
    s = (u @ (g[:, None, :] * g).reshape(m * m, n).T).reshape(-1, m, m)
    unit = 1.0 / np.sqrt(np.einsum("kii->ki", s))
    lower = _cholesky(s * (unit[:, :, None] * unit[:, None, :]))
    both = np.empty((rows.size, m, n + 1))  # G V^½ beside r: both are divided by the factor
    np.multiply(g, root[:, None, :], out=both[:, :, :n])
    both[:, :, n] = z @ g.T + known @ reduction.g_exact.T
    both *= unit[:, :, None]
    _divide(lower, both)
    if np.einsum("kii->ki", lower).min() < NEARLY:
        _divide(_cholesky(np.matmul(both[:, :, :n], both[:, :, :n].transpose(0, 2, 1))), both)
    return Fit(z, root, both[:, :, :n], both[:, :, n], known)


def _divide(lower: FloatArray, rows: FloatArray) -> None:
    """Solve lower (B, m, m) @ x = rows (B, m, n) by forward substitution, in place."""
    for i in range(rows.shape[1]):
        if i:
            rows[:, i] -= np.matmul(lower[:, None, i, :i], rows[:, :i])[:, 0]
        rows[:, i] /= lower[:, i, i, None]


def _cholesky(s: FloatArray) -> FloatArray:
    """Lower factors of matrices with a unit diagonal; what rounding made indefinite is lifted by its own size."""
    try:
        factor = np.linalg.cholesky(s)
    except np.linalg.LinAlgError:
        m = s.shape[1]
        least = np.linalg.eigvalsh(s)[:, 0]
        lift = np.where(least < m * 1e-14, m * 1e-13 - np.minimum(least, 0.0), 0.0)
        factor = np.linalg.cholesky(s + lift[:, None, None] * np.eye(m))
    return factor.astype(np.float64, copy=False)


def adjusted(found: Fit, reduction: Reduction) -> FloatArray:
    """Reconciled z (B, n). A second step takes out what rounding left of the balances."""
    z = found.z - found.root * _back(found.p, found.w)
    if found.w.shape[1] == 0:
        return z
    for _ in range(2):
        r = z @ reduction.g.T + found.known @ reduction.g_exact.T
        # C⁻¹ r without C: G⁺ is Gᵀ, so C⁻¹ = P V^-½ Gᵀ
        w = np.matmul(found.p, ((r @ reduction.g) / found.root)[:, :, None])[:, :, 0]
        z = z - found.root * _back(found.p, w)
    return z


def redundancy(p: FloatArray) -> FloatArray:
    """Share (B, n) of a measurement's variance that its adjustment has: 0 nothing checks it, 1 others know it."""
    share: FloatArray = np.einsum("kmn,kmn->kn", p, p)
    return share


def statistics(p: FloatArray, w: FloatArray, share: FloatArray) -> FloatArray:
    """Return |adjustment| over its own standard uncertainty (B, n); NaN where nothing checks the measurement."""
    return np.abs(_back(p, w)) / np.sqrt(np.where(share > 1e-9, share, np.nan))


def spreads(found: Fit, share: FloatArray, fourth: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Standard uncertainty and half width of the 95 % interval (B, n) of reconciled z.

    fourth (B, n): fourth cumulants of the measurements' errors over their variances²; those of the result add with the
    fourth powers of the loadings I - N.
    """
    left = np.where(share < 1.0 - 1e-13, 1.0 - share, 0.0)
    sigma = found.root * np.sqrt(left)
    if not fourth.any():
        return sigma, sigma * coverage_factor(np.zeros(1))
    sums, step = np.empty_like(left), max(1, CACHED // left.shape[1] ** 2)
    for begin in range(0, len(left), step):
        part = slice(begin, begin + step)
        p = found.p[part].astype(np.float32)  # three digits of a factor between 1.6 and 2 are wanted of it
        square = np.matmul(p.transpose(0, 2, 1), p)
        np.square(square, out=square)
        np.einsum("kii->ki", square)[:] = np.square(left[part])
        np.square(square, out=square)
        sums[part] = np.matmul(square, fourth[part].astype(np.float32)[:, :, None])[:, :, 0]
    excess = np.divide(sums, np.square(left), out=np.zeros_like(left), where=left > 1e-6)
    return sigma, sigma * coverage_factor(excess)


def told_spreads(found: Fit, reduction: Reduction, fourth: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Standard uncertainty and half width (B, o) of the unmeasured variables that the others tell."""
    square = np.square(told_loads(found, reduction))
    variance = square.sum(axis=2)
    sums = np.matmul(np.square(square), fourth[:, :, None])[:, :, 0]
    excess = np.divide(sums, variance**2, out=np.zeros_like(sums), where=variance > 0)
    sigma = np.sqrt(variance)
    return sigma, sigma * coverage_factor(excess)


def told_loads(found: Fit, reduction: Reduction) -> FloatArray:
    """What each unmeasured variable (B, o, n) takes of each measurement's error, in units of that one's uncertainty."""
    load = reduction.h * found.root[:, None, :]
    left: FloatArray = load - np.matmul(np.matmul(load, found.p.transpose(0, 2, 1)), found.p)
    return left


def _back(p: FloatArray, w: FloatArray) -> FloatArray:
    """Pᵀ w (B, n)."""
    moved: FloatArray = np.matmul(w[:, None, :], p)[:, 0, :]
    return moved
