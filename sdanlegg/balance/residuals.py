"""How far balances are from closing."""

from typing import Final

import numpy as np

from sdanlegg.readings import FloatArray

BLOCK: Final = 4096  # intervals at a time: 60 variables of them fit the second cache


def residuals(a: FloatArray, amount: FloatArray) -> FloatArray:
    """Give a @ amount (N, K) for balances a (N, V) and amounts (V, K), variables first; units of the amounts.

    NaN only where a variable that the balance has a coefficient for is not finite: what is not known elsewhere does not
    blank it. Sign: what flows in less what flows out and what is gained.
    """
    touches = (a != 0).astype(float)
    out = np.empty((a.shape[0], amount.shape[1]))
    watching = np.vstack([a, np.ones((1, a.shape[1]))])
    for begin in range(0, amount.shape[1], BLOCK):
        part = amount[:, begin : begin + BLOCK]
        got = watching @ part
        out[:, begin : begin + BLOCK] = got[:-1]
        holes = np.flatnonzero(~np.isfinite(got[-1]))
        if holes.size:
            known = np.isfinite(part[:, holes])
            masked = a @ np.where(known, part[:, holes], 0.0)
            out[:, begin + holes] = np.where(touches @ ~known > 0, np.nan, masked)
    return out
