"""One relation over blocks of six hours, and what of it its past does not explain."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.findings.series import MAD_SIGMA
from sdanlegg.readings import FloatArray

BLOCKS: Final = 4  # of a day
LEAST_DAYS: Final = 14
FLOOR: Final = 0.001  # least spread of a row as a share of what goes through it
EVEN: Final = 0.3  # what the even part of a row may be beforehand, as a share of what goes through it
HUBER: Final = 2.5
SLOW_DAYS: Final = 3
LEAST_SLOW: Final = 4


def blocks(hourly: FloatArray, first: int) -> FloatArray:
    """Sums (B, J) of blocks of six hours from interval first on, whole days only."""
    days = (len(hourly) - first) // 24
    whole: FloatArray = hourly[first : first + 24 * days].reshape(days * BLOCKS, 24 // BLOCKS, -1).sum(axis=1)
    return whole


@dataclass(frozen=True, slots=True)
class Row:
    """A row over all blocks: the variables in it, residual (B,), terms (B, J'), scale (B,) and known (B,); low (B,) is
    the standard uncertainty that low load adds to the classes.
    """

    used: NDArray[np.intp]
    residual: FloatArray
    terms: FloatArray
    through: FloatArray
    known: BoolArray
    low: FloatArray


def row_of(x: FloatArray, fixed: FloatArray, a: FloatArray, sigma: FloatArray) -> Row:
    """One row of the relations."""
    used = np.flatnonzero(a)
    terms = x[:, used] * a[used]
    residual = terms.sum(axis=1)
    known = np.isfinite(residual)
    terms = np.where(known[:, None], terms, 0.0)
    low = np.maximum(np.abs(fixed[:, used] * a[used]) - sigma[used] * np.abs(terms), 0.0)
    return Row(
        used, np.where(known, residual, 0.0), terms, 0.5 * np.abs(terms).sum(axis=1), known,
        np.sqrt((low**2).sum(axis=1)),
    )  # fmt: skip


def excess(row: Row, sigma: FloatArray, past: slice, test: slice) -> tuple[FloatArray, FloatArray]:
    """Excess (T,) of a row in test blocks over what its past makes of them, in its own spread, and that spread; 0 and
    inf where nothing is known.
    """
    count = test.stop - test.start
    nothing = np.zeros(count), np.full(count, np.inf)
    rows = np.flatnonzero(row.known[past]) + past.start
    if len(rows) < LEAST_DAYS * BLOCKS or row.through[rows].sum() <= 0.0:
        return nothing
    usual = _median(row.through[rows]) or float(row.through[rows].mean())
    scale = row.through + 0.3 * usual
    hour = np.eye(BLOCKS)[np.arange(len(scale)) % BLOCKS] * usual
    h = np.hstack([hour, row.terms]) / scale[:, None]
    z, low = row.residual / scale, row.low / scale
    prior = np.concatenate([np.full(BLOCKS, EVEN), np.maximum(sigma[row.used], 0.005)])
    beta, spread, covariance = _regress(h[rows], z[rows], prior)
    ahead = h[test]
    variance = spread**2 + ((ahead @ covariance) * ahead).sum(axis=1) + low[test] ** 2
    deviation = np.sqrt(variance)
    found = np.where(row.known[test], (z[test] - ahead @ beta) / deviation, 0.0)
    return found, np.where(row.known[test], deviation * scale[test], np.inf)


def _median(values: FloatArray) -> float:
    """The upper median: numpy's own takes ten times as long on so few."""
    return float(np.partition(values, len(values) // 2)[len(values) // 2])


def _regress(h: FloatArray, z: FloatArray, prior: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """Coefficients, spread and the coefficients' covariance; outliers weigh less (Huber, three rounds)."""
    weight = np.ones(len(z))
    spread = max(FLOOR, MAD_SIGMA * _median(np.abs(z - _median(z))))
    known = np.diag(prior**-2)
    beta: FloatArray = np.zeros(len(prior))
    covariance: FloatArray = np.diag(prior**2)
    for _ in range(3):
        weighted = h.T * (weight / spread**2)
        covariance = np.asarray(np.linalg.inv(weighted @ h + known), np.float64)
        beta = covariance @ (weighted @ z)
        left = np.abs(z - h @ beta)
        spread = max(FLOOR, MAD_SIGMA * _median(left))
        weight = np.minimum(1.0, HUBER * spread / np.maximum(left, 1e-12))
    return beta, max(spread, _slow(z - h @ beta)), covariance


def _slow(left: FloatArray) -> float:
    """The spread that blocks would need if each were new, so that means of SLOW_DAYS spread as they do."""
    per = SLOW_DAYS * BLOCKS
    means = left[len(left) % per :].reshape(-1, per).mean(axis=1)
    return MAD_SIGMA * _median(np.abs(means)) * float(np.sqrt(per)) if len(means) >= LEAST_SLOW else 0.0
