"""How far balances are from closing."""

from typing import Final

import numpy as np

from sdanlegg.readings import FloatArray

BLOCK: Final = 1 << 16  # intervals at a time: their residuals are still in the cache when they are looked through


def residuals(a: FloatArray, amount: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Give a @ amount (N, K) for balances a (N, V) and amounts (V, K), variables first; units of the amounts.

    NaN only where a variable that the balance has a coefficient for is not finite: what is not known elsewhere does not
    blank it. Sign: what flows in less what flows out and what is gained. With out (N, K), the result goes there.
    """
    got = np.empty((a.shape[0], amount.shape[1])) if out is None else out
    touches = (a != 0).astype(float)
    for begin in range(0, amount.shape[1], BLOCK):
        part, there = amount[:, begin : begin + BLOCK], got[:, begin : begin + BLOCK]
        np.matmul(a, part, out=there)
        holes = np.flatnonzero(~np.isfinite(there.sum(axis=0)))  # 0 · NaN is NaN: a hole shows at least where it counts
        if holes.size:
            known = np.isfinite(part[:, holes])
            masked = a @ np.where(known, part[:, holes], 0.0)
            there[:, holes] = np.where(touches @ ~known > 0, np.nan, masked)
    return got
