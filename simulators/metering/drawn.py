"""Chance of instruments and samples: a function of seed, name and time alone, so that nothing depends on the order.

An instrument's errors are drawn once, even within its class limit (rectangular: all that a class promises is its
limit). Noise is drawn for each point and instant: a 64-bit hash of both (SplitMix64's finaliser, Steele, Lea & Flood
2014) chooses one of 4,096 quantiles of the normal distribution.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_BITS: Final = 12
_MASK: Final = (1 << 64) - 1
_TIME: Final = 0x9E3779B97F4A7C15
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _KEPT = (np.uint64(n) for n in (27, 30, 31, 64 - _BITS))


def key(seed: int, name: str) -> int:
    """64 bits that belong to a seed and a name."""
    return int.from_bytes(blake2b(f"{seed} {name}".encode(), digest_size=8).digest(), "big")


def even(seed: int, name: str) -> float:
    """Number in [-1, 1), evenly spread."""
    return key(seed, name) / (1 << 63) - 1.0


@lru_cache(maxsize=1)
def _quantiles() -> FloatArray:
    count, normal = 1 << _BITS, NormalDist()
    table: FloatArray = np.array([normal.inv_cdf((k + 0.5) / count) for k in range(count)])
    table /= table.std()
    return table


class Noise:
    """Standard normal noise (n,) of n named points; white in time, independent between points."""

    def __init__(self, seed: int, names: Sequence[str]) -> None:
        self._keys = np.array([key(seed, f"{name} noise") for name in names], np.uint64)
        self._x, self._shifted = np.empty_like(self._keys), np.empty_like(self._keys)
        self._table = _quantiles()

    def __call__(self, t_ns: int) -> FloatArray:
        """Noise of an instant; the same instant always has the same."""
        x, shifted = self._x, self._shifted
        np.add(self._keys, np.uint64(t_ns * _TIME & _MASK), out=x)
        np.bitwise_xor(x, np.right_shift(x, _S30, out=shifted), out=x)
        np.multiply(x, _MIX1, out=x)
        np.bitwise_xor(x, np.right_shift(x, _S27, out=shifted), out=x)
        np.multiply(x, _MIX2, out=x)
        np.bitwise_xor(x, np.right_shift(x, _S31, out=shifted), out=x)
        noise: FloatArray = np.take(self._table, np.right_shift(x, _KEPT, out=shifted).astype(np.intp))
        return noise
