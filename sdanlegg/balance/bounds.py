"""Flows that cannot run backwards, and balances that cannot close."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sdanlegg.balance.arrays import BoolArray
from sdanlegg.balance.least_squares import Fit
from sdanlegg.balance.reduction import Reduction
from sdanlegg.readings import FloatArray

CLOSES: Final = 1e-9  # of what passes a node
BELOW: Final = 1e-9  # of its uncertainty: what is less below 0 is rounding


@dataclass(frozen=True, slots=True)
class Known:
    """A fit of B intervals and what came of it without bounds: z (B, n) and its sigma, sigma of the told (B, o)."""

    found: Fit
    reduction: Reduction
    z: FloatArray
    sigma: FloatArray
    told_sigma: FloatArray

    def told(self, z: FloatArray) -> FloatArray:
        """Amounts (B, o) of the unmeasured variables that z tells."""
        return z @ self.reduction.h.T + self.found.known @ self.reduction.h_exact.T


def hold(known: Known, bound: BoolArray, told_bound: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Hold at 0 what came out below it though it may not (bound (n,), told_bound (o,)); z (B, n) and told (B, o).

    The amount that is most uncertainties below 0 becomes a further balance, amount = 0, the rest is reconciled again,
    and so on until nothing is below 0: an active set that only grows. What the further balance does to the others goes
    by the covariance without it. NaN where an amount below 0 leaves no room: exact amounts contradict each other.
    """
    z, told = known.z, known.told(known.z)
    if not (z[:, bound] <= 0).any() and not (told[:, told_bound] <= 0).any():
        return z, told
    z, n = z.copy(), z.shape[1]
    may_not = np.concatenate([bound, told_bound])
    sigma = np.hstack([known.sigma, known.told_sigma])
    amount = np.hstack([z, told])
    going = np.flatnonzero((may_not & (amount < -BELOW * sigma)).any(axis=1))
    p, stuck = known.found.p[going], np.zeros(amount.shape, dtype=bool)
    held = np.zeros(amount.shape, dtype=bool)
    while going.size:
        below = np.where(may_not & ~stuck[going] & (amount[going] < -BELOW * sigma[going]), amount[going], 0.0)
        depth = below / np.where(sigma[going] > 0, sigma[going], 1e-300)
        worst, alive = depth.argmin(axis=1), (depth < 0).any(axis=1)
        going, worst, p = going[alive], worst[alive], p[alive]
        away, length = _direction(known, going, worst, p)
        moved = length > 0
        stuck[going[~moved], worst[~moved]] = True
        held[going[moved], worst[moved]] = True
        by = np.where(moved, amount[going, worst], 0.0) / np.where(moved, length, 1.0)
        z[going] -= known.found.root[going] * away * by[:, None]
        amount[going, :n] = z[going]
        amount[going, n:] = z[going] @ known.reduction.h.T + known.found.known[going] @ known.reduction.h_exact.T
        p = np.concatenate([p, away[:, None, :]], axis=1)
    amount[held | (may_not & (np.abs(amount) <= BELOW * sigma))] = 0.0
    amount[stuck] = np.nan
    return amount[:, :n], amount[:, n:]


def _direction(known: Known, rows: np.ndarray, which: np.ndarray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Direction (A, n) in which one variable of each row can still move, and how far an uncertainty goes; 0 if none."""
    n = known.z.shape[1]
    load, measured = np.zeros((rows.size, n)), which < n
    load[measured, which[measured]] = 1.0
    load[~measured] = known.reduction.h[which[~measured] - n]
    load *= known.found.root[rows]
    whole = np.sqrt(np.einsum("kn,kn->k", load, load))
    for _ in range(2):  # twice is enough to be orthogonal
        load = load - np.matmul(np.matmul(p, load[:, :, None]).transpose(0, 2, 1), p)[:, 0, :]
    length = np.sqrt(np.einsum("kn,kn->k", load, load))
    length = np.where(length > 1e-7 * whole, length, 0.0)
    return load / np.where(length > 0, length, np.inf)[:, None], length


def unclosed(a: FloatArray, typical: FloatArray, amount: FloatArray) -> BoolArray:
    """Which amounts (K, V) stand in a balance of a (N, V) that does not close though all of it is known.

    Only amounts that are called exact and contradict each other bring this about. Nothing is said of less than 1e-9 of
    the typical uncertainty (V,) of a variable, or of its usual size.
    """
    missing = (~np.isfinite(amount)).astype(float) @ (a != 0).T > 0
    filled = np.nan_to_num(amount)
    usual = np.maximum(typical, np.sqrt(np.square(filled).mean(axis=0))) if len(amount) else typical
    most = (np.abs(filled) + usual) @ np.abs(a).T
    opened = ~missing & (np.abs(filled @ a.T) > CLOSES * most)
    if not opened.any():
        return np.zeros(amount.shape, dtype=bool)
    touched: BoolArray = opened.astype(float) @ np.abs(a) > 0
    return touched
