"""Intervals that know and miss the same variables, found together: each such pattern is projected once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sdanlegg.balance.reduction import EXACT, MEASURED, UNKNOWN, IntArray, Reduction, narrow, reduce
from sdanlegg.readings import FloatArray

StateArray = NDArray[np.int8]
BLOCK: Final = 1 << 20  # numbers of one intermediate array


@dataclass(slots=True)
class Patterns:
    """The balances of a batch: a (N, V), typical (V,) uncertainties, and the reductions that were made so far.

    most (V,): the pattern that knows all that any interval of the batch does; others are narrowed from it.
    """

    a: FloatArray
    typical: FloatArray
    most: StateArray
    made: dict[bytes, Reduction] = field(default_factory=dict)

    def groups(self, state: StateArray, rows: IntArray) -> Iterator[tuple[Reduction, IntArray]]:
        """Give each pattern among so many rows of state (K, V) with its rows, in blocks that fit the cache."""
        if rows.size == 0:
            return
        among = state[rows]
        packed = np.hstack([np.packbits(among == MEASURED, axis=1), np.packbits(among == EXACT, axis=1)])
        keys = np.ascontiguousarray(packed).view(f"V{packed.shape[1]}")[:, 0]
        firsts, which = np.unique(keys, return_index=True, return_inverse=True)[1:]
        order = np.argsort(which, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(which[order])) + 1):
            first = among[firsts[which[group[0]]]]
            reduction = self.reduction(first)
            step = max(1, BLOCK // max(1, reduction.measured.size * reduction.measured.size))
            for begin in range(0, group.size, step):
                yield reduction, rows[group[begin : begin + step]]

    def reduction(self, state: StateArray) -> Reduction:
        """Return the reduction of one pattern (V,)."""
        key = state.tobytes()
        if key not in self.made:
            if not np.array_equal(state, self.most) and np.array_equal(state == EXACT, self.most == EXACT):
                self.made[key] = narrow(self.reduction(self.most), self.typical, state)
            else:
                self.made[key] = reduce(self.a, self.typical, state)
        return self.made[key]


def classify(amount: FloatArray, variance: FloatArray) -> StateArray:
    """UNKNOWN, MEASURED or EXACT of each variable (K, V); unknown without a finite amount or variance."""
    known = np.isfinite(amount) & np.isfinite(variance) & (variance >= 0)
    return np.where(known, np.where(variance > 0, MEASURED, EXACT), UNKNOWN).astype(np.int8)


def typical_of(variance: FloatArray, state: StateArray) -> FloatArray:
    """Root mean square (V,) of the uncertainties that are measured; 0 where none is."""
    measured = state == MEASURED
    count = measured.sum(axis=0)
    total = np.where(measured, variance, 0.0).sum(axis=0)
    typical: FloatArray = np.sqrt(total / np.maximum(count, 1))
    return typical


def most_of(state: StateArray) -> StateArray:
    """What is known of each variable (V,) where most is: measured before exact before unknown."""
    measured, exact = (state == MEASURED).any(axis=0), (state == EXACT).any(axis=0)
    return np.where(measured, MEASURED, np.where(exact, EXACT, UNKNOWN)).astype(np.int8)
