"""Ordinary least squares with what it is sure of, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.readings import FloatArray


@dataclass(frozen=True, slots=True)
class Fit:
    """y = X coefficients + error, over the n rows of X (n, p) that are whole.

    covariance (p, p) of the coefficients; rmse = sqrt(SSE / (n - p)) in units of y; r2; autocorrelation of the
    residuals from one row to the next; mean of y. All NaN when n <= p or when the columns depend on each other.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray
    rmse: float
    r2: float
    autocorrelation: float
    mean: float
    n: int

    @property
    def known(self) -> bool:
        """Whether there is a fit at all."""
        return bool(np.isfinite(self.coefficients).all()) and self.n > len(self.names)

    @property
    def freedom(self) -> int:
        """Degrees of freedom n - p."""
        return self.n - len(self.names)

    @property
    def cv(self) -> float:
        """CV(RMSE), a share of the mean; NaN for a mean of 0 (ASHRAE Guideline 14-2014, 5.3)."""
        return self.rmse / abs(self.mean) if self.mean else float("nan")

    @property
    def effective_n(self) -> float:
        """Rows that would tell as much were they independent: n (1 - r) / (1 + r) (ASHRAE Guideline 14-2014, B)."""
        return self.n * (1.0 - self.autocorrelation) / (1.0 + self.autocorrelation)


def whole_rows(*columns: FloatArray) -> BoolArray:
    """Rows (n,) in which no column, (n,) or (n, p), is NaN or infinite."""
    kept = np.ones(columns[0].shape[0], bool)
    for column in columns:
        finite = np.isfinite(column)
        kept &= finite if finite.ndim == 1 else finite.all(axis=1)
    return kept


def ols(x: FloatArray, y: FloatArray, names: Sequence[str]) -> Fit:
    """Fit y (n,) by the columns of x (n, p), in any units; rows that are not whole are left out.

    Singular value decomposition of columns scaled to length 1, so that units do not matter; columns that depend on each
    other (relative 1e-12) give NaN, as do too few rows. Draper & Smith, Applied Regression Analysis, ch. 5.
    """
    kept = whole_rows(x, y)
    x, y = x[kept], y[kept]
    n, p = x.shape
    length = np.sqrt((x * x).sum(axis=0))
    if n <= p or not length.all():
        return _nothing(tuple(names), n)
    u, s, vt = np.linalg.svd(x / length, full_matrices=False)
    if s[-1] <= 1e-12 * s[0]:
        return _nothing(tuple(names), n)
    coefficients = (vt.T @ ((u.T @ y) / s)) / length
    residual = y - x @ coefficients
    sse = float(residual @ residual)
    spread = y - y.mean()
    total = float(spread @ spread)
    inverse = (vt.T / s**2) @ vt / np.outer(length, length)
    return Fit(
        names=tuple(names),
        coefficients=coefficients,
        covariance=inverse * (sse / (n - p)),
        rmse=sqrt(sse / (n - p)),
        r2=1.0 - sse / total if total > 0.0 else float("nan"),
        autocorrelation=autocorrelation(residual),
        mean=float(y.mean()),
        n=n,
    )


def _nothing(names: tuple[str, ...], n: int) -> Fit:
    p, nan = len(names), float("nan")
    return Fit(names, np.full(p, nan), np.full((p, p), nan), nan, nan, nan, nan, n)


def autocorrelation(residual: FloatArray) -> float:
    """Correlation of residuals (n,) with those one row later; 0 for fewer than three or for constant ones."""
    if residual.size < 3:
        return 0.0
    a, b = residual[1:] - residual[1:].mean(), residual[:-1] - residual[:-1].mean()
    scale = sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale > 0.0 else 0.0


def predicted(fit: Fit, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Expected y (m,) at rows x (m, p), and the standard uncertainty (m,) of one new observation there; NaN stays NaN.

    Variance of the line plus that of the scatter (Draper & Smith, eq. 3.1.7).
    """
    expected = x @ fit.coefficients
    variance = np.einsum("ip,pq,iq->i", x, fit.covariance, x) + fit.rmse**2
    return expected, np.sqrt(variance)


def student_t(freedom: float, confidence: float = 0.95) -> float:
    """Two-sided quantile of Student's t; NaN below one degree of freedom.

    Expansion around the normal quantile (Abramowitz & Stegun 26.7.5): within 0.1 % from 5 degrees of freedom on.
    """
    if freedom < 1.0:
        return float("nan")
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    terms = (
        (z**3 + z) / 4.0,
        (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0,
        (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0,
        (79.0 * z**9 + 776.0 * z**7 + 1482.0 * z**5 - 1920.0 * z**3 - 945.0 * z) / 92160.0,
    )
    return z + sum(term / freedom ** (k + 1) for k, term in enumerate(terms))
